// An attended transfer without REFER: the page's two telephones are in two calls, perhaps on two media
// workers. One of them gets a re-INVITE with a new address, in the other call; then its dialog moves there
// and its own call ends. Nothing is moved between media threads. RFC 3264 §8.3.1, RFC 5589 §7.
#include <memory>
#include <string>
#include <utility>

#include "gateway/call/step_context.hpp"

namespace causeway::call {

void StepContext::fetch_leg() {
    call_.transfer->by_referral = false;
    act(OpenOther{});
}

// --- In the call that the telephone leaves.

void StepContext::on(const LegWanted& event) {
    const bool free = call_.phase == Phase::talking && call_.dialog && !call_.transfer && !call_.bridged &&
                      !call_.moving_to && !call_.awaits_sip_answer;
    if (!free) return act(KeepLeg{event.by, {EndCause::bad_request, Side::gateway, {}, {}}});
    call_.moving_to = event.by;
    call_.record.transferred_to = event.to;
    // RFC 3261 §14.1: one offer at a time, and the answer to a hold is no answer to this one.
    if (call_.offer_under_way) {
        call_.place = event.sip_rtp;
    } else {
        offer_place(event.sip_rtp);
    }
}

void StepContext::offer_place(const SocketAddress& sip_rtp) {
    call_.before_move = std::make_unique<SipLeg>(static_cast<const SipLeg&>(call_));
    call_.sip_rtp = sip_rtp;
    // Another socket is another stream: it has keys of its own (RFC 4568 §6.1).
    renew_security(false);
    auto local = next_local_description();
    // What the browser holds, it does not hold of the one that takes its place.
    local.direction = call_.wish = sdp::Direction::sendrecv;
    auto offer = sdp::make_sip_offer(local);
    call_.described = offer;
    call_.local_offer = std::move(offer.media);
    make_offer(std::move(offer.sdp));
}

void StepContext::leg_answered(const sdp::AudioMedia& sip_remote) {
    remember_peer(sip_remote);
    call_.sip_remote = sip_remote;
    call_.own = sip_remote.direction;
    auto leg = std::make_shared<SipLeg>(static_cast<const SipLeg&>(call_));
    const CallId to = *std::exchange(call_.moving_to, std::nullopt);
    // The dialog lives on.
    call_.dialog.reset();
    finish(EndCause::transferred, Side::browser);
    act(HandLegOver{to, std::move(leg)});
}

bool StepContext::waits_for_move(const EndReason& reason) {
    if (!call_.moving_to) return false;
    call_.end_of_page = reason;
    return true;
}

void StepContext::stay(const EndReason& reason) {
    const CallId wanted_by = *std::exchange(call_.moving_to, std::nullopt);
    const std::uint64_t version = call_.sdp_version;
    if (const auto before = std::exchange(call_.before_move, nullptr))
        static_cast<SipLeg&>(call_) = std::move(*before);
    call_.sdp_version = version;
    call_.record.transferred_to.clear();
    act(KeepLeg{wanted_by, reason});
    if (call_.end_of_page) return finish(*std::exchange(call_.end_of_page, std::nullopt));
    // The page may have held it meanwhile.
    follow_browser();
}

// --- In the call that it comes to.

void StepContext::on(const LegArrived& event) {
    const bool awaited = call_.phase == Phase::talking && call_.transfer && call_.transfer->with;
    if (!awaited || call_.other) {
        return act(EndDialog{*event.leg->dialog, {EndCause::hangup, Side::gateway, {}, {}}});
    }
    call_.other = std::make_unique<SipLeg>(*event.leg);
    join_telephones();
}

void StepContext::on(const LegStayed& event) {
    if (call_.phase == Phase::talking && call_.transfer && call_.transfer->with)
        transfer_failed(event.reason);
}

}  // namespace causeway::call
