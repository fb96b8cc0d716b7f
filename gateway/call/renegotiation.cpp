// New offers inside a call: the page's (hold, resume, an ICE restart), the telephone's (the same, other
// codecs, another address), and ours that carry one side's wish to the other. RFC 3264 §8, RFC 6337, RFC 8829
// §5.3.
#include <utility>

#include "core/sdp/redescribe.hpp"
#include "gateway/call/step_context.hpp"

namespace causeway::call {
namespace {

bool sends(sdp::Direction direction) {
    return direction == sdp::Direction::sendrecv || direction == sdp::Direction::sendonly;
}
bool listens(sdp::Direction direction) {
    return direction == sdp::Direction::sendrecv || direction == sdp::Direction::recvonly;
}

/// RFC 8225 §5.2.2: the caller's signature covers one certificate. Another one, or none, is anybody's.
bool breaks_signature(const Call& call, const sdp::AgreedTransport& agreed) {
    if (!call.sip_caller.media_bound || !call.sip_remote) return false;
    return agreed.protection != sdp::Protection::dtls ||
           agreed.fingerprints != call.sip_remote->agreed.fingerprints;
}

sip::Reliability reliability_of(config::Reliability configured) {
    switch (configured) {
        case config::Reliability::off:
            return sip::Reliability::off;
        case config::Reliability::supported:
            return sip::Reliability::supported;
        case config::Reliability::required:
            return sip::Reliability::required;
    }
    return sip::Reliability::off;
}

}  // namespace

sip::DialogOptions StepContext::dialog_options() const {
    sip::DialogOptions options;
    options.session_expires = call_.config->sip.session_expires;
    if (call_.trunk == nullptr) return options;
    options.reliability = reliability_of(call_.trunk->reliability);
    if (!call_.trunk->username.empty()) {
        options.credentials =
            sip::DigestCredentials{call_.trunk->username, call_.trunk->password, call_.trunk->realm};
    }
    return options;
}

void StepContext::note_hold(sdp::Direction remote) {
    // Whom we do not send to, need not say whether it would listen.
    if (!call_.page || !sends(call_.wish)) return;
    const bool held = !listens(remote);
    if (held == call_.held) return;
    call_.held = held;
    tell_page(http::Held{call_.page->name, held});
}

void StepContext::follow_browser() {
    const sdp::Direction wanted = call_.browser_answer.agreed.direction;
    const bool may = call_.phase == Phase::talking && !call_.moving_to && !call_.offer_under_way;
    if (!may || wanted == call_.wish || call_.described.sdp.empty()) return;
    call_.wish = wanted;
    // RFC 3264 §8: the streams, their payload types and keys stay; only the direction is new.
    call_.described.sdp = sdp::redescribed(call_.described.sdp, wanted, ++call_.sdp_version);
    call_.described.media.direction = wanted;
    call_.local_offer = call_.described.media;
    make_offer(call_.described.sdp);
}

void StepContext::make_offer(std::string sdp) {
    call_.offer_under_way = true;
    act(Reoffer{std::move(sdp)});
}

void StepContext::make_next_offer() {
    if (call_.place) return offer_place(*std::exchange(call_.place, std::nullopt));
    follow_browser();
}

void StepContext::on(const PageReoffer& event) {
    if (!is_my_page(event.session) || !call_.media_open || call_.phase == Phase::opening) return;
    auto offer = webrtc::parse_offer(event.sdp);
    if (!offer) {
        return tell_page(http::ProtocolError{"bad-field", "sdp", offer.error().detail, call_.page->name});
    }
    if (call_.may_change_certificate) return reoffer_by_new_certificate(std::move(*offer), event.sdp);
    act(ReofferMedia{std::move(*offer)});
}

void StepContext::on(const MediaReoffered& event) {
    if (!call_.page || !call_.media_open || call_.phase == Phase::opening) return;
    const bool same_formats = event.answer.agreed.formats == call_.browser_answer.agreed.formats;
    call_.browser_answer = event.answer;
    call_.may_change_certificate = false;
    tell_page(http::Answer{call_.page->name, to_string(call_.id), with_identity(event.answer.sdp)});
    const bool joined = call_.phase == Phase::talking && call_.sip_remote;
    if (joined && !same_formats && !connect_media(sdp::AudioMedia(*call_.sip_remote))) return;
    follow_browser();
}

void StepContext::on(const MediaReofferRefused& event) {
    if (!call_.page || !call_.media_open) return;
    tell_page(http::ProtocolError{"bad-field", "sdp", event.why, call_.page->name});
}

void StepContext::on(const SipReoffer& event) {
    const bool early = call_.phase == Phase::inviting;
    if ((call_.phase != Phase::talking && !early) || call_.moving_to) {
        // RFC 3261 §14.2: not now; the peer tries again.
        if (call_.phase != Phase::ended) act(RefuseReoffer{491});
        return;
    }
    if (event.sdp.empty()) {
        // A re-INVITE without an offer asks for ours; its answer comes with the ACK.
        auto offer = sdp::make_sip_offer(next_local_description());
        call_.described = offer;
        call_.local_offer = std::move(offer.media);
        call_.awaits_sip_answer = true;
        act(AnswerReoffer{std::move(offer.sdp)});
        return;
    }
    auto answer = sdp::make_sip_answer(event.sdp, next_local_description());
    if (!answer) return act(RefuseReoffer{.status = 488, .dialog = {}, .why = answer.error().detail});
    if (breaks_signature(call_, answer->remote.agreed)) {
        return act(
            RefuseReoffer{.status = 488,
                          .dialog = {},
                          .why = "the certificate of this call was signed and cannot be changed in it"});
    }
    auto plan = plan_media(answer->remote);
    if (!plan) return act(RefuseReoffer{.status = 488, .dialog = {}, .why = plan.error().detail});
    remember_peer(answer->remote);
    call_.described = *answer;
    call_.sip_remote = answer->remote;
    call_.early_updated = early;
    const sdp::Direction direction = call_.own = answer->remote.direction;
    carry(answer->remote, std::move(*plan), !early);
    act(AnswerReoffer{std::move(answer->sdp)});
    if (!early) note_hold(direction);
    tell_other_of_hold();
}

void StepContext::on(const SipReofferAnswered& event) {
    if (call_.phase != Phase::talking) return;
    call_.offer_under_way = false;
    auto remote = sdp::parse_sip_answer(event.sdp, call_.local_offer);
    if (!remote) {
        return finish(EndCause::bad_offer, Side::sip, "The telephone's answer: " + remote.error().detail);
    }
    if (call_.moving_to && !call_.place) return leg_answered(*remote);
    if (breaks_signature(call_, remote->agreed)) {
        return finish(EndCause::dtls_failed, Side::sip,
                      "The telephone's answer: not the certificate that its caller signed.");
    }
    // RFC 3264 §6.1: who is offered nothing has nothing to listen to, whatever its answer says.
    if (!sends(call_.wish) && listens(remote->direction))
        remote->direction = sends(remote->direction) ? sdp::Direction::sendonly : sdp::Direction::inactive;
    if (!connect_media(*remote)) return;
    note_hold(remote->direction);
    make_next_offer();
}

void StepContext::on(const SipReofferRefused& event) {
    call_.offer_under_way = false;
    if (call_.moving_to && !call_.place) return stay(from_sip_status(event.status, {}));
    if (call_.phase != Phase::talking || !call_.sip_remote) return;
    // All stays as SIP knows it. The same is not asked again; what the browser has wanted since then is.
    const sdp::Direction refused = std::exchange(call_.wish, sdp::reversed(call_.sip_remote->direction));
    if (call_.place || call_.browser_answer.agreed.direction != refused) make_next_offer();
}

}  // namespace causeway::call
