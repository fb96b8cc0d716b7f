#include "sip/ua/ack_guard.hpp"

namespace causeway::sip {
namespace {

/// From the parser to the dialog it takes less than a turn of the loop.
constexpr auto kLongestWayIn = std::chrono::seconds(2);
/// The stack itself waits 16 s for the ACK to a 2xx; before that nothing of the same name can take its place.
constexpr auto kLongestWaitForAck = std::chrono::seconds(10);

}  // namespace

AckGuard::Entry* AckGuard::find(const InviteName& invite) {
    const auto found = invites_.find(invite.call);
    if (found == invites_.end() || found->second.transaction != invite.transaction) return nullptr;
    return &found->second;
}

void AckGuard::invite_came(const InviteName& invite, Instant now) {
    if (invite.call.empty()) return;
    const State first = invite.transaction.empty() ? State::spoiled : State::seen;
    const auto found = invites_.find(invite.call);
    if (found != invites_.end()) {
        Entry& entry = found->second;
        if (!entry.held && now >= entry.until) entry = {invite.transaction, first, false, now};
        if (entry.transaction != invite.transaction) entry.state = State::spoiled;
        if (entry.state == State::seen || entry.state == State::spoiled) entry.until = now + kLongestWayIn;
        return;
    }
    if (invites_.size() >= kMost) sweep(now);
    if (invites_.size() >= kMost) return;
    invites_.emplace(
        invite.call,
        Entry{
            .transaction = invite.transaction, .state = first, .held = false, .until = now + kLongestWayIn});
}

void AckGuard::keep(const InviteName& invite) {
    Entry* entry = find(invite);
    if (entry == nullptr) return;
    entry->held = true;
    if (entry->state == State::seen) entry->state = State::kept;
}

void AckGuard::forget(const InviteName& invite) {
    std::erase(answering_, invite);
    if (find(invite) != nullptr) invites_.erase(invite.call);
}

void AckGuard::answering(const InviteName& invite) {
    Entry* entry = find(invite);
    if (entry == nullptr || entry->state != State::kept) return;
    entry->state = State::answering;
    answering_.push_back(invite);
}

void AckGuard::answer_sent(const InviteName& invite, Instant now) {
    std::erase(answering_, invite);
    Entry* entry = find(invite);
    if (entry == nullptr || entry->state != State::answering) return;
    entry->state = State::sent;
    entry->until = now + kLongestWaitForAck;
}

void AckGuard::answer_failed(bool maybe_success, Instant now) {
    embargo_until_ = now + kEmbargo;
    if (!maybe_success) return;
    for (const InviteName& invite : answering_) {
        if (Entry* entry = find(invite)) entry->state = State::spoiled;
    }
    answering_.clear();
}

bool AckGuard::admits(const std::string& call, Instant now) {
    bool safe = false;
    const auto found = invites_.find(call);
    if (found != invites_.end()) {
        const Entry& entry = found->second;
        safe = entry.state == State::answering || (entry.state == State::sent && now < entry.until);
        if (safe) invites_.erase(found);
    }
    return safe || now >= embargo_until_;
}

void AckGuard::sweep(Instant now) {
    // A flood must not buy a sweep with every datagram.
    if (now - swept_ < std::chrono::seconds(1)) return;
    swept_ = now;
    std::erase_if(invites_,
                  [now](const auto& item) { return !item.second.held && now >= item.second.until; });
}

}  // namespace causeway::sip
