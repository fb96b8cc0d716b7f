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

const EndReason kHandedOver{EndCause::transferred, Side::gateway, {}, {}};

/// Not the target is refused, nor this number: the telephone's network takes no REFER.
bool refuses_referrals(int status) {
    return status == 403 || status == 405 || status == 420 || status == 501 || status == 603;
}

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
    const bool was_heard = call_.transfer->early;
    end_new_leg(why);
    // The page has left it to the gateway.
    if (!call_.page) return finish(why);
    if (was_heard && call_.sip_remote) connect_media(sdp::AudioMedia(*call_.sip_remote));
}

// --- The page hands the telephone over.

void StepContext::on(const PageTransfers& event) {
    if (!is_my_page(event.session) || call_.phase == Phase::ended) return;
    const auto refuse = [&](EndCause cause, std::string why) {
        tell_page(http::TransferNews{call_.page->name, "failed", "browser", event.to, std::move(why),
                                     sip_status({cause, Side::gateway, {}, {}})});
    };
    if (call_.phase != Phase::talking || !call_.dialog || call_.transfer || call_.moving_to) {
        return refuse(EndCause::bad_request, "Only an answered call can be handed over, once at a time.");
    }
    // A permission to call is for its own callee.
    if (call_.record.identity.source == "capability") {
        return refuse(EndCause::forbidden, "A call by permission cannot be handed over.");
    }
    if (event.with) return transfer_to(*event.with);
    auto transfer = route_of_page(event.to);
    if (!transfer) return refuse(EndCause::not_found, transfer.error().detail);
    call_.transfer = std::move(*transfer);
    tell_transfer("trying");
    if (call_.peer_takes_refer && leads_to_own_trunk(*call_.transfer)) return refer({});
    call_instead();
}

void StepContext::transfer_to(const OtherCall& with) {
    Transfer transfer{.by_page = true, .to = with.to, .way = with.trunk};
    transfer.to_demo = call_.to_demo;
    transfer.with = with.call;
    if (!with.answered || with.call == call_.id) {
        return tell_page(http::TransferNews{call_.page->name, "failed", "browser", "",
                                            "Both calls must be answered.",
                                            sip_status({EndCause::bad_request, Side::gateway, {}, {}})});
    }
    call_.transfer = std::move(transfer);
    tell_transfer("trying");
    // RFC 5589 §7: the peer must know both dialogs.
    if (call_.peer_takes_refer && with.trunk == call_.record.trunk) return refer(with.dialog);
    fetch_leg();
}

Result<Transfer> StepContext::route_of_page(const std::string& to) const {
    const std::string dialled = routing::called_number(to);
    if (!identity::is_dialable(dialled)) return Error{"The number holds characters that no number has."};
    if (call_.presentation.presenter.guest && !environment_.dial_plan.guest_may_call(dialled)) {
        return Error{"Guests may not call this number. Please log in first."};
    }
    const std::string& own = call_.record.from_browser ? call_.from : call_.to;
    const auto route = environment_.dial_plan.route({dialled, own, call_.record.page, ""});
    if (route.target == config::RouteTarget::refuse) return Error{text(route.refusal)};
    if (route.target == config::RouteTarget::user) {
        return Error{"This number belongs to a page; only telephones can take the call over."};
    }
    Transfer transfer{.by_page = true, .to = route.to, .way = route.target_name};
    transfer.to_demo = route.target == config::RouteTarget::demo;
    return Result<Transfer>(boost::system::in_place_value, std::move(transfer));
}

bool StepContext::leads_to_own_trunk(const Transfer& transfer) const {
    if (call_.to_demo || transfer.to_demo) return call_.to_demo == transfer.to_demo;
    if (call_.trunk == nullptr) return false;
    const std::string& own = call_.trunk->name;
    if (transfer.way == own) return true;
    const auto& groups = call_.config->trunk_groups;
    return std::any_of(groups.begin(), groups.end(), [&](const config::TrunkGroup& group) {
        return group.name == transfer.way &&
               std::any_of(group.trunks.begin(), group.trunks.end(),
                           [&](const config::GroupMember& member) { return member.trunk == own; });
    });
}

