// What the SIP side does to a call.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/call/caller_info.hpp"
#include "gateway/call/identity_book.hpp"
#include "gateway/call/step_context.hpp"
#include "gateway/routing/dial_plan.hpp"
#include "gateway/trunks/account_choice.hpp"
#include "gateway/trunks/number_format.hpp"
#include "gateway/trunks/trunk_board.hpp"

namespace causeway::call {
namespace {

/// The handshake will be with the certificate of the offer, or the call ends: that is what `mky` signs.
bool offers_dtls(const Call& call, const Environment& environment) {
    if (srtp_policy(call) == sdp::SrtpPolicy::off) return false;
    const auto offer = sdp::parse_sip_offer(call.sip_offer, environment.make_security(srtp_policy(call), {}));
    return offer && offer->agreed.protection == sdp::Protection::dtls;
}

identity::InboundRequest inbound_request(const Call& call, const Environment& environment) {
    constexpr std::size_t kTokenLength = 13;
    identity::InboundRequest request;
    request.from_user = call.invite.from_user;
    request.from_display = call.invite.from_display;
    request.pai = call.invite.asserted_identity;
    request.privacy = call.invite.privacy;
    request.token = identity::make_origid(environment.identity.origid_secret, "caller " + to_string(call.id))
                        .substr(0, kTokenLength);
    return request;
}

std::string_view verdict_name(identity::PassportVerdict::Result result) {
    switch (result) {
        case identity::PassportVerdict::Result::valid:
            return "valid";
        case identity::PassportVerdict::Result::invalid:
            return "invalid";
        case identity::PassportVerdict::Result::none:
            return "none";
    }
    return "none";
}

}  // namespace

void StepContext::on(const SipInvited& event) {
    if (call_.phase != Phase::idle) return;
    const sip::InboundInvite& invite = event.invite;
    const bool from_demo = call_.config->demo.enabled && invite.source == call_.config->demo.listen;
    const config::Trunk* trunk =
        environment_.dial_plan.trunk_of_caller({invite.source, invite.flow_trunk, invite.peer_names});
    std::string trunk_name = trunk != nullptr ? trunk->name : from_demo ? "demo" : "";
    if (trunk_name.empty() && board() != nullptr) {
        // No `sources`: those that its name leads to.
        if (const std::string* named = board()->trunk_of_source(invite.source)) trunk_name = *named;
    }
    for (const config::Trunk& own : call_.config->trunks) {
        if (own.name == trunk_name) call_.trunk = &own;
    }

    call_.dialog = invite.dialog;
    call_.sip_offer = invite.sdp;
    call_.peer_takes_info = invite.takes_info;
    call_.peer_takes_refer = invite.takes_refer;
    call_.to = invite.to_user;
    const TrunkIdentity& known = environment_.identity.of(trunk_name);
    call_.invite = invite;
    if (call_.trunk != nullptr) {
        const config::TrunkNumbers& form = call_.trunk->numbers;
        call_.to = trunks::number_in(call_.to, form);
        call_.invite.from_user = trunks::number_in(invite.from_user, form);
        call_.invite.asserted_identity = trunks::uris_in(invite.asserted_identity, form);
    }
    // Who it claims to be, for the dial plan; what the page is told is decided when signatures were looked
    // at.
    call_.sip_caller = identity::decide_inbound(inbound_request(call_, environment_), {}, known.trust).caller;
    call_.from = call_.sip_caller.number;
    auto& record = call_.record;
    record.call = call_.id;
    record.from_browser = false;
    record.started = environment_.now;
    record.from = call_.from;
    record.to = call_.to;
    record.trunk = trunk_name;
    record.sip_call_id = call_.sip_call_id = invite.sip_call_id;

    if (auto refusal = refusal_of_new_call()) return finish(std::move(*refusal));
    if (trunk_name.empty()) {
        return finish(EndCause::forbidden, Side::gateway, "Calls from this address are not expected.");
    }
    if (is_over_limit()) return finish(EndCause::over_limit, Side::gateway);
    if (call_.trunk != nullptr) call_.slot = trunk_name;
    act(SetDialogOptions{dialog_options()});

    std::vector<SessionId> sessions;
    if (from_demo) sessions = environment_.pages.sessions_of_guest_number(call_.to);
    if (sessions.empty()) {
        auto route = environment_.dial_plan.route({call_.to, call_.from, "", trunk_name});
        if (route.target == config::RouteTarget::refuse) return finish(std::move(route.refusal));
        if (route.target != config::RouteTarget::user) {
            return finish(EndCause::not_found, Side::gateway,
                          "Calls from one trunk to another are not carried.");
        }
        call_.to = route.to;
        call_.from = route.from;
        record.user = route.target_name;
        sessions = environment_.pages.sessions_of_user(route.target_name);
    }
    if (sessions.empty()) return finish(EndCause::unavailable, Side::browser);
    std::erase_if(sessions, [&](SessionId session) {
        return std::find(event.full_sessions.begin(), event.full_sessions.end(), session) !=
               event.full_sessions.end();
    });
    if (sessions.empty()) return finish(EndCause::busy, Side::browser);
    // A telephone that nobody here could talk to must not make pages ring.
    if (!call_.sip_offer.empty()) {
        sdp::SipLocal probe;
        if (auto own = SocketAddress::parse(call_.config->media.address, 0)) probe.rtp = *own;
        probe.codecs = sip_codecs(call_);
        if (srtp_policy(call_) != sdp::SrtpPolicy::off)
            probe.security = environment_.make_security(srtp_policy(call_), {});
        if (auto answer = sdp::make_sip_answer(call_.sip_offer, probe); !answer) {
            return finish(EndCause::no_common_codec, Side::sip, answer.error().detail);
        }
    }

    call_.candidates = std::move(sessions);
    check_passports(invite, known.trust);
}

void StepContext::check_passports(const sip::InboundInvite& invite, const identity::TrunkTrust& trust) {
    const bool looks = trust.stir_in != identity::InboundStir::ignore;
    const bool requires_one = trust.stir_in == identity::InboundStir::require;
    if (!looks || (invite.identity.empty() && !requires_one)) {
        if (judge_caller({})) ring();
        return;
    }
    CheckPassports check;
    check.request.from = '<' + invite.from_uri + '>';
    if (trust.pai_accepted && !invite.asserted_identity.empty()) check.request.pai = invite.asserted_identity;
    check.request.to = '<' + invite.to_uri + '>';
    check.request.request_uri = invite.request_uri;
    if (invite.date) check.request.date = identity::sip_date(*invite.date);
    check.request.now = std::chrono::system_clock::to_time_t(environment_.now);
    check.request.sdp_fingerprints = identity::fingerprints_of(invite.sdp);
    check.request.identity = invite.identity;
    check.policy = {requires_one, trust.origin_from, environment_.identity.freshness};
    call_.phase = Phase::checking;
    act(std::move(check));
    act(ArmTimer{TimerKind::connecting, std::chrono::seconds(15)});
}

void StepContext::on(const PassportsChecked& event) {
    if (call_.phase != Phase::checking || call_.record.from_browser) return;
    act(DisarmTimer{TimerKind::connecting});
    if (!judge_caller(event.verdict)) return;
    // Pages may have gone while certificates were fetched.
    std::erase_if(call_.candidates,
                  [this](SessionId session) { return !environment_.pages.is_connected(session); });
    if (call_.candidates.empty()) return finish(EndCause::unavailable, Side::browser);
    ring();
}

bool StepContext::judge_caller(const identity::PassportVerdict& verdict) {
    const TrunkIdentity& known = environment_.identity.of(call_.record.trunk);
    auto request = inbound_request(call_, environment_);
    // Of all callers only those whose keys were signed have their offer read for it.
    request.media_bound = verdict.mky && offers_dtls(call_, environment_);
    auto decision = identity::decide_inbound(request, verdict, known.trust);
    // The dial plan knew another of the caller's numbers than the one that was signed.
    if (decision.caller.number != call_.sip_caller.number) call_.from = decision.caller.number;
    call_.sip_caller = std::move(decision.caller);
    // Signed by a kind of PASSporT that is not known here, or nobody to believe is configured.
    const bool unread = verdict.result == identity::PassportVerdict::Result::none && !verdict.why.empty();
    if (unread && !call_.invite.identity.empty()) call_.sip_caller.reason = verdict.why;
    const identity::InboundCaller& caller = call_.sip_caller;
    call_.from_display = caller.display;
    auto& figures = call_.record.identity;
    figures.source = to_string(caller.method);
    figures.rule = caller.rule;
    figures.verdict = verdict_name(verdict.result);
    figures.attest = attest_of(caller);
    figures.signer = caller.signer;
    figures.reason = caller.reason;
    figures.presented = caller.number;
    if (decision.refusal) {
        finish(std::move(*decision.refusal));
        return false;
    }
    if (!decision.stir_reason.empty()) act(AddResponseHeader{{"Reason", std::move(decision.stir_reason)}});
    return true;
}

std::vector<std::pair<std::string, std::string>> StepContext::allowed_headers() const {
    std::vector<std::pair<std::string, std::string>> allowed;
    if (call_.trunk == nullptr) return allowed;
    for (const auto& header : call_.invite.headers) {
        if (trunks::is_allowed_in(call_.trunk->headers, header.first)) allowed.push_back(header);
    }
    return allowed;
}

void StepContext::ring() {
    call_.phase = Phase::ringing;
    call_.record.ringing = environment_.now;
    const std::string id = to_string(call_.id);
    const http::CallerInfo caller = caller_info(call_.sip_caller);
    const bool hidden = call_.sip_caller.privacy;
    http::DivertedFrom diverted;
    // Anybody can write it: believed only of those who are trusted.
    if (call_.trunk != nullptr && call_.trunk->trusted) {
        const Diversion latest = latest_diversion(call_.invite.diversion, call_.invite.history_info);
        diverted = {latest.number, latest.display, latest.reason};
        call_.record.diverted_from = latest.number;
    }
    for (const SessionId session : std::exchange(call_.candidates, {})) {
        call_.ringing.push_back({session, id});
        act(BindPage{session, id});
        act(TellPage{session,
                     http::Incoming{id, id, hidden ? call_.sip_caller.number : call_.from, call_.from_display,
                                    call_.to, caller, allowed_headers(), diverted}});
    }
    act(Progress{180});
    act(ArmTimer{TimerKind::ringing, call_.config->sip.ring_timeout});
}

void StepContext::on(const SipProgress& event) {
    if (call_.phase != Phase::inviting) return;
    if (!call_.record.ringing && event.status > 100) call_.record.ringing = environment_.now;
    if (!event.sdp.empty() && call_.awaits_sip_offer) {
        // Each telephone that offers is answered, should all offer the same.
        const bool met = answer_late_offer(event.sdp, false);
        if (met && !std::exchange(call_.early, true)) tell_page(http::Early{call_.page->name});
        return;
    }
    if (!event.sdp.empty() && event.sdp != call_.last_progress_sdp) {
        call_.last_progress_sdp = event.sdp;
        // A description that cannot be used is forgiven in a provisional response: the final one may be
        // better.
        auto remote = sdp::parse_sip_answer(event.sdp, call_.local_offer);
        if (remote && connect_media(*remote, false) && !call_.early) {
            call_.early = true;
            tell_page(http::Early{call_.page->name});
        }
        return;
    }
    if (event.status == 180 && !std::exchange(call_.told_ringing, true)) {
        tell_page(http::Ringing{call_.page->name});
    }
}

void StepContext::on(const SipAnswered& event) {
    if (call_.phase != Phase::inviting) return;
    const bool makes_the_offer = std::exchange(call_.awaits_sip_offer, false);
    // RFC 3311 §5.1: an UPDATE since then has agreed something newer.
    if (event.sdp.empty() && call_.early_updated && call_.sip_remote) {
        if (makes_the_offer) act(Acknowledge{});
        if (connect_media(sdp::AudioMedia(*call_.sip_remote))) mark_answered();
        return;
    }
    if (makes_the_offer) {
        if (answer_late_offer(event.sdp, true)) mark_answered();
        return;
    }
    // RFC 3261 §13.2.1: an answer given in a reliable provisional response need not be repeated.
    const std::string& sdp = event.sdp.empty() ? call_.last_progress_sdp : event.sdp;
    auto remote = sdp::parse_sip_answer(sdp, call_.local_offer);
    if (!remote) {
        return finish(EndCause::bad_offer, Side::sip, "The telephone's answer: " + remote.error().detail);
    }
    if (connect_media(*remote)) mark_answered();
}

void StepContext::on(const SipAcknowledged& event) {
    if (call_.phase != Phase::confirming && call_.phase != Phase::talking) return;
    // Some telephones repeat their description in the ACK of an ordinary call: that answers nothing.
    if (!std::exchange(call_.awaits_sip_answer, false)) return;
    auto remote = sdp::parse_sip_answer(event.sdp, call_.local_offer);
    if (!remote) {
        return finish(EndCause::bad_offer, Side::sip, "The telephone's answer: " + remote.error().detail);
    }
    const bool completes_the_call = call_.phase == Phase::confirming;
    if (!connect_media(*remote)) return;
    if (completes_the_call) return mark_answered();
    note_hold(remote->direction);
    tell_other_of_hold();
}

void StepContext::on(const SipDigit& event) {
    if (!call_.bridged) return on(MediaDigit{event.digit, event.duration_ms});
    as_other([&] { send_digit(event.digit, event.duration_ms); });
}

void StepContext::on(const SipEnded& event) {
    call_.dialog.reset();
    if (goes_on_without_referrer()) return;
    if (tried_again(event.reason)) return;
    if (call_.phase != Phase::ended && call_.phase != Phase::idle) finish(event.reason);
}

}  // namespace causeway::call
