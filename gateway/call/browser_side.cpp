// What pages do to a call.
#include <algorithm>

#include "gateway/call/caller_identity.hpp"
#include "gateway/call/step_context.hpp"
#include "gateway/routing/called_number.hpp"
#include "gateway/routing/dial_plan.hpp"

namespace causeway::call {
namespace {

const config::Trunk* trunk_by_name(const config::Config& config, const std::string& name) {
    for (const config::Trunk& trunk : config.trunks) {
        if (trunk.name == name) return &trunk;
    }
    return nullptr;
}

}  // namespace

void StepContext::on(const PagePlaced& event) {
    if (call_.phase != Phase::idle) return;
    call_.page = PageCall{event.session, event.name};
    call_.to = event.to;
    call_.from = event.caller.number.empty() ? event.caller.user : event.caller.number;
    call_.from_display = event.caller.display;
    auto& record = call_.record;
    record.call = call_.id;
    record.from_browser = true;
    record.started = environment_.now;
    record.user = event.caller.user;
    record.from = call_.from;
    record.to = event.to;
    record.page = event.page;
    act(BindPage{event.session, event.name});

    if (auto refusal = refusal_of_new_call()) return finish(std::move(*refusal));
    if (event.calls_of_session >= call_.config->limits.calls_per_session) {
        return finish(EndCause::over_limit, Side::gateway, "This page has too many calls at once.");
    }
    // People write numbers with spaces and brackets; what is left without those must be strictly a number.
    const std::string dialled = routing::called_number(event.to);
    if (!is_dialable(dialled)) {
        return finish(EndCause::bad_request, Side::browser,
                      "The number holds characters that no number has.");
    }
    if (event.caller.guest && !environment_.dial_plan.guest_may_call(dialled)) {
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
        call_.trunk = trunk_by_name(*call_.config, route.target_name);
        if (call_.trunk == nullptr) {
            return finish(EndCause::internal_error, Side::gateway, "The route names an unknown trunk.");
        }
    }
    open_media(event.sdp);
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
    finish(EndCause::page_gone, Side::browser);
}

void StepContext::on(const PageCandidate& event) {
    if (is_my_page(event.session) && call_.media_open) act(AddCandidate{event.candidate});
}

void StepContext::on(const PageDigit& event) {
    if (is_my_page(event.session) && call_.media_open) act(SendDigit{event.digit, event.duration_ms});
}

}  // namespace causeway::call
