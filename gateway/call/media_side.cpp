// What the media workers report about a call.
#include "gateway/call/caller_identity.hpp"
#include "gateway/call/step_context.hpp"

namespace causeway::call {
namespace {

accounting::LegFigures leg_figures(std::string codec, const media::StreamStatistics& from,
                                   const media::StreamStatistics& to) {
    return {std::move(codec), from.packets, to.packets, from.lost, from.jitter_ms};
}

}  // namespace

void StepContext::on(const MediaOpened& event) {
    if (call_.phase != Phase::opening) return;
    call_.phase = Phase::connecting;
    call_.browser_answer = event.answer;
    call_.sip_rtp = event.sip_rtp;
    if (const auto& external = call_.config->media.external_address; !external.empty()) {
        if (auto address = SocketAddress::parse(external, event.sip_rtp.port())) call_.sip_rtp = *address;
    }
    tell_page(http::Answer{call_.page->name, to_string(call_.id), event.answer.sdp});
}

void StepContext::on(const MediaCandidate& event) {
    if (!call_.page || call_.phase == Phase::ended) return;
    tell_page(http::Candidate{call_.page->name, event.candidate});
}

void StepContext::on(const MediaConnected&) {
    // The INVITE leaves, or the 200, only when the browser has shown that it holds the certificate of its
    // offer: nobody's telephone rings for a page that cannot talk (RFC 8827 §9.4.1).
    if (call_.phase != Phase::connecting) return;
    act(DisarmTimer{TimerKind::connecting});
    if (call_.record.from_browser) return send_invite();

    if (call_.sip_offer.empty()) {
        auto offer = sdp::make_sip_offer(next_local_description());
        call_.local_offer = std::move(offer.media);
        call_.awaits_sip_answer = true;
        call_.phase = Phase::confirming;
        act(Accept{std::move(offer.sdp)});
        return;
    }
    auto answer = sdp::make_sip_answer(call_.sip_offer, next_local_description());
    auto remote = sdp::parse_sip_offer(call_.sip_offer);
    if (!answer || !remote) {
        return finish(EndCause::no_common_codec, Side::sip,
                      (!answer ? answer.error() : remote.error()).detail);
    }
    // What was agreed, at the peer's own address.
    sdp::AudioMedia agreed = *remote;
    agreed.formats = answer->media.formats;
    agreed.events = answer->media.events;
    if (!connect_media(agreed)) return;
    act(Accept{std::move(answer->sdp)});
    mark_answered();
}

void StepContext::send_invite() {
    auto offer = sdp::make_sip_offer(next_local_description());
    call_.local_offer = std::move(offer.media);
    call_.phase = Phase::inviting;

    const config::Config& config = *call_.config;
    sip::OutboundInvite invite;
    invite.call = call_.id;
    // The record, the log and a trace of the wire find each other by it.
    invite.sip_call_id = to_string(call_.id) + "@" + config.sip.domain;
    call_.record.sip_call_id = invite.sip_call_id;
    const bool over_tcp = call_.trunk != nullptr && call_.trunk->transport == config::TrunkTransport::tcp;
    const std::string host = call_.to_demo ? config.demo.listen.to_string() : call_.trunk->address;
    const std::string transport = over_tcp ? ";transport=tcp" : "";
    invite.request_uri = "sip:" + escaped_user(call_.to) + "@" + host + transport;
    invite.to_uri = "sip:" + escaped_user(call_.to) + "@" + host;
    // RFC 3323 §4.1.1.3: a caller without a number of its own is anonymous, not invented.
    const bool has_number = !call_.from.empty();
    invite.from_uri = has_number ? "sip:" + escaped_user(call_.from) + "@" + config.sip.domain
                                 : "sip:anonymous@anonymous.invalid";
    invite.from_display = has_number ? call_.from_display : "Anonymous";
    if (has_number && call_.trunk != nullptr && call_.trunk->trusted) {
        invite.headers.emplace_back("P-Asserted-Identity", "<" + invite.from_uri + ">");
    }
    invite.sdp = std::move(offer.sdp);
    if (call_.trunk != nullptr && !call_.trunk->username.empty()) {
        invite.credentials =
            sip::DigestCredentials{call_.trunk->username, call_.trunk->password, call_.trunk->realm};
    }
    invite.ring_timeout = config.sip.ring_timeout;
    act(Invite{std::move(invite)});
}

void StepContext::on(const MediaFailed& event) {
    if (call_.phase != Phase::ended) finish(event.reason);
}

void StepContext::on(const MediaDigit& event) {
    if (!call_.page || call_.phase == Phase::ended) return;
    tell_page(http::DigitReceived{call_.page->name, event.digit, event.duration_ms});
}

void StepContext::on(const MediaClosed& event) {
    if (call_.phase != Phase::ended) return;
    const media::MediaStatistics& last = event.last;
    call_.record.browser = leg_figures(last.browser_codec, last.from_browser, last.to_browser);
    call_.record.sip = leg_figures(last.sip_codec, last.from_sip, last.to_sip);
    call_.record.srtp = last.srtp_profile;
    retire();
}

}  // namespace causeway::call