void StepContext::refer(const std::optional<DialogId>& replaces) {
    const std::string host = call_.to_demo ? call_.config->demo.listen.to_string() : call_.trunk->address;
    const config::TrunkNumbers kAsIs;
    const auto& form = call_.trunk != nullptr ? call_.trunk->numbers : kAsIs;
    sip::OutboundReferral referral;
    referral.target_uri =
        "sip:" + identity::escaped_sip_user(trunks::called_out(call_.transfer->to, form)) + "@" + host;
    referral.replaces = replaces;
    const std::string& own = call_.record.from_browser ? call_.from : call_.to;
    if (!call_.caller.privacy && identity::is_dialable(own)) {
        referral.referred_by = "sip:" + identity::escaped_sip_user(own) + "@" + call_.config->sip.domain;
    }
    act(Refer{std::move(referral)});
}

void StepContext::on(const SipReferProgress& event) {
    const bool asked = call_.transfer && call_.transfer->by_page && call_.transfer->by_referral;
    if (call_.phase != Phase::talking || !asked) return;
    if (event.status >= 300) {
        if (call_.transfer->accepted || !refuses_referrals(event.status)) {
            return transfer_failed(from_sip_status(event.status, {}));
        }
        call_.peer_takes_refer = false;
        return call_.transfer->with ? fetch_leg() : call_instead();
    }
    if (event.status >= 200 && event.last) {
        tell_transfer("done");
        return finish(EndCause::transferred, Side::browser);
    }
    if (event.status >= 200) {
        call_.transfer->accepted = true;
    } else if (event.status >= 180) {
        tell_transfer("ringing");
    }
}

// --- The telephone hands the page over.

