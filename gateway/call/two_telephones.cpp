// Two telephones on one call: the page hands one over to the other, and neither need know REFER. The gateway
// calls the second in the name of the page's user, joins their media and lets the page go; from then on each
// telephone's offers, hold and key presses are carried to the other. RFC 3261 §14, RFC 3264 §8, RFC 7092
// §3.1.
#include <algorithm>
#include <string>
#include <utility>

#include "gateway/call/identity_book.hpp"
#include "gateway/call/step_context.hpp"

namespace causeway::call {
namespace {

bool sends(sdp::Direction direction) {
    return direction == sdp::Direction::sendrecv || direction == sdp::Direction::sendonly;
}

/// What both trunks want done to one direction.
transcode::LevelSettings both(const config::Sound* from, const config::Sound* to) {
    transcode::LevelSettings level;
    for (const config::Sound* sound : {from, to}) {
        if (sound == nullptr) continue;
        level.gain_db += sound->gain_db;
        level.high_pass = level.high_pass || sound->high_pass;
        level.agc = level.agc || sound->agc;
    }
    return level;
}

transcode::LanePlan dressed(const transcode::LanePlan& plan, const SipLeg& from, const SipLeg& to) {
    const auto* out = from.trunk != nullptr ? &from.trunk->sound.from_trunk : nullptr;
    const auto* in = to.trunk != nullptr ? &to.trunk->sound.to_trunk : nullptr;
    return transcode::with_digits(transcode::with_level(plan, both(out, in)),
                                  {.as_tones = to.digit_way == DigitWay::tones,
                                   .elsewhere = to.digit_way == DigitWay::info,
                                   .hear_tones = from.digit_way == DigitWay::tones});
}

}  // namespace

// --- One leg in the other's place.

void StepContext::swap_legs() {
    std::swap(static_cast<SipLeg&>(call_), *call_.other);
    if (call_.bridged) face_other();
}

void StepContext::turn_to_other(Action& action) const {
    const auto its = [this](std::optional<DialogId>& dialog) {
        if (!dialog) dialog = call_.other->dialog;
    };
    if (auto* answer = std::get_if<AnswerReoffer>(&action)) return its(answer->dialog);
    if (auto* refuse = std::get_if<RefuseReoffer>(&action)) return its(refuse->dialog);
    if (auto* offer = std::get_if<Reoffer>(&action)) return its(offer->dialog);
    if (auto* info = std::get_if<SendInfo>(&action)) return its(info->dialog);
    if (auto* digit = std::get_if<SendDigit>(&action)) {
        digit->to_other = !digit->to_other;
    } else if (auto* connect = std::get_if<ConnectMedia>(&action)) {
        connect->of_other = true;
    } else if (auto* join = std::get_if<JoinTelephones>(&action)) {
        std::swap(join->own, join->other);
        std::swap(join->plan.browser_to_sip, join->plan.sip_to_browser);
    } else if (auto* made = std::get_if<Invite>(&action)) {
        sip::OutboundInvite invite = std::move(made->invite);
        if (call_.transfer) follow_referral(call_.transfer->referral, invite);
        action = InviteElsewhere{std::move(invite)};
    }
}

SipLeg StepContext::new_leg(const std::string& to) const {
    SipLeg leg;
    leg.from = call_.record.from_browser ? call_.from : call_.caller.number;
    leg.to = to;
    // A description of its own for another peer (RFC 8866 §5.2).
    leg.sdp_session_id = call_.sdp_session_id + 1 + static_cast<std::uint64_t>(call_.attempts);
    leg.sip_rtp = call_.sip_rtp;
    return leg;
}

bool StepContext::choose_way_of_other(const std::string& target) {
    bool there_is_one = false;
    as_other([&] {
        choose_ways(target);
        there_is_one = take_next_way();
    });
    return there_is_one;
}

// --- From the page's wish to the second telephone's answer.

void StepContext::call_instead() {
    Transfer& transfer = *call_.transfer;
    transfer.by_referral = false;
    if (auto refusal = refusal_of_new_call(); refusal && refusal->cause != EndCause::over_limit) {
        return transfer_failed(*refusal);
    }
    if (!may_call_elsewhere()) return transfer_failed({EndCause::forbidden, Side::gateway, {}, {}});
    call_.other = std::make_unique<SipLeg>(new_leg(transfer.to));
    call_.other->to_demo = transfer.to_demo;
    // Before it, the page was told who is shown; the second call shows the same user.
    call_.attempts = std::max(call_.attempts, 1);
    if (!transfer.to_demo && !choose_way_of_other(transfer.way)) {
        const auto obstacle = call_.other->ways.obstacle;
        return transfer_failed(
            obstacle.value_or(EndReason{EndCause::trunk_unreachable, Side::gateway, {}, {}}));
    }
    act(OpenOther{});
}

void StepContext::on(const OtherOpened& event) {
    const bool awaited = call_.transfer && !call_.transfer->by_referral;
    if (call_.phase != Phase::talking || !awaited) return;
    if (const auto from = call_.transfer->with) {
        const std::string& to = call_.record.from_browser ? call_.to : call_.from;
        return act(FetchLeg{*from, {call_.id, shown_to_sip(event.sip_rtp), to}});
    }
    if (!call_.other || call_.other->dialog) return;
    call_.other->sip_rtp = shown_to_sip(event.sip_rtp);
    as_other([&] { send_invite(); });
}

void StepContext::on(const OtherRefused& event) {
    if (call_.phase != Phase::talking || !call_.transfer || call_.transfer->by_referral) return;
    transfer_failed({EndCause::over_limit, Side::gateway, event.why, {}});
}

void StepContext::other_answered(const std::string& sdp) {
    SipLeg& other = *call_.other;
    auto remote = sdp::parse_sip_answer(sdp.empty() ? other.last_progress_sdp : sdp, other.local_offer);
    if (!remote) {
        const std::string why = "The telephone's answer: " + remote.error().detail;
        return transfer_failed({EndCause::bad_offer, Side::sip, why, {}});
    }
    other.sip_remote = *remote;
    other.own = remote->direction;
    other.phase = Phase::talking;
    as_other([&] { remember_peer(*remote); });
    join_telephones();
}

void StepContext::join_telephones() {
    if (!call_.sip_remote || !call_.other->sip_remote) {
        return transfer_failed({EndCause::internal_error, Side::gateway, {}, {}});
    }
    // Who answered the page's hold has said nothing of its own will.
    const bool speaks = sends(call_.sip_remote->direction);
    call_.own = !call_.held ? sdp::Direction::sendrecv
                : speaks    ? sdp::Direction::sendonly
                            : sdp::Direction::inactive;
    const sdp::AudioMedia browser = call_.browser_answer.agreed;
    call_.bridged = true;
    face_other();
    auto plan = plan_of_telephones(*call_.sip_remote);
    if (!plan) {
        call_.bridged = false;
        call_.browser_answer.agreed = browser;
        return transfer_failed({EndCause::no_common_codec, Side::sip, plan.error().detail, {}});
    }
    act(JoinTelephones{*call_.sip_remote, *call_.other->sip_remote, std::move(*plan)});
    call_.record.transferred_to = call_.transfer->to;
    call_.record.bridged =
        accounting::BridgedFigures{.trunk = call_.other->trunk != nullptr ? call_.other->trunk->name : "demo",
                                   .sip_call_id = call_.other->sip_call_id,
                                   .since = environment_.now};
    tell_transfer("done");
    if (call_.page) let_page_go({EndCause::transferred, Side::browser, {}, {}});
    call_.transfer.reset();
    // The page may have held the one, and the new one may hold from the start.
    follow_browser();
    tell_other_of_hold();
}

// --- The page.

bool StepContext::page_leaves(const EndReason& reason) {
    if (call_.phase != Phase::talking || !call_.page || !call_.transfer || call_.transfer->by_referral) {
        return false;
    }
    let_page_go(reason);
    act(ReleaseBrowser{});
    return true;
}

void StepContext::let_page_go(const EndReason& reason) {
    tell_ended(*call_.page, reason);
    call_.page.reset();
    call_.page_away = call_.media_lost = false;
    nobody_is_missing();
    // One that never got as far as DTLS need not any more.
    act(DisarmTimer{TimerKind::connecting});
}

// --- Two telephones talk.

void StepContext::face_other() {
    call_.browser_answer.agreed = *call_.other->sip_remote;
    call_.browser_answer.agreed.direction = call_.other->own;
}

Result<transcode::BridgePlan> StepContext::plan_of_telephones(const sdp::AudioMedia& sip_remote) const {
    auto plan = transcode::make_plan(*call_.other->sip_remote, sip_remote);
    if (!plan) return plan;
    return transcode::BridgePlan{.browser_to_sip = dressed(plan->browser_to_sip, *call_.other, call_),
                                 .sip_to_browser = dressed(plan->sip_to_browser, call_, *call_.other)};
}

void StepContext::tell_other_of_hold() {
    if (call_.bridged && call_.phase == Phase::talking) as_other([&] { follow_browser(); });
}

void StepContext::on(const OfOther<SipReoffer>& event) {
    if (!call_.other) return;
    // RFC 3261 §14.2: not before two telephones talk.
    if (!call_.bridged) return act(RefuseReoffer{491, call_.other->dialog});
    as_other([&] { on(event.news); });
}

void StepContext::on(const OfOther<SipReferred>&) {
    if (call_.other) act(AnswerReferral{603, call_.other->dialog});
}

}  // namespace causeway::call
