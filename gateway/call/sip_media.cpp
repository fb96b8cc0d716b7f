// RFC 4568 §7.1.4, RFC 8643 §3, RFC 4733, RFC 6086.
#include "gateway/call/sip_media.hpp"

#include <utility>

#include "gateway/call/call.hpp"
#include "gateway/call/step_context.hpp"

namespace causeway::call {

sdp::SrtpPolicy srtp_policy(const Call& call) {
    return call.trunk != nullptr ? call.trunk->srtp : sdp::SrtpPolicy::off;
}

DigitWay digit_way(const Call& call, const sdp::AudioMedia& sip_remote) {
    if (call.trunk == nullptr) return DigitWay::events;
    const bool agreed = !sip_remote.events.empty();
    switch (call.trunk->dtmf) {
        case config::TrunkDtmf::rfc4733:
            return DigitWay::events;
        case config::TrunkDtmf::info:
            return DigitWay::info;
        case config::TrunkDtmf::inband:
            return DigitWay::tones;
        case config::TrunkDtmf::automatic:
            return agreed ? DigitWay::events : DigitWay::tones;
        case config::TrunkDtmf::automatic_info:
            if (agreed) return DigitWay::events;
            return call.peer_takes_info ? DigitWay::info : DigitWay::tones;
    }
    return DigitWay::events;
}

transcode::BridgePlan with_digit_way(transcode::BridgePlan plan, const Call& call,
                                     const sdp::AudioMedia& sip_remote) {
    const DigitWay way = digit_way(call, sip_remote);
    plan.browser_to_sip = transcode::with_digits(
        plan.browser_to_sip, {.as_tones = way == DigitWay::tones, .elsewhere = way == DigitWay::info});
    // Who has no events presses keys by tones; INFO that also comes would be the same press twice.
    plan.sip_to_browser = transcode::with_digits(plan.sip_to_browser, {.hear_tones = way == DigitWay::tones});
    return plan;
}

void StepContext::renew_security(bool insist) {
    call_.security = environment_.make_security(srtp_policy(call_), call_.dtls_fingerprint);
    call_.security->insist = insist;
}

void StepContext::remember_peer(const sdp::AudioMedia& sip_remote) {
    call_.digit_way = digit_way(call_, sip_remote);
    if (!call_.security) return;
    call_.security->rtcp_mux = sip_remote.rtcp_mux;
    if (sip_remote.agreed.protection != sdp::Protection::dtls) return;
    call_.security->dtls_role = sip_remote.agreed.dtls_role;
    call_.security->association = sip_remote.agreed;
    if (!sip_remote.agreed.own_tls_id.empty()) call_.security->tls_id = sip_remote.agreed.own_tls_id;
}

bool StepContext::may_insist(const EndReason& reason) const {
    // FreeSWITCH and others refuse keys in RTP/AVP and take them in RTP/SAVP.
    return reason.sip_status == 488 && call_.phase == Phase::inviting && call_.security &&
           !call_.awaits_sip_offer && call_.security->policy == sdp::SrtpPolicy::optional &&
           !call_.security->insist;
}

void StepContext::on(const SipCapabilities& event) {
    call_.peer_takes_info = event.takes_info;
    call_.peer_takes_refer = event.takes_refer;
}

void StepContext::on(const BrowserDigit& event) {
    // Events and tones are already on their way.
    if (call_.phase == Phase::talking && call_.digit_way == DigitWay::info)
        act(SendInfo{event.digit, event.duration_ms});
}

void StepContext::send_digit(char digit, int duration_ms) {
    if (call_.digit_way == DigitWay::info) {
        if (call_.phase == Phase::talking) act(SendInfo{digit, duration_ms});
        return;
    }
    act(SendDigit{digit, duration_ms});
}

}  // namespace causeway::call
