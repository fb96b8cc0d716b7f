// How calls end: always here, always with one reason that everybody hears alike.
#include <utility>

#include "gateway/call/step_context.hpp"

namespace causeway::call {

std::optional<EndReason> StepContext::refusal_of_new_call() const {
    if (environment_.shutting_down) return EndReason{EndCause::shutting_down, Side::gateway, {}, {}};
    if (environment_.running_calls >= call_.config->limits.calls) {
        return EndReason{EndCause::over_limit, Side::gateway, {}, {}};
    }
    if (environment_.overloaded) return EndReason{EndCause::overloaded, Side::gateway, {}, {}};
    return std::nullopt;
}

void StepContext::tell_ended(const PageCall& page, const EndReason& reason) {
    act(TellPage{page.session, http::Ended{page.name, to_string(call_.id), std::string(code(reason.cause)),
                                           std::string(to_string(reason.by)), text(reason),
                                           sip_status(reason), q850_cause(reason)}});
    act(ForgetPage{page.session, page.name});
}

void StepContext::finish(EndCause cause, Side by, std::string detail) {
    finish(EndReason{cause, by, std::move(detail), {}});
}

void StepContext::finish(EndReason reason) {
    if (call_.phase == Phase::ended) return;
    for (const PageCall& page : call_.ringing) tell_ended(page, reason);
    call_.ringing.clear();
    if (call_.page) tell_ended(*call_.page, reason);
    end_new_leg(reason);
    if (call_.moving_to) {
        act(KeepLeg{*std::exchange(call_.moving_to, std::nullopt), reason});
        call_.record.transferred_to.clear();
    }
    if (call_.dialog) act(EndDialog{*call_.dialog, reason});
    call_.dialog.reset();
    for (const TimerKind kind :
         {TimerKind::ringing, TimerKind::connecting, TimerKind::duration, TimerKind::resume}) {
        act(DisarmTimer{kind});
    }
    if (!call_.capability.empty()) act(ReleaseCapability{std::exchange(call_.capability, {})});
    call_.phase = Phase::ended;
    note_outcome(reason);
    call_.record.reason = std::move(reason);
    call_.record.ended = environment_.now;
    if (!call_.media_open) return retire();
    call_.media_open = false;
    act(CloseMedia{});
    act(ArmTimer{TimerKind::closing, std::chrono::seconds(5)});
}

void StepContext::retire() {
    act(DisarmTimer{TimerKind::closing});
    act(WriteRecord{call_.record});
    act(Retire{});
}

void StepContext::checking_took_too_long() {
    if (call_.record.from_browser) return finish(EndCause::identity_unavailable, Side::gateway);
    // S5: as every certificate that cannot be had. The trunk's policy says whether the call goes on.
    identity::PassportVerdict verdict;
    verdict.result = identity::PassportVerdict::Result::invalid;
    verdict.code = 436;
    verdict.why = "certificate could not be fetched: time-out";
    on(PassportsChecked{std::move(verdict)});
}

void StepContext::on(const TimerFired& event) {
    switch (event.kind) {
        case TimerKind::ringing:
            if (call_.phase == Phase::ringing) finish(EndCause::no_answer, Side::browser);
            return;
        case TimerKind::connecting:
            if (call_.phase == Phase::checking) {
                checking_took_too_long();
            } else if (call_.page && call_.media_open && !call_.browser_connected) {
                finish(EndCause::ice_failed, Side::browser);
            }
            return;
        case TimerKind::duration:
            if (call_.phase == Phase::talking) {
                finish(EndCause::over_limit, Side::gateway, "The call reached the longest time allowed.");
            }
            return;
        case TimerKind::resume:
            if (call_.missing) finish(*call_.missing);
            return;
        case TimerKind::closing:
            // The worker did not answer: the record is written without its last figures.
            if (call_.phase == Phase::ended) retire();
            return;
    }
}

void StepContext::on(const EndOrdered& event) {
    if (call_.phase != Phase::ended && call_.phase != Phase::idle) finish(event.reason);
}

}  // namespace causeway::call
