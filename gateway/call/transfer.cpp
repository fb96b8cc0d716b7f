// A call goes on with somebody else: REFER from the telephone and to it, and an INVITE that takes another's
// place. RFC 3515, RFC 3891, RFC 5589. Whatever a telephone asks for has the rights of its trunk and no more.
#include <algorithm>
#include <string>
#include <utility>

#include "gateway/call/identity_book.hpp"
#include "gateway/call/step_context.hpp"
#include "gateway/identity/policy/sip_text.hpp"
#include "gateway/routing/called_number.hpp"
#include "gateway/routing/dial_plan.hpp"
#include "gateway/trunks/number_format.hpp"
#include "gateway/trunks/trunk_board.hpp"

namespace causeway::call {
namespace {

const EndReason kHandedOver{EndCause::hangup, Side::gateway, "The call was handed over.", {}};

EndReason refusal(EndCause cause, int status) {
    return {cause, Side::gateway, {}, status};
}

}  // namespace

void StepContext::tell_transfer(std::string_view state, const EndReason& why) {
    if (!call_.transfer || !call_.page) return;
    const bool failed = state == "failed";
    tell_page(http::TransferNews{call_.page->name, std::string(state),
                                 call_.transfer->by_page ? "browser" : "sip", call_.transfer->to,
                                 failed ? text(why) : "", failed ? sip_status(why) : 0});
}

void StepContext::transfer_failed(const EndReason& why) {
    tell_transfer("failed", why);
    call_.transfer.reset();
}

// --- The page hands the telephone over.

void StepContext::on(const PageTransfers& event) {
    if (!is_my_page(event.session) || call_.phase == Phase::ended) return;
    const auto refuse = [&](EndCause cause, std::string why) {
        tell_page(http::TransferNews{call_.page->name, "failed", "browser", event.to, std::move(why),
                                     sip_status({cause, Side::gateway, {}, {}})});
    };
    if (call_.phase != Phase::talking || !call_.dialog || call_.transfer) {
        return refuse(EndCause::bad_request, "Only an answered call can be handed over, once at a time.");
    }
    // A permission to call is for its own callee.
    if (call_.record.identity.source == "capability") {
        return refuse(EndCause::forbidden, "A call by permission cannot be handed over.");
    }
    const std::string host = call_.to_demo            ? call_.config->demo.listen.to_string()
                             : call_.trunk != nullptr ? call_.trunk->address
                                                      : "";
    if (host.empty()) return refuse(EndCause::internal_error, "The call has no trunk.");
    std::string number;
    if (event.with) {
        // RFC 5589 §7: the peer must know both dialogs.
        if (!event.with->answered || event.with->trunk != call_.record.trunk) {
            return refuse(EndCause::bad_request, "Both calls must be answered and use the same trunk.");
        }
        number = event.with->to;
    } else {
        auto route = route_of_page(event.to);
        if (!route) return refuse(EndCause::not_found, route.error().detail);
        number = *route;
    }
    call_.transfer = Transfer{.by_page = true, .to = number};
    sip::OutboundReferral referral;
    const config::TrunkNumbers kAsIs;
    const auto& form = call_.trunk != nullptr ? call_.trunk->numbers : kAsIs;
    referral.target_uri = "sip:" + identity::escaped_sip_user(trunks::called_out(number, form)) + "@" + host;
    if (event.with) referral.replaces = event.with->dialog;
    const std::string& own = call_.record.from_browser ? call_.from : call_.to;
    if (!call_.caller.privacy && identity::is_dialable(own)) {
        referral.referred_by = "sip:" + identity::escaped_sip_user(own) + "@" + call_.config->sip.domain;
    }
    act(Refer{std::move(referral)});
    tell_transfer("trying");
}

Result<std::string> StepContext::route_of_page(const std::string& to) const {
    const std::string dialled = routing::called_number(to);
    if (!identity::is_dialable(dialled)) return Error{"The number holds characters that no number has."};
    if (call_.presentation.presenter.guest && !environment_.dial_plan.guest_may_call(dialled)) {
        return Error{"Guests may not call this number. Please log in first."};
    }
    const std::string& own = call_.record.from_browser ? call_.from : call_.to;
    const auto route = environment_.dial_plan.route({dialled, own, call_.record.page, ""});
    if (route.target == config::RouteTarget::refuse) return Error{text(route.refusal)};
    const bool same =
        call_.to_demo ? route.target == config::RouteTarget::demo
                      : route.target == config::RouteTarget::trunk && route.target_name == call_.record.trunk;
    if (!same) return Error{"Only numbers behind the same trunk can take this call over."};
    return Result<std::string>(boost::system::in_place_value, route.to);
}

void StepContext::on(const SipReferProgress& event) {
    if (call_.phase != Phase::talking || !call_.transfer || !call_.transfer->by_page) return;
    if (event.status >= 300) return transfer_failed(from_sip_status(event.status, {}));
    if (event.status >= 200 && event.last) {
        tell_transfer("done");
        EndReason reason = kHandedOver;
        reason.by = Side::browser;
        return finish(std::move(reason));
    }
    if (event.status >= 200) {
        call_.transfer->accepted = true;
    } else if (event.status >= 180) {
        tell_transfer("ringing");
    }
}

// --- The telephone hands the page over.

void StepContext::on(const SipReferred& event) {
    if (call_.phase != Phase::talking || !call_.dialog || call_.transfer) return act(AnswerReferral{491});
    const bool allowed = call_.trunk != nullptr && call_.trunk->transfers.value_or(call_.trunk->trusted);
    if (!allowed) return act(AnswerReferral{603});
    const std::string number =
        trunks::number_in(routing::called_number(event.referral.target_user), call_.trunk->numbers);
    // RFC 7332 §5: transfers that lead to each other come to an end.
    if (event.referral.max_forwards < 1) return act(AnswerReferral{483});
    if (!identity::is_dialable(number)) return act(AnswerReferral{404});
    const auto route = environment_.dial_plan.route(
        {number, call_.record.from_browser ? call_.from : call_.to, "", call_.record.trunk});
    if (route.target == config::RouteTarget::refuse) return act(AnswerReferral{sip_status(route.refusal)});
    if (route.target != config::RouteTarget::trunk || !may_call_elsewhere()) {
        return act(AnswerReferral{403});
    }
    call_.transfer = Transfer{.to = route.to};
    if (!invite_elsewhere(route.target_name, event.referral)) {
        call_.transfer.reset();
        return act(AnswerReferral{503});
    }
    tell_transfer("trying");
}

std::string StepContext::trunk_of(const SocketAddress& source) const {
    if (const config::Trunk* trunk = environment_.dial_plan.trunk_of_source(source)) return trunk->name;
    // No `sources`: those that its name leads to.
    const std::string* named = board() == nullptr ? nullptr : board()->trunk_of_source(source);
    return named == nullptr ? std::string() : *named;
}

bool StepContext::may_call_elsewhere() {
    if (call_.record.from_browser) return call_.record.identity.source != "capability";
    if (call_.caller.source != identity::IdentitySource::none) return true;
    // A page that was called is to call now: as its user does.
    identity::OutboundRequest request;
    request.presenter = {"", call_.record.user, call_.record.user.empty()};
    request.account_number = call_.to;
    auto decision =
        identity::decide_outbound(request, environment_.identity.numbers, environment_.identity.policy);
    if (decision.caller) call_.caller = std::move(*decision.caller);
    return call_.caller.source != identity::IdentitySource::none;
}

bool StepContext::invite_elsewhere(const std::string& target, const sip::InboundReferral& referral) {
    Transfer& transfer = *call_.transfer;
    // The INVITE is made as any other of this call; only then it is not this call's own.
    const Ways ways = std::exchange(call_.ways, {});
    const auto phase = call_.phase;
    const auto record = call_.record;
    const auto slot = call_.slot;
    const config::Trunk* trunk = call_.trunk;
    const sdp::AudioMedia offer = call_.local_offer;
    std::string to = std::exchange(call_.to, transfer.to);
    call_.attempts = std::max(call_.attempts, 1);
    choose_ways(target);
    const bool there_is_one = take_next_way();
    if (there_is_one) {
        act(AnswerReferral{202});
        act(TellReferrer{*call_.dialog, 100});
        send_invite();
    }
    transfer.trunk = std::exchange(call_.trunk, trunk);
    transfer.ways = std::exchange(call_.ways, ways);
    transfer.local_offer = std::exchange(call_.local_offer, offer);
    call_.phase = phase;
    call_.record = record;
    call_.slot = slot;
    call_.to = std::move(to);
    if (!there_is_one) return false;
    for (auto action = actions_.rbegin(); action != actions_.rend(); ++action) {
        auto* made = std::get_if<Invite>(&*action);
        if (made == nullptr) continue;
        sip::OutboundInvite invite = std::move(made->invite);
        invite.max_forwards = referral.max_forwards;
        if (!referral.replaces.empty()) invite.headers.emplace_back("Replaces", referral.replaces);
        // RFC 3892 §2.2.
        if (!referral.referred_by.empty()) invite.headers.emplace_back("Referred-By", referral.referred_by);
        *action = InviteElsewhere{std::move(invite)};
        return true;
    }
    return false;
}

void StepContext::on(const NewLegProgress& event) {
    if (call_.phase != Phase::talking || !call_.transfer || event.status <= 100) return;
    if (call_.dialog) act(TellReferrer{*call_.dialog, event.status});
    if (event.status == 180 || event.status == 183) tell_transfer("ringing");
}

void StepContext::on(const NewLegAnswered& event) {
    if (call_.phase != Phase::talking || !call_.transfer || !call_.transfer->dialog) return;
    Transfer& transfer = *call_.transfer;
    const config::Trunk* old_trunk = std::exchange(call_.trunk, transfer.trunk);
    auto remote = sdp::parse_sip_answer(event.sdp, transfer.local_offer);
    auto plan = remote ? plan_media(*remote) : Result<transcode::BridgePlan>(remote.error());
    if (!plan) {
        call_.trunk = old_trunk;
        act(EndDialog{*transfer.dialog, {EndCause::bad_offer, Side::sip, plan.error().detail, {}}});
        return new_leg_failed({EndCause::no_common_codec, Side::sip, plan.error().detail, {}});
    }
    const auto old_dialog = std::exchange(call_.dialog, transfer.dialog);
    if (old_dialog) {
        act(TellReferrer{*old_dialog, 200});
        act(EndDialog{*old_dialog, kHandedOver});
    }
    if (!connect_media(*remote)) return;
    call_.local_offer = std::move(transfer.local_offer);
    call_.awaits_sip_answer = false;
    call_.ways = std::move(transfer.ways);
    call_.record.trunk = transfer.trunk->name;
    call_.slot = transfer.trunk->name;
    call_.record.transferred_to = transfer.to;
    if (call_.record.from_browser) call_.to = transfer.to;
    tell_transfer("done");
    call_.transfer.reset();
}

void StepContext::new_leg_failed(const EndReason& why) {
    if (!call_.dialog) {
        // The telephone that asked for it has gone: nobody is left to talk to.
        return finish(why);
    }
    act(TellReferrer{*call_.dialog, std::clamp(sip_status(why), 300, 699)});
    transfer_failed(why);
}

void StepContext::on(const NewLegEnded& event) {
    if (call_.phase != Phase::talking || !call_.transfer) return;
    call_.transfer->dialog.reset();
    new_leg_failed(event.reason);
}

bool StepContext::goes_on_without_referrer() {
    // RFC 5589 §6.1: a telephone may hang up as soon as its REFER is accepted.
    if (call_.phase != Phase::talking || !call_.transfer || !call_.transfer->dialog) return false;
    // Nothing comes until the new one answers: that is no fault of anybody's media.
    if (!call_.sip_remote) return true;
    sdp::AudioMedia silent = *call_.sip_remote;
    silent.direction = sdp::Direction::inactive;
    if (auto plan = plan_media(silent)) act(ConnectMedia{std::move(silent), std::move(*plan)});
    return true;
}

// --- Another dialog takes this one's place.

void StepContext::on(const SipReplaces& event) {
    const sip::InboundInvite& invite = event.invite;
    const auto refuse = [&](EndCause cause, int status) {
        act(EndDialog{invite.dialog, refusal(cause, status)});
    };
    const bool early = call_.phase == Phase::inviting;
    if (!call_.dialog || !(early || call_.phase == Phase::talking)) return refuse(EndCause::not_found, 481);
    // Knowing the tags is no right: only the trunk that has the call may move it.
    const std::string trunk = trunk_of(invite.source);
    if (trunk.empty() || trunk != call_.record.trunk || call_.trunk == nullptr) {
        return refuse(EndCause::forbidden, 403);
    }
    const TrunkIdentity& known = environment_.identity.of(trunk);
    identity::InboundRequest request;
    request.from_user = trunks::number_in(invite.from_user, call_.trunk->numbers);
    request.from_display = invite.from_display;
    request.pai = trunks::uris_in(invite.asserted_identity, call_.trunk->numbers);
    request.privacy = invite.privacy;
    request.token = "moved";
    const auto who = identity::decide_inbound(request, {}, known.trust);
    if (who.refusal) return refuse(who.refusal->cause, sip_status(*who.refusal));

    std::string description;
    std::optional<sdp::AudioMedia> connect;
    if (invite.sdp.empty()) {
        auto offer = sdp::make_sip_offer(next_local_description());
        call_.local_offer = std::move(offer.media);
        description = std::move(offer.sdp);
    } else {
        auto answer = sdp::make_sip_answer(invite.sdp, next_local_description());
        auto remote = sdp::parse_sip_offer(invite.sdp);
        if (!answer || !remote) return refuse(EndCause::no_common_codec, 488);
        sdp::AudioMedia agreed = *remote;
        agreed.formats = answer->media.formats;
        agreed.events = answer->media.events;
        agreed.comfort_noise = answer->media.comfort_noise;
        auto plan = plan_media(agreed);
        if (!plan) return refuse(EndCause::no_common_codec, 488);
        connect = std::move(agreed);
        description = std::move(answer->sdp);
    }
    end_new_leg(kHandedOver);
    const DialogId old = *std::exchange(call_.dialog, invite.dialog);
    call_.awaits_sip_answer = invite.sdp.empty();
    act(Accept{std::move(description)});
    if (connect && !connect_media(*connect)) return;
    act(EndDialog{old, kHandedOver});
    if (early) mark_answered();
    call_.transfer = Transfer{.to = who.caller.number};
    call_.record.transferred_to = who.caller.number;
    tell_transfer("done");
    call_.transfer.reset();
}

void StepContext::end_new_leg(const EndReason& reason) {
    if (call_.transfer && call_.transfer->dialog) act(EndDialog{*call_.transfer->dialog, reason});
    call_.transfer.reset();
}

}  // namespace causeway::call
