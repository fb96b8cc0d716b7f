// What pages do to a call.
#include <algorithm>
#include <string>
#include <utility>

#include "gateway/call/identity_book.hpp"
#include "gateway/call/step_context.hpp"
#include "gateway/identity/policy/sip_text.hpp"
#include "gateway/routing/called_number.hpp"
#include "gateway/routing/dial_plan.hpp"

namespace causeway::call {
namespace {

/// As the identity policy and records name them.
std::string_view to_string(identity::Binding binding) {
    switch (binding) {
        case identity::Binding::contents:
            return "native";
        case identity::Binding::oidc_nonce:
            return "oidc-nonce";
        case identity::Binding::dpop:
            return "dpop";
        case identity::Binding::introspection:
            return "introspection";
    }
    return "native";
}

/// Its form and its times are told in the words of the specification; people get a sentence around them.
EndReason refusal_of_permission(const identity::CapabilityRefusal& refusal) {
    EndReason reason = identity::end_reason_of(refusal);
    using Fault = identity::CapabilityFault;
    if (refusal.fault == Fault::invalid || refusal.fault == Fault::expired) {
        reason.detail = "The permission to call is not good (" + refusal.why + ").";
    }
    return reason;
}

}  // namespace

void StepContext::on(const PagePlaced& event) {
    if (call_.phase != Phase::idle) return;
    call_.page = PageCall{event.session, event.name};
    call_.to = event.to;
    call_.from = event.caller.number.empty() ? event.caller.user : event.caller.number;
    call_.from_display = event.caller.display;
    call_.answers_late = event.answers_late;
    auto& record = call_.record;
    record.call = call_.id;
    record.from_browser = true;
    record.started = environment_.now;
    record.to = event.to;
    record.page = event.page;
    // What a permission allows, the permission itself says; it was given so that nobody need know whose it
    // is.
    const bool permitted = !event.capability.empty();
    if (!permitted) {
        record.user = event.caller.user;
        record.from = call_.from;
    }
    act(BindPage{event.session, event.name});

    if (auto refusal = refusal_of_new_call()) return finish(std::move(*refusal));
    if (event.calls_of_session >= call_.config->limits.calls_per_session) {
        return finish(EndCause::over_limit, Side::gateway, "This page has too many calls at once.");
    }
    // People write numbers with spaces and brackets; what is left without those must be strictly a number.
    const std::string dialled = routing::called_number(event.to);
    if (!identity::is_dialable(dialled)) {
        return finish(EndCause::bad_request, Side::browser,
                      "The number holds characters that no number has.");
    }
    if (event.caller.guest && !permitted && !environment_.dial_plan.guest_may_call(dialled)) {
        return finish(EndCause::forbidden, Side::gateway,
                      "Guests may not call this number. Please log in first.");
    }
    auto route = environment_.dial_plan.route({dialled, call_.from, event.page, ""});
    if (route.target == config::RouteTarget::refuse) return finish(std::move(route.refusal));
    if (route.target == config::RouteTarget::user) {
        return finish(EndCause::not_found, Side::gateway,
                      "This number belongs to a page; only telephones can call it.");
    }
    call_.to = route.to;
    call_.from = route.from;
    call_.to_demo = route.target == config::RouteTarget::demo;
    call_.record.trunk = call_.to_demo ? "demo" : route.target_name;
    if (!call_.to_demo) {
        choose_ways(route.target_name);
        if (call_.ways.trunks.empty()) {
            return finish(EndCause::internal_error, Side::gateway, "The route names an unknown trunk.");
        }
        if (!take_next_way()) return finish(*call_.ways.obstacle);
    }
    if (auto offer = webrtc::parse_offer(event.sdp); !offer) {
        return finish(EndCause::bad_offer, Side::browser, "The browser's offer: " + offer.error().detail);
    }
    check_caller(event, dialled);
}

void StepContext::check_caller(const PagePlaced& event, const std::string& dialled) {
    call_.browser_offer = event.sdp;
    identity::OutboundRequest& request = call_.presentation;
    request.presenter = {"", event.caller.user, event.caller.guest};
    request.requested_number = event.number;
    request.wants_privacy = event.privacy;
    request.account_number = call_.from;
    request.account_display = event.caller.display;
    request.callee = call_.to;
    request.dtls_before_invite = !call_.answers_late;
    call_.phase = Phase::checking;
    const bool claims = identity::claim_of(event.sdp).state != identity::AssertionClaim::State::none;
    if (claims || !event.capability.empty()) tell_page(http::Checking{event.name});
    act(CheckCaller{event.sdp, std::to_string(event.session.value) + '/' + event.caller.user,
                    event.capability, dialled, event.page});
    act(ArmTimer{TimerKind::connecting, std::chrono::seconds(15)});
}

void StepContext::on(const CallerChecked& event) {
    if (!call_.checked_reoffer.empty()) return check_reoffer(event);
    if (call_.phase != Phase::checking || !call_.record.from_browser) {
        // The page hung up meanwhile.
        if (event.capability) act(ReleaseCapability{event.capability->id});
        return;
    }
    act(DisarmTimer{TimerKind::connecting});
    if (event.capability_refusal) {
        call_.record.identity.source = "capability";
        call_.record.identity.verdict = "invalid";
        call_.record.identity.reason = event.capability_refusal->why;
        return finish(refusal_of_permission(*event.capability_refusal));
    }
    identity::OutboundRequest& request = call_.presentation;
    request.assertion = event.assertion;
    request.provider_unavailable = event.provider_unavailable;
    request.capability = event.capability;
    if (event.capability) {
        call_.capability = event.capability->id;
        call_.longest_seconds = event.capability->max_duration_seconds;
    }
    const auto decision =
        identity::decide_outbound(request, environment_.identity.numbers, environment_.identity.policy);
    note_caller(decision);
    if (!decision.caller) return finish(decision.refusal);
    call_.caller = *decision.caller;
    call_.from = call_.caller.number;
    call_.record.from = call_.from;
    open_media(std::exchange(call_.browser_offer, {}));
}

void StepContext::note_caller(const identity::OutboundDecision& decision) {
    accounting::IdentityFigures& figures = call_.record.identity;
    const identity::OutboundRequest& request = call_.presentation;
    using Result = identity::AssertionVerdict::Result;
    switch (request.assertion.result) {
        case Result::none:
            figures.verdict = "none";
            break;
        case Result::valid:
            figures.verdict = "valid";
            break;
        case Result::invalid:
            figures.verdict = "invalid";
            break;
        case Result::unknown_idp:
            figures.verdict = "unknown_idp";
            break;
    }
    if (request.provider_unavailable) figures.verdict = "unavailable";
    figures.reason = request.assertion.why;
    if (!request.assertion.detail.empty()) figures.reason += ": " + request.assertion.detail;
    figures.provider = request.assertion.provider;
    if (request.capability) {
        figures.source = "capability";
        figures.token = request.capability->id;
        figures.verdict = decision.caller ? "valid" : "invalid";
        figures.provider.clear();
    }
    if (!decision.caller) {
        if (figures.reason.empty()) figures.reason = decision.refusal.detail;
        return;
    }
    figures.source = to_string(decision.caller->source);
    figures.rule = decision.caller->rule;
    figures.identity = decision.caller->identity;
    figures.presented = decision.caller->privacy ? "anonymous" : decision.caller->number;
    if (!decision.caller->identity.empty()) figures.binding = to_string(decision.caller->binding);
}

void StepContext::on(const PageAccepted& event) {
    if (call_.phase != Phase::ringing) return;
    const auto winner = std::find_if(call_.ringing.begin(), call_.ringing.end(),
                                     [&](const PageCall& page) { return page.session == event.session; });
    if (winner == call_.ringing.end()) return;
    // A page whose offer cannot be used must not take the call away from the others.
    if (auto offer = webrtc::parse_offer(event.sdp); !offer) {
        act(TellPage{event.session,
                     http::ProtocolError{"bad-field", "sdp", offer.error().detail, winner->name}});
        return;
    }
    call_.page = *winner;
    call_.ringing.erase(winner);
    const EndReason elsewhere{EndCause::answered_elsewhere, Side::browser, {}, {}};
    for (const PageCall& page : call_.ringing) tell_ended(page, elsewhere);
    call_.ringing.clear();
    act(DisarmTimer{TimerKind::ringing});
    open_media(event.sdp);
}

void StepContext::on(const PageDeclined& event) {
    if (call_.phase != Phase::ringing) return on(PageHungUp{event.session});
    const bool rings = std::any_of(call_.ringing.begin(), call_.ringing.end(),
                                   [&](const PageCall& page) { return page.session == event.session; });
    if (rings) finish(EndCause::declined, Side::browser);
}

void StepContext::on(const PageHungUp& event) {
    if (call_.phase == Phase::ringing) return on(PageDeclined{event.session});
    if (!is_my_page(event.session) || call_.phase == Phase::ended) return;
    if (waits_for_move({EndCause::hangup, Side::browser, {}, {}})) return;
    if (page_leaves({EndCause::transferred, Side::browser, {}, {}})) return;
    const bool answered = call_.phase == Phase::talking || !call_.record.from_browser;
    finish(answered ? EndCause::hangup : EndCause::cancelled, Side::browser);
}

void StepContext::on(const PageGone& event) {
    if (call_.phase == Phase::ringing) {
        std::erase_if(call_.ringing, [&](const PageCall& page) { return page.session == event.session; });
        if (call_.ringing.empty()) {
            finish(EndCause::unavailable, Side::browser, "The called party's last page was closed.");
        }
        return;
    }
    if (!is_my_page(event.session) || call_.phase == Phase::ended) return;
    if (page_leaves({EndCause::transferred, Side::browser, {}, {}})) return;
    if (!event.may_return && waits_for_move({EndCause::page_gone, Side::browser, {}, {}})) return;
    if (!event.may_return || !can_wait()) return finish(EndCause::page_gone, Side::browser);
    call_.page_away = true;
    await_return({EndCause::page_gone, Side::browser, {}, {}}, call_.config->http.resume_time);
}

void StepContext::on(const PageCandidate& event) {
    if (is_my_page(event.session) && call_.media_open) act(AddCandidate{event.candidate});
}

void StepContext::on(const PageDigit& event) {
    if (is_my_page(event.session) && call_.media_open) send_digit(event.digit, event.duration_ms);
}

}  // namespace causeway::call
