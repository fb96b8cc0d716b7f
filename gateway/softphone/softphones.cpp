// Who is there: connections, registrations, devices.
#include "gateway/softphone/softphones.hpp"

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "core/digest/digest.hpp"
#include "gateway/softphone/shown_caller.hpp"

namespace causeway::softphone {
namespace {

using namespace std::chrono_literals;

/// A device whose connection broke has so long to come back; its calls live on meanwhile.
constexpr auto kTimeToComeBack = 60s;
/// Beyond those of the message desk.
constexpr std::uint64_t kFirstMessage = std::uint64_t{1} << 62;
constexpr std::uint64_t kFirstFlowSession = kFirstSession | (std::uint64_t{1} << 62);

RegisterWish wish_of(const sip::InboundRegister& request) {
    RegisterWish wish;
    for (const sip::RegisterContact& contact : request.contacts) {
        wish.contacts.push_back({contact.uri, contact.instance, contact.reg_id, contact.expires});
    }
    wish.all = request.all;
    wish.expires = request.expires;
    wish.call_id = request.sip_call_id;
    wish.cseq = request.cseq;
    wish.flow = request.flow;
    return wish;
}

}  // namespace

Softphones::Softphones(config::Snapshot config, std::string secret, const Ports& ports, Counters& counters)
    : config_(std::move(config)),
      ports_(ports),
      wrong_(counters.counter("softphone_wrong_password")),
      refused_(counters.counter("softphone_refused")),
      foreign_(counters.counter("softphone_foreign_address")),
      foreign_calls_(counters.counter("softphone_foreign_call")),
      login_(config_, std::move(secret)),
      next_flow_session_(kFirstFlowSession),
      next_message_(kFirstMessage) {}

Softphones::~Softphones() = default;

void Softphones::on_register(const sip::InboundRegister& request, const Clock& clock) {
    const Asker asker =
        asker_of("REGISTER", request.request_uri, request.authorization, request.source, clock.wall);
    if (asker.user == nullptr)
        return ports_.sip.answer_register(request.request, asker.status, asker.headers);
    const config::User& user = *asker.user;
    if (!is_own_address(user, request.to_user, request.to_host)) {
        foreign_.add();
        log_refusal(request.source, "REGISTER", "user '" + user.name + "' may not register this address",
                    clock.wall);
        return ports_.sip.answer_register(
            request.request, 403,
            {reason_header(403, "the address to register is sip:" + user.name + "@" + config_->sip.domain)});
    }
    know(request.flow, user);
    const RegisterOutcome outcome = registrar_.apply(user.name, wish_of(request), clock.now);
    if (outcome.status != 200) {
        refused_.add();
        std::vector<sip::Header> headers{reason_header(outcome.status, outcome.why)};
        if (outcome.status == 423)
            headers.emplace_back("Min-Expires", std::to_string(registrar_.min_expires()));
        if (outcome.status == 503) headers.emplace_back("Retry-After", "30");
        return ports_.sip.answer_register(request.request, outcome.status, std::move(headers));
    }
    take_outcome(user, outcome, request.flow);
    std::vector<sip::Header> headers = bindings_of(user.name, clock.now);
    const bool has_flow =
        std::any_of(request.contacts.begin(), request.contacts.end(),
                    [](const sip::RegisterContact& contact) { return contact.reg_id != 0; });
    // RFC 5626 §6: who asked for it may count on it.
    if (request.supports_outbound && has_flow) headers.emplace_back("Require", "outbound");
    ports_.sip.answer_register(request.request, 200, std::move(headers));
}

std::vector<sip::Header> Softphones::bindings_of(const std::string& user, Instant now) const {
    std::vector<sip::Header> headers;
    for (const Binding& binding : registrar_.of_user(user)) {
        const auto left = std::chrono::duration_cast<std::chrono::seconds>(binding.expires - now).count();
        std::string value =
            '<' + binding.contact.uri + ">;expires=" + std::to_string(std::max<long>(left, 1));
        if (!binding.contact.instance.empty())
            value += ";+sip.instance=" + digest::quoted(binding.contact.instance);
        if (binding.contact.reg_id != 0) value += ";reg-id=" + std::to_string(binding.contact.reg_id);
        headers.emplace_back("Contact", std::move(value));
    }
    return headers;
}

void Softphones::take_outcome(const config::User& user, const RegisterOutcome& outcome, FlowId flow) {
    for (const Binding& gone : outcome.removed) unlist(gone.session);
    for (const SessionId session : outcome.added) {
        phones_[session] = {user.name, flow, true, std::nullopt};
        ports_.directory.add(session, user);
        log::info("softphone {} of '{}' is registered", session.value, user.name);
    }
    for (const SessionId session : outcome.moved) {
        phones_[session] = {user.name, flow, true, std::nullopt};
        ports_.directory.add(session, user);
        log::info("softphone {} of '{}' is back by another connection", session.value, user.name);
        for (const auto& [dialog, leg] : legs_) {
            if (leg.session == session) ports_.sip.move(dialog, flow);
        }
    }
}

void Softphones::unlist(SessionId session) {
    const auto found = phones_.find(session);
    if (found == phones_.end()) return;
    ports_.directory.remove(session);
    found->second.listed = false;
    log::info("softphone {} of '{}' is not registered any more", session.value, found->second.user);
    // Its calls go on; whoever still rings there must not.
    if (!has_legs(session)) phones_.erase(found);
}

void Softphones::know(FlowId flow, const config::User& user) {
    flow_users_[flow].insert(user.name);
    ports_.sip.set_owner(flow, user.name);
}

SessionId Softphones::session_of(FlowId flow, const config::User& user) {
    if (const Binding* binding = registrar_.on_flow(flow, user.name)) return binding->session;
    for (const auto& [session, phone] : phones_) {
        if (phone.flow == flow && phone.user == user.name) return session;
    }
    const SessionId session{next_flow_session_++};
    phones_[session] = {user.name, flow, false, std::nullopt};
    return session;
}

void Softphones::on_flow_closed(FlowId flow, Instant now) {
    flow_users_.erase(flow);
    registrar_.flow_closed(flow);
    for (auto phone = phones_.begin(); phone != phones_.end();) {
        auto& [session, state] = *phone;
        if (state.flow != flow) {
            ++phone;
            continue;
        }
        if (state.listed) ports_.directory.remove(session);
        state.flow = {};
        state.lost = now;
        log::info("softphone {} of '{}' has lost its connection", session.value, state.user);
        // Who was not registered has no name to come back by.
        const bool comes_back = registrar_.find(session) != nullptr;
        phone = !comes_back && !has_legs(session) ? phones_.erase(phone) : std::next(phone);
    }
}

void Softphones::on_tick(Instant now) {
    for (auto& [dialog, leg] : legs_) {
        if (leg.answer_due && *leg.answer_due <= now) flush_answer(leg);
    }
    for (const auto& [session, name] : std::exchange(unusable_, {})) {
        ports_.calls.on_page(session, name, call::PageGone{session});
    }
    for (const Binding& gone : registrar_.expire(now)) unlist(gone.session);
    std::erase_if(subscriptions_, [&](const auto& row) { return row.second.until <= now; });
    std::vector<SessionId> given_up;
    for (const auto& [session, phone] : phones_) {
        if (phone.lost && now - *phone.lost >= kTimeToComeBack) given_up.push_back(session);
    }
    for (const SessionId session : given_up) {
        registrar_.remove(session);
        ports_.calls.on_session_closed(session);
        const EndReason gone{EndCause::page_gone, Side::browser, {}, {}};
        std::vector<DialogId> mine;
        for (const auto& [dialog, leg] : legs_) {
            if (leg.session == session) mine.push_back(dialog);
        }
        for (const DialogId dialog : mine) {
            ports_.sip.end(dialog, gone);
            forget(dialog);
        }
        phones_.erase(session);
    }
}

const config::User* Softphones::user_of(std::string_view name) const {
    for (const config::User& user : config_->users) {
        if (user.name == name) return &user;
    }
    return nullptr;
}

}  // namespace causeway::softphone
