// A page that is lost and comes back: its connection, its media, or both. The far side hears silence
// meanwhile. RFC 8842 §5.5 (another certificate is another association), RFC 8827 §5.6.4 (its user is
// verified anew).
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "gateway/call/identity_book.hpp"
#include "gateway/call/step_context.hpp"

namespace causeway::call {
namespace {

/// A browser that says goodbye by DTLS was closed, or its page is being loaded again: which of both, the
/// page's connection tells, a moment later.
constexpr Duration kGoodbye = std::chrono::seconds(2);

bool same_certificate(const std::vector<webrtc::Fingerprint>& known,
                      const std::vector<webrtc::Fingerprint>& offered) {
    return known.size() == offered.size() && std::is_permutation(known.begin(), known.end(), offered.begin());
}

}  // namespace

bool StepContext::can_wait() const {
    return call_.config->http.resume_time.count() > 0 && call_.media_open && call_.browser_connected &&
           (call_.phase == Phase::inviting || call_.phase == Phase::confirming ||
            call_.phase == Phase::talking);
}

void StepContext::await_return(EndReason reason, Duration time) {
    // The first loss decides how long is waited, but for a goodbye: the page itself may be gone with it.
    if (call_.missing && call_.missing->cause != EndCause::hangup) return;
    call_.missing = std::move(reason);
    act(ArmTimer{TimerKind::resume, time});
}

void StepContext::nobody_is_missing() {
    if (!call_.missing || call_.page_away || call_.media_lost) return;
    call_.missing.reset();
    act(DisarmTimer{TimerKind::resume});
}

void StepContext::on(const PageReturned& event) {
    if (!is_my_page(event.before) || call_.phase == Phase::ended) return;
    call_.page->session = event.session;
    call_.page_away = false;
    call_.may_change_certificate = true;
    ++call_.record.resumed;
    nobody_is_missing();
}

void StepContext::on(const MediaLost& event) {
    if (call_.phase == Phase::ended) return;
    if (!call_.page || page_leaves({EndCause::transferred, Side::browser, {}, {}})) return;
    if (!can_wait()) return finish(event.reason);
    call_.media_lost = true;
    const bool goodbye = event.reason.cause == EndCause::hangup;
    await_return(event.reason, goodbye ? kGoodbye : call_.config->http.resume_time);
}

void StepContext::reoffer_by_new_certificate(webrtc::BrowserOffer offer, const std::string& sdp) {
    if (same_certificate(call_.fingerprints, offer.fingerprints)) {
        return act(ReofferMedia{std::move(offer), true});
    }
    // B7: what was asserted holds for the certificate that it was asserted with.
    if (!call_.caller.identity.empty()) {
        if (!call_.checked_reoffer.empty()) return;
        call_.checked_reoffer = sdp;
        return act(CheckCaller{
            sdp, std::to_string(call_.page->session.value) + '/' + call_.presentation.presenter.account, "",
            call_.to, call_.record.page});
    }
    auto& figures = call_.record.identity;
    if (!figures.reason.empty()) figures.reason += "; ";
    figures.reason += "resumed with another certificate";
    call_.fingerprints = offer.fingerprints;
    act(ReofferMedia{std::move(offer), true});
}

void StepContext::check_reoffer(const CallerChecked& event) {
    const std::string sdp = std::exchange(call_.checked_reoffer, {});
    if (!call_.page || !call_.media_open) return;
    const bool same = event.assertion.result == identity::AssertionVerdict::Result::valid &&
                      event.assertion.identity == call_.presentation.assertion.identity;
    auto offer = webrtc::parse_offer(sdp);
    if (!same || !offer) {
        return tell_page(http::ProtocolError{
            "bad-field", "sdp", "The new certificate needs an identity of the user who began the call.",
            call_.page->name});
    }
    call_.fingerprints = offer->fingerprints;
    act(ReofferMedia{std::move(*offer), true});
}

}  // namespace causeway::call