void StepContext::on(const SipReferred& event) {
    if (call_.bridged) return act(AnswerReferral{603});
    const bool settled = call_.phase == Phase::talking && call_.dialog && !call_.transfer && !call_.moving_to;
    if (!settled) return act(AnswerReferral{491});
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
    call_.transfer = Transfer{.to = route.to, .referral = event.referral};
    if (!invite_elsewhere(route.target_name)) {
        end_new_leg({});
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

bool StepContext::invite_elsewhere(const std::string& target) {
    call_.attempts = std::max(call_.attempts, 1);
    // It has the same place for its media: one telephone is heard at a time.
    call_.other = std::make_unique<SipLeg>(new_leg(call_.transfer->to));
    if (!choose_way_of_other(target)) return false;
    act(AnswerReferral{202});
    act(TellReferrer{*call_.dialog, 100});
    as_other([&] { send_invite(); });
    return true;
}

void StepContext::follow_referral(const sip::InboundReferral& referral, sip::OutboundInvite& invite) {
    invite.max_forwards = referral.max_forwards;
    if (!referral.replaces.empty()) invite.headers.emplace_back("Replaces", referral.replaces);
    // RFC 3892 §2.2.
    if (!referral.referred_by.empty()) invite.headers.emplace_back("Referred-By", referral.referred_by);
}

void StepContext::on(const NewLegProgress& event) {
    const int status = event.news.status;
    if (call_.phase != Phase::talking || !call_.transfer || !call_.other || status <= 100) return;
    if (call_.dialog && !call_.transfer->by_page) act(TellReferrer{*call_.dialog, status});
    if (status == 180 || status == 183) tell_transfer("ringing");
    if (!event.news.sdp.empty() && event.news.sdp != call_.other->last_progress_sdp)
        hear_early(event.news.sdp);
}

void StepContext::hear_early(const std::string& sdp) {
    call_.other->last_progress_sdp = sdp;
    // The page goes on with its own telephone until the second one answers.
    if (!call_.transfer->by_referral) return;
    auto remote = sdp::parse_sip_answer(sdp, call_.other->local_offer);
    if (!remote) return;
    as_other([&] {
        // A description that cannot be used is forgiven here: the final one may be better.
        if (!plan_media(*remote)) return;
        call_.early = true;
        connect_media(*remote, false);
    });
    call_.transfer->early = call_.other->early;
}

void StepContext::on(const NewLegAnswered& event) {
    const bool awaited = call_.transfer && call_.other && call_.other->dialog;
    if (call_.phase != Phase::talking || !awaited) return;
    if (call_.transfer->by_referral) return move_to_other(event.news.sdp);
    other_answered(event.news.sdp);
}

void StepContext::move_to_other(const std::string& sdp) {
    SipLeg& other = *call_.other;
    auto remote = sdp::parse_sip_answer(sdp.empty() ? other.last_progress_sdp : sdp, other.local_offer);
    swap_legs();
    auto plan = remote ? plan_media(*remote) : Result<transcode::BridgePlan>(remote.error());
    if (!plan) {
        swap_legs();
        return new_leg_failed({EndCause::bad_offer, Side::sip, plan.error().detail, {}});
    }
    // `other` is the one that asked for it.
    if (other.dialog) {
        act(TellReferrer{*other.dialog, 200});
        act(EndDialog{*other.dialog, kHandedOver});
    }
    if (!call_.record.from_browser) call_.to = other.to;
    call_.from = other.from;
    call_.other.reset();
    call_.phase = Phase::talking;
    if (!connect_media(*remote)) return;
    call_.record.trunk = call_.trunk->name;
    call_.record.transferred_to = call_.transfer->to;
    tell_transfer("done");
    call_.transfer.reset();
}

void StepContext::new_leg_failed(const EndReason& why) {
    if (call_.transfer->by_page) return transfer_failed(why);
    if (!call_.dialog) {
        // The telephone that asked for it has gone: nobody is left to talk to.
        return finish(why);
    }
    act(TellReferrer{*call_.dialog, std::clamp(sip_status(why), 300, 699)});
    transfer_failed(why);
}

void StepContext::on(const NewLegEnded& event) {
    if (call_.phase != Phase::talking || !call_.other) return;
    if (call_.bridged) return as_other([&] { on(event.news); });
    if (!call_.transfer) return;
    bool again = false;
    as_other([&] {
        call_.dialog.reset();
        again = tried_again(event.news.reason);
    });
    if (!again) new_leg_failed(event.news.reason);
}

void StepContext::on(const OfOther<SipRedirected>& event) {
    on(NewLegEnded{{from_sip_status(event.news.status, "Redirected")}});
}

bool StepContext::goes_on_without_referrer() {
    // RFC 5589 §6.1: a telephone may hang up as soon as its REFER is accepted.
    const bool under_way = call_.transfer && !call_.transfer->by_page && call_.other && call_.other->dialog;
    if (call_.phase != Phase::talking || !under_way) return false;
    if (call_.transfer->early) return true;
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
    if (call_.bridged) return refuse(EndCause::declined, 603);
    // Another telephone is coming, or this one is going: whoever comes in between would be left alone there.
    const bool joins = call_.transfer && !call_.transfer->by_referral;
    const bool needs_it = joins && (!call_.page || call_.transfer->with);
    if (call_.moving_to || needs_it) return refuse(EndCause::bad_request, 491);
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

    const SipLeg before = call_;
    begin_anew(invite);
    auto described = invite.sdp.empty() ? sdp::make_sip_offer(next_local_description())
                                        : sdp::make_sip_answer(invite.sdp, next_local_description());
    std::optional<transcode::BridgePlan> plan;
    if (described && !invite.sdp.empty()) {
        if (auto made = plan_media(described->remote)) plan = std::move(*made);
    }
    if (!plan && !invite.sdp.empty()) {
        const std::uint64_t version = call_.sdp_version;
        static_cast<SipLeg&>(call_) = before;
        call_.sdp_version = version;
        return refuse(EndCause::no_common_codec, 488);
    }
    end_new_leg(kHandedOver);
    const DialogId old = *std::exchange(call_.dialog, invite.dialog);
    // The caller's signature is no word about the one that takes its place.
    call_.sip_caller.media_bound = false;
    call_.described = *described;
    call_.local_offer = described->media;
    call_.awaits_sip_answer = !plan;
    act(Accept{std::move(described->sdp)});
    if (plan) {
        remember_peer(described->remote);
        call_.sip_remote = described->remote;
        call_.own = described->remote.direction;
        carry(described->remote, std::move(*plan), true);
    }
    act(EndDialog{old, kHandedOver});
    if (early) mark_answered();
    call_.transfer = Transfer{.to = who.caller.number};
    call_.record.transferred_to = who.caller.number;
    tell_transfer("done");
    call_.transfer.reset();
    if (plan) note_hold(described->remote.direction);
}

void StepContext::begin_anew(const sip::InboundInvite& invite) {
    // RFC 4568 §6.1, RFC 8842 §5.5: another dialog has keys of its own and another association.
    renew_security(false);
    call_.peer_takes_info = invite.takes_info;
    call_.peer_takes_refer = invite.takes_refer;
    call_.awaits_sip_offer = call_.early_updated = false;
    call_.offer_under_way = false;
}

void StepContext::end_new_leg(const EndReason& reason) {
    if (call_.other && call_.other->dialog) act(EndDialog{*call_.other->dialog, reason});
    if (call_.transfer && !call_.transfer->by_referral && call_.phase != Phase::ended) act(CloseOther{});
    call_.other.reset();
    call_.transfer.reset();
    call_.bridged = false;
}

}  // namespace causeway::call
