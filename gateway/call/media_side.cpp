// What the media workers report about a call.
#include <algorithm>
#include <chrono>
#include <string>

#include "gateway/call/identity_book.hpp"
#include "gateway/call/sound_figures.hpp"
#include "gateway/call/step_context.hpp"

namespace causeway::call {
namespace {

/// The handshake itself went well; the webrtc room says so in these words only.
bool is_of_another_certificate(const EndReason& reason) {
    return reason.cause == EndCause::dtls_failed && reason.by == Side::browser &&
           reason.detail.find("the certificate is not the one") != std::string::npos;
}

}  // namespace

void StepContext::on(const MediaOpened& event) {
    if (call_.phase != Phase::opening) return;
    call_.phase = Phase::connecting;
    call_.browser_answer = event.answer;
    call_.sip_rtp = shown_to_sip(event.sip_rtp);
    call_.dtls_fingerprint = event.fingerprint;
    tell_page(http::Answer{call_.page->name, to_string(call_.id), with_identity(event.answer.sdp)});
    // The operator may trade the proof by DTLS for a faster call; attestation is capped then.
    const bool waits = environment_.identity.policy.assertion.dtls_before_invite && !call_.answers_late;
    if (call_.record.from_browser && !waits) send_invite();
}

SocketAddress StepContext::shown_to_sip(const SocketAddress& bound) const {
    const std::string& external = call_.config->media.external_address;
    if (external.empty()) return bound;
    const auto address = SocketAddress::parse(external, bound.port());
    return address ? *address : bound;
}

std::string StepContext::with_identity(std::string sdp) {
    const auto& maker = environment_.identity.assertions;
    const auto media = sdp.find("\nm=");
    if (!maker || media == std::string::npos) return sdp;
    // RFC 8862 §4.3: who answers is not signed, so the dialled number is nobody's proven name.
    const std::string name = call_.record.from_browser ? "gateway" : call_.sip_caller.assured_name;
    const std::string assertion =
        maker->make(name, identity::fingerprints_of(sdp),
                    std::chrono::system_clock::to_time_t(environment_.now), to_string(call_.id));
    if (!assertion.empty()) sdp.insert(media + 1, "a=identity:" + assertion + "\r\n");
    return sdp;
}

void StepContext::on(const MediaCandidate& event) {
    if (!call_.page || call_.phase == Phase::ended) return;
    tell_page(http::Candidate{call_.page->name, event.candidate});
}

void StepContext::on(const MediaConnected&) {
    // The INVITE leaves, or the 200, only when the browser has shown that it holds the certificate of its
    // offer: nobody's telephone rings for a page that cannot talk (RFC 8827 §9.4.1).
    call_.browser_connected = true;
    act(DisarmTimer{TimerKind::connecting});
    call_.media_lost = false;
    nobody_is_missing();
    if (call_.phase != Phase::connecting) return;
    if (call_.record.from_browser) return send_invite();

    if (call_.sip_offer.empty()) {
        auto offer = sdp::make_sip_offer(next_local_description());
        call_.described = offer;
        call_.local_offer = std::move(offer.media);
        call_.awaits_sip_answer = true;
        call_.phase = Phase::confirming;
        act(Accept{std::move(offer.sdp)});
        return;
    }
    auto answer = sdp::make_sip_answer(call_.sip_offer, next_local_description());
    if (!answer) return finish(EndCause::no_common_codec, Side::sip, answer.error().detail);
    if (!connect_media(answer->remote)) return;
    call_.described = *answer;
    act(Accept{std::move(answer->sdp)});
    mark_answered();
}

void StepContext::on(const MediaFailed& event) {
    if (call_.phase == Phase::ended) return;
    EndReason reason = event.reason;
    if (is_of_another_certificate(reason) && !call_.caller.identity.empty()) {
        // B7: whoever brought the assertion does not hold the key of its fingerprints.
        reason.cause = EndCause::identity_fingerprint;
        call_.record.identity.verdict = "invalid";
        call_.record.identity.reason = reason.detail;
        call_.record.identity.identity.clear();
    }
    finish(std::move(reason));
}

void StepContext::on(const MediaDigit& event) {
    if (call_.phase == Phase::ended) return;
    if (call_.bridged) {
        // Events and tones are already on their way to the other telephone.
        if (call_.other->digit_way == DigitWay::info) {
            act(SendInfo{event.digit, event.duration_ms, call_.other->dialog});
        }
        return;
    }
    if (call_.page) tell_page(http::DigitReceived{call_.page->name, event.digit, event.duration_ms});
}

void StepContext::on(const MediaClosed& event) {
    if (call_.phase != Phase::ended) return;
    const media::MediaStatistics& last = event.last;
    note_sound(call_.record, last);
    call_.record.srtp = last.srtp_profile;
    call_.record.sip_srtp = last.sip_srtp_profile;
    if (call_.record.bridged) {
        call_.record.bridged->leg = leg_figures(last.other_codec, last.from_other, last.to_other);
        call_.record.bridged->srtp = last.other_srtp_profile;
    }
    retire();
}

}  // namespace causeway::call
