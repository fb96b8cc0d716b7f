// New offers inside a call, from the page to SIP: hold, resume, an ICE restart. RFC 3264 §8, RFC 8829 §5.3.
#include <utility>

#include "gateway/call/step_context.hpp"

namespace causeway::call {

void StepContext::on(const PageReoffer& event) {
    if (!is_my_page(event.session) || !call_.media_open) return;
    auto offer = webrtc::parse_offer(event.sdp);
    if (!offer) {
        return tell_page(http::ProtocolError{"bad-field", "sdp", offer.error().detail, call_.page->name});
    }
    if (call_.may_change_certificate) return reoffer_by_new_certificate(std::move(*offer), event.sdp);
    act(ReofferMedia{std::move(*offer)});
}

void StepContext::on(const MediaReoffered& event) {
    if (!call_.page || !call_.media_open) return;
    const sdp::Direction before = call_.browser_answer.agreed.direction;
    call_.browser_answer = event.answer;
    call_.may_change_certificate = false;
    tell_page(http::Answer{call_.page->name, to_string(call_.id), with_identity(event.answer.sdp)});
    if (call_.phase != Phase::talking || event.answer.agreed.direction == before) return;
    auto offer = sdp::make_sip_offer(next_local_description());
    call_.local_offer = std::move(offer.media);
    act(Reoffer{std::move(offer.sdp)});
}

void StepContext::on(const MediaReofferRefused& event) {
    if (!call_.page || !call_.media_open) return;
    tell_page(http::ProtocolError{"bad-field", "sdp", event.why, call_.page->name});
}

void StepContext::on(const SipReofferAnswered& event) {
    if (call_.phase != Phase::talking) return;
    auto remote = sdp::parse_sip_answer(event.sdp, call_.local_offer);
    if (!remote) {
        return finish(EndCause::bad_offer, Side::sip, "The telephone's answer: " + remote.error().detail);
    }
    connect_media(*remote);
}

void StepContext::on(const SipReofferRefused&) {}

}  // namespace causeway::call
