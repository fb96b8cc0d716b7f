#include "gateway/softphone/registrar.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace causeway::softphone {
namespace {

/// More devices than that do not register in one request.
constexpr std::size_t kMostContacts = 10;
constexpr std::size_t kLongestUri = 512;
constexpr std::size_t kLongestInstance = 256;

RegisterOutcome refused(int status, std::string why) {
    RegisterOutcome outcome;
    outcome.status = status;
    outcome.why = std::move(why);
    return outcome;
}

}  // namespace

Registrar::Place Registrar::find_same(const std::string& user, const ContactWish& contact) {
    return std::find_if(bindings_.begin(), bindings_.end(), [&](const Binding& binding) {
        if (binding.user != user) return false;
        // RFC 5626 §6.3: a device is its instance and reg-id, wherever its Contact points.
        if (!contact.instance.empty()) {
            return binding.contact.instance == contact.instance && binding.contact.reg_id == contact.reg_id;
        }
        return binding.contact.instance.empty() && binding.contact.uri == contact.uri;
    });
}

std::uint32_t Registrar::seconds_of(const ContactWish& contact, const RegisterWish& wish) const {
    const std::uint32_t wanted = contact.expires.value_or(wish.expires.value_or(limits_.default_expires));
    return std::min(wanted, limits_.max_expires);
}

std::optional<RegisterOutcome> Registrar::refusal(const std::string& user, const RegisterWish& wish) {
    if (wish.all && (!wish.contacts.empty() || wish.expires != 0U)) {
        // RFC 3261 §10.3, step 6.
        return refused(400, "Contact: * stands alone and with Expires: 0");
    }
    if (wish.contacts.size() > kMostContacts) return refused(403, "too many contacts");
    std::size_t more = 0;
    for (const ContactWish& contact : wish.contacts) {
        if (contact.uri.empty() || contact.uri.size() > kLongestUri ||
            contact.instance.size() > kLongestInstance) {
            return refused(400, "a Contact that cannot be kept");
        }
        const std::uint32_t seconds = seconds_of(contact, wish);
        if (seconds != 0 && seconds < limits_.min_expires) return refused(423, "the interval is too brief");
        const auto known = find_same(user, contact);
        if (known == bindings_.end()) {
            more += seconds != 0 ? 1 : 0;
        } else if (known->call_id == wish.call_id && wish.cseq <= known->cseq) {
            // RFC 3261 §10.3, step 7: an old request that comes late.
            return refused(500, "an older REGISTER");
        }
    }
    if (more == 0) return std::nullopt;
    if (of_user(user).size() + more > limits_.bindings_of_user) {
        return refused(403, "this user has too many devices registered");
    }
    if (bindings_.size() + more > limits_.bindings) return refused(503, "too many devices are registered");
    return std::nullopt;
}

void Registrar::put(const std::string& user, const ContactWish& contact, const RegisterWish& wish,
                    Instant now, RegisterOutcome& outcome) {
    const std::uint32_t seconds = seconds_of(contact, wish);
    auto known = find_same(user, contact);
    if (seconds == 0) {
        if (known == bindings_.end()) return;
        outcome.removed.push_back(std::move(*known));
        bindings_.erase(known);
        return;
    }
    if (known == bindings_.end()) {
        Binding binding;
        binding.session = {next_session_++};
        binding.user = user;
        known = bindings_.insert(bindings_.end(), std::move(binding));
        outcome.added.push_back(known->session);
    } else if (known->flow != wish.flow) {
        outcome.moved.push_back(known->session);
    }
    known->contact = contact;
    known->call_id = wish.call_id;
    known->cseq = wish.cseq;
    known->flow = wish.flow;
    known->expires = now + std::chrono::seconds(seconds);
}

RegisterOutcome Registrar::apply(const std::string& user, const RegisterWish& wish, Instant now) {
    if (auto refused = refusal(user, wish)) return std::move(*refused);
    RegisterOutcome outcome;
    if (wish.all) {
        const auto mine = std::stable_partition(bindings_.begin(), bindings_.end(),
                                                [&](const Binding& binding) { return binding.user != user; });
        std::move(mine, bindings_.end(), std::back_inserter(outcome.removed));
        bindings_.erase(mine, bindings_.end());
    }
    for (const ContactWish& contact : wish.contacts) put(user, contact, wish, now, outcome);
    return outcome;
}

std::vector<Binding> Registrar::flow_closed(FlowId flow) {
    std::vector<Binding> touched;
    for (Binding& binding : bindings_) {
        if (binding.flow != flow) continue;
        binding.flow = {};
        touched.push_back(binding);
    }
    return touched;
}

std::vector<Binding> Registrar::expire(Instant now) {
    std::vector<Binding> gone;
    const auto dead = std::stable_partition(bindings_.begin(), bindings_.end(),
                                            [&](const Binding& binding) { return binding.expires > now; });
    std::move(dead, bindings_.end(), std::back_inserter(gone));
    bindings_.erase(dead, bindings_.end());
    return gone;
}

std::optional<Binding> Registrar::remove(SessionId session) {
    const auto found = std::find_if(bindings_.begin(), bindings_.end(),
                                    [&](const Binding& binding) { return binding.session == session; });
    if (found == bindings_.end()) return std::nullopt;
    Binding gone = std::move(*found);
    bindings_.erase(found);
    return gone;
}

const Binding* Registrar::find(SessionId session) const {
    const auto found = std::find_if(bindings_.begin(), bindings_.end(),
                                    [&](const Binding& binding) { return binding.session == session; });
    return found == bindings_.end() ? nullptr : &*found;
}

const Binding* Registrar::on_flow(FlowId flow, std::string_view user) const {
    const auto found = std::find_if(bindings_.begin(), bindings_.end(), [&](const Binding& binding) {
        return binding.flow == flow && binding.user == user;
    });
    return flow == FlowId{} || found == bindings_.end() ? nullptr : &*found;
}

std::vector<Binding> Registrar::of_user(std::string_view user) const {
    std::vector<Binding> mine;
    std::copy_if(bindings_.begin(), bindings_.end(), std::back_inserter(mine),
                 [&](const Binding& binding) { return binding.user == user; });
    return mine;
}

}  // namespace causeway::softphone
