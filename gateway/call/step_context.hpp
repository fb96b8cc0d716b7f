// Inside of the call room: what the handlers of one step share. RFC 3261 §13-15 in the gateway's role of a
// back-to-back user agent.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/end_reason.hpp"
#include "core/sdp/sip_audio.hpp"
#include "gateway/call/actions.hpp"
#include "gateway/call/call.hpp"
#include "gateway/call/call_machine.hpp"
#include "gateway/call/events.hpp"

namespace causeway::call {

/// One step of one call: the handlers, and the moves that several of them make.
class StepContext {
  public:
    StepContext(Call& call, const Environment& environment) : call_(call), environment_(environment) {}

    // browser_side.cpp
    void on(const PagePlaced& event);
    void on(const CallerChecked& event);
    void on(const PageAccepted& event);
    void on(const PageDeclined& event);
    void on(const PageHungUp& event);
    void on(const PageGone& event);
    void on(const PageCandidate& event);
    void on(const PageDigit& event);
    // media_side.cpp
    void on(const MediaOpened& event);
    void on(const MediaCandidate& event);
    void on(const MediaConnected& event);
    void on(const MediaFailed& event);
    void on(const MediaDigit& event);
    void on(const MediaClosed& event);
    // sip_side.cpp
    void on(const SipInvited& event);
    void on(const PassportsChecked& event);
    void on(const SipProgress& event);
    void on(const SipAnswered& event);
    void on(const SipAcknowledged& event);
    void on(const SipReoffer& event);
    void on(const SipDigit& event);
    void on(const SipEnded& event);
    // sip_media.cpp
    void on(const SipCapabilities& event);
    void on(const BrowserDigit& event);
    // renegotiation.cpp
    void on(const PageReoffer& event);
    void on(const MediaReoffered& event);
    void on(const MediaReofferRefused& event);
    void on(const SipReofferAnswered& event);
    void on(const SipReofferRefused& event);
    // resuming.cpp
    void on(const PageReturned& event);
    void on(const MediaLost& event);
    void on(const SipPaused& event);
    // transfer.cpp
    void on(const PageTransfers& event);
    void on(const SipReferred& event);
    void on(const SipReferProgress& event);
    void on(const SipReplaces& event);
    void on(const NewLegProgress& event);
    void on(const NewLegAnswered& event);
    void on(const NewLegEnded& event);
    void on(const OfOther<SipRedirected>& event);
    // two_telephones.cpp
    void on(const OtherOpened& event);
    void on(const OtherRefused& event);
    void on(const OfOther<SipReoffer>& event);
    // legs_that_move.cpp
    void on(const LegWanted& event);
    void on(const LegArrived& event);
    void on(const LegStayed& event);
    void on(const OfOther<SipReferred>& event);
    /// What two telephones may say alike.
    template <class News>
    void on(const OfOther<News>& event) {
        if (call_.other) as_other([&] { on(event.news); });
    }
    // redirect.cpp
    void on(const SipRedirected& event);
    // ending.cpp
    void on(const TimerFired& event);
    void on(const EndOrdered& event);

    Actions take() { return std::move(actions_); }

  private:
    /// The one way out of every call: both sides told, media closed, timers off, record filled.
    void finish(EndReason reason);
    void finish(EndCause cause, Side by, std::string detail = {});
    void retire();
    /// Tells a page that the call is over for it.
    void tell_ended(const PageCall& page, const EndReason& reason);
    void checking_took_too_long();
    /// Over limit, overloaded or shutting down: why no new call may begin.
    std::optional<EndReason> refusal_of_new_call() const;

    void check_caller(const PagePlaced& event, const std::string& dialled);
    void note_caller(const identity::OutboundDecision& decision);
    void check_passports(const sip::InboundInvite& invite, const identity::TrunkTrust& trust);
    /// Rules S1 to S11 with that verdict; false: the call was refused.
    bool judge_caller(const identity::PassportVerdict& verdict);
    void ring();
    /// Headers of the INVITE that the operator lets pages see.
    std::vector<std::pair<std::string, std::string>> allowed_headers() const;
    /// The gateway's own a=identity in a description for the browser (RFC 8827 §5).
    std::string with_identity(std::string sdp);

    void open_media(const std::string& browser_sdp);
    /// Where the peer is to send to: behind NAT not the address as bound.
    SocketAddress shown_to_sip(const SocketAddress& bound) const;
    /// Agrees with what the SIP peer described and joins the legs; ends the call when it cannot be done.
    bool connect_media(const sdp::AudioMedia& sip_remote, bool answered = true);
    /// How both directions are carried, with the levels that the trunk wants.
    Result<transcode::BridgePlan> plan_media(const sdp::AudioMedia& sip_remote) const;
    /// The same agreement with the telephone, carried out.
    void carry(const sdp::AudioMedia& sip_remote, transcode::BridgePlan plan, bool answered);
    // trunk_attempts.cpp: where a call goes, and where next.
    /// The trunks of a route's target in the order of this call.
    void choose_ways(const std::string& target);
    /// Takes the next server or trunk that can take a call; false: none is left.
    bool take_next_way();
    /// The attempt failed in a way that another trunk may mend, and another was tried.
    bool tried_elsewhere(const EndReason& reason);
    /// The INVITE failed in a way that another one may mend, and another was sent.
    bool tried_again(const EndReason& reason);
    /// The trunk that a call came from has as many as it may have.
    bool is_over_limit() const;
    void note_outcome(const EndReason& reason);
    const trunks::TrunkBoard* board() const { return environment_.trunks; }

    /// invitation.cpp
    /// `insist`: on encryption that the peer refused as an option.
    void send_invite(bool insist = false);
    void dress_for_trunk(sip::OutboundInvite& invite) const;
    /// Our description towards SIP, a new version each time.
    sdp::SipLocal next_local_description();
    /// Tells SIP when the browser wants to send or hear other things than SIP knows.
    void follow_browser();
    /// RFC 3261 §14.1: the only one until it is answered or refused.
    void make_offer(std::string sdp);
    /// What had to wait for the answer to another one.
    void make_next_offer();
    /// Tells the page when the telephone has begun or stopped to hold.
    void note_hold(sdp::Direction remote);
    sip::DialogOptions dialog_options() const;
    // late_offer.cpp
    /// Answers the offer of a peer that was invited without one; ends the call when that cannot be done.
    bool answer_late_offer(const std::string& sdp, bool answered);
    void mark_answered();
    /// The page has our description for sure: its candidates may be tried now.
    void try_late_candidates();
    // sip_media.cpp
    /// New keys for a new dialog.
    void renew_security(bool insist);
    /// What of the peer's description counts for what comes later.
    void remember_peer(const sdp::AudioMedia& sip_remote);
    /// The peer refused our offer of optional encryption, and may take it written the other way.
    bool may_insist(const EndReason& reason) const;
    void send_digit(char digit, int duration_ms);

    // resuming.cpp
    /// A call that has come so far waits for a page or a browser that is lost.
    bool can_wait() const;
    void await_return(EndReason reason, Duration time);
    /// Both are there again?
    void nobody_is_missing();
    /// An offer with another certificate, of a page that came back: who asserted its user asserts it again.
    void reoffer_by_new_certificate(webrtc::BrowserOffer offer, const std::string& sdp);
    void check_reoffer(const CallerChecked& event);
    // transfer.cpp
    /// `why` only when the state is "failed".
    void tell_transfer(std::string_view state, const EndReason& why = {});
    void transfer_failed(const EndReason& why);
    /// The page brings its two telephones together.
    void transfer_to(const OtherCall& with);
    /// Where the page may send the telephone.
    Result<Transfer> route_of_page(const std::string& to) const;
    /// The telephone itself can get there.
    bool leads_to_own_trunk(const Transfer& transfer) const;
    void refer(const std::optional<DialogId>& replaces);
    /// The name of the trunk that a source belongs to, "" for a stranger.
    std::string trunk_of(const SocketAddress& source) const;
    /// The page's user has an identity to call with.
    bool may_call_elsewhere();
    /// By `target`, a trunk or a group; false when there is no way.
    bool invite_elsewhere(const std::string& target);
    void hear_early(const std::string& sdp);
    void move_to_other(const std::string& sdp);
    void new_leg_failed(const EndReason& why);
    /// For a telephone that takes this one's place.
    void begin_anew(const sip::InboundInvite& invite);
    /// The dialog is over, but the one that it asked for is under way.
    bool goes_on_without_referrer();
    void end_new_leg(const EndReason& reason);
    // two_telephones.cpp
    /// `work` with the other leg in the call's own place; what it asks for is for that leg.
    template <class Work>
    void as_other(Work work);
    void swap_legs();
    void turn_to_other(Action& action) const;
    /// As the telephone that asked for the INVITE wants it.
    static void follow_referral(const sip::InboundReferral& referral, sip::OutboundInvite& invite);
    /// The gateway brings two telephones together, since one of them cannot be asked to.
    void call_instead();
    SipLeg new_leg(const std::string& to) const;
    bool choose_way_of_other(const std::string& target);
    void other_answered(const std::string& sdp);
    void join_telephones();
    Result<transcode::BridgePlan> plan_of_telephones(const sdp::AudioMedia& sip_remote) const;
    /// In the browser's place stands now what the other telephone said of itself.
    void face_other();
    void tell_other_of_hold();
    /// True when the call no longer needs its page, which then has left.
    bool page_leaves(const EndReason& reason);
    void let_page_go(const EndReason& reason);
    // legs_that_move.cpp
    /// The page's other telephone comes over, since neither can be asked to call the other.
    void fetch_leg();
    /// The telephone is asked to send its sound there.
    void offer_place(const SocketAddress& sip_rtp);
    void leg_answered(const sdp::AudioMedia& sip_remote);
    /// In a moment the call ends as handed over; for `reason` only if its telephone stays.
    bool waits_for_move(const EndReason& reason);
    void stay(const EndReason& reason);
    // redirect.cpp
    bool follow(const sip::RedirectTarget& target, int status);

    bool is_my_page(SessionId session) const { return call_.page && call_.page->session == session; }
    void tell_page(http::ServerMessage message);
    void act(Action action) { actions_.push_back(std::move(action)); }

    // Given.
    Call& call_;
    const Environment& environment_;
    // Owned.
    Actions actions_;
};

template <class Work>
void StepContext::as_other(Work work) {
    const std::size_t first = actions_.size();
    // What is written of a call is written of its own telephone.
    accounting::CallRecord record = call_.record;
    // What the browser holds, it does not hold of the new telephone.
    const bool is_new = call_.transfer && !call_.transfer->by_referral && !call_.bridged;
    const sdp::Direction direction = call_.browser_answer.agreed.direction;
    if (is_new) call_.browser_answer.agreed.direction = sdp::Direction::sendrecv;
    // The caller's signature is no word about the other telephone.
    const bool media_bound = std::exchange(call_.sip_caller.media_bound, false);
    swap_legs();
    work();
    call_.sip_caller.media_bound = media_bound;
    if (call_.phase == Phase::ended) return;
    swap_legs();
    if (is_new) call_.browser_answer.agreed.direction = direction;
    call_.record = std::move(record);
    for (std::size_t i = first; i < actions_.size(); ++i) turn_to_other(actions_[i]);
}

}  // namespace causeway::call