// Offers of ours inside a dialog, session timers, reliable provisional responses and the early dialogs of a
// fork; some by two stacks, some against a peer that writes its messages by hand.
#include <string>

#include "raw_messages.hpp"

namespace causeway::sip::test {
namespace {

using namespace std::chrono_literals;

SipUaSettings hasty_settings() {
    SipUaSettings settings = loopback_settings();
    settings.least_session_expires = 1s;
    return settings;
}

const char kContact[] = "Contact: <sip:x@$ME>\n";

std::string with_sdp(const std::string& response, const std::string& name) {
    const std::string sdp = replaced(sdp_named(name), "\r\n", "\n");
    return replaced(response, "$LENGTH\n\n", "Content-Type: application/sdp\n$LENGTH\n\n") + sdp;
}

std::string with_tag(const std::string& response, const std::string& tag) {
    return replaced(response, ";tag=called", ";tag=" + tag);
}

unsigned long cseq_of(const std::string& message) {
    return std::stoul(header_of(message, "CSeq"));
}

class Reoffers : public TwoAgents {
  protected:
    /// A call of ours that a raw peer has answered; its 200 has `more` headers.
    struct Answered {
        DialogId dialog;
        std::string invite;
    };
    Answered answered_by(RawPeer& peer, const OutboundInvite& wanted, const std::string& more = "") {
        const DialogId dialog = here_.invite(wanted);
        const std::string invite = peer.receive_starting("INVITE");
        peer.send(with_sdp(response_to(invite, "200 OK", kContact + more), "answer"));
        EXPECT_TRUE(here.next(What::answered));
        EXPECT_NE(peer.receive_starting("ACK"), "");
        return {dialog, invite};
    }
    OutboundInvite to(const RawPeer& peer) { return invite_to(peer.address().port(), "600"); }
};

TEST_F(Reoffers, an_offer_of_ours_is_answered_from_either_side) {
    const Call call = connect();
    here_.reoffer(call.here, sdp_named("hold"));
    auto offered = there.next(What::reoffer);
    ASSERT_TRUE(offered);
    EXPECT_EQ(offered->text, sdp_named("hold"));
    there_.answer_reoffer(call.there, sdp_named("held"));
    auto answered = here.next(What::reoffer_answered);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->text, sdp_named("held"));

    there_.reoffer(call.there, sdp_named("resume"));
    offered = here.next(What::reoffer);
    ASSERT_TRUE(offered);
    here_.answer_reoffer(call.here, sdp_named("resumed"));
    answered = there.next(What::reoffer_answered);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->text, sdp_named("resumed"));
}

TEST_F(Reoffers, a_refused_offer_leaves_the_call_as_it_was) {
    const Call call = connect();
    here_.reoffer(call.here, sdp_named("hold"));
    ASSERT_TRUE(there.next(What::reoffer));
    there_.refuse_reoffer(call.there, 488);
    const auto refused = here.next(What::reoffer_refused);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->number, 488);
    EXPECT_EQ(here.count(What::ended), 0U);
    EXPECT_EQ(here_.dialog_count(), 1U);
}

TEST_F(Reoffers, of_offers_that_wait_the_latest_is_sent) {
    const Call call = connect();
    for (const char* name : {"one", "two", "three"}) here_.reoffer(call.here, sdp_named(name));
    auto offered = there.next(What::reoffer);
    ASSERT_TRUE(offered);
    EXPECT_EQ(offered->text, sdp_named("one"));
    there_.answer_reoffer(call.there, sdp_named("answer"));
    offered = there.next(What::reoffer);
    ASSERT_TRUE(offered);
    EXPECT_EQ(offered->text, sdp_named("three"));
    there_.answer_reoffer(call.there, sdp_named("answer"));
    EXPECT_TRUE(here.next(What::reoffer_answered));
    EXPECT_TRUE(here.next(What::reoffer_answered));
    EXPECT_EQ(there.count(What::reoffer), 0U);
}

TEST_F(Reoffers, two_that_offer_at_once_both_get_their_way) {
    const Call call = connect();
    here_.reoffer(call.here, sdp_named("mine"));
    there_.reoffer(call.there, sdp_named("yours"));
    bool mine = false;
    bool yours = false;
    const auto deadline = std::chrono::steady_clock::now() + 15s;
    while (!(mine && yours) && std::chrono::steady_clock::now() < deadline) {
        if (here.next(What::reoffer, 10ms)) here_.answer_reoffer(call.here, sdp_named("answer"));
        if (there.next(What::reoffer, 10ms)) there_.answer_reoffer(call.there, sdp_named("answer"));
        mine = mine || here.next(What::reoffer_answered, 10ms).has_value();
        yours = yours || there.next(What::reoffer_answered, 10ms).has_value();
    }
    EXPECT_TRUE(mine);
    EXPECT_TRUE(yours);
    EXPECT_EQ(here.count(What::ended) + there.count(What::ended), 0U);
}

TEST_F(Reoffers, the_owner_of_the_call_id_comes_again_after_two_to_four_seconds) {
    RawPeer peer(here_.udp_port());
    const Answered call = answered_by(peer, to(peer));
    here_.reoffer(call.dialog, sdp_named("hold"));
    const std::string first = peer.receive_starting("INVITE");
    const auto refused_at = std::chrono::steady_clock::now();
    peer.send(response_to(first, "491 Request Pending", ""));
    const std::string second = peer.receive_starting("INVITE");
    const auto pause = std::chrono::steady_clock::now() - refused_at;
    ASSERT_NE(second, "");
    EXPECT_GE(pause, 2100ms);
    EXPECT_LE(pause, 4500ms);
    EXPECT_GT(cseq_of(second), cseq_of(first));
    peer.send(with_sdp(response_to(second, "200 OK", kContact), "held"));
    EXPECT_TRUE(here.next(What::reoffer_answered));
}

TEST_F(Reoffers, a_dialog_that_the_peer_does_not_know_any_more_is_over) {
    for (const char* status : {"481 Call Does Not Exist", "408 Request Timeout"}) {
        RawPeer peer(here_.udp_port());
        const Answered call = answered_by(peer, to(peer));
        here_.reoffer(call.dialog, sdp_named("hold"));
        peer.send(response_to(peer.receive_starting("INVITE"), status, ""));
        const auto ended = here.next(What::ended);
        ASSERT_TRUE(ended) << status;
        EXPECT_EQ(ended->reason.cause, EndCause::trunk_timeout);
        here_.end(call.dialog,
                  {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
    }
}

TEST_F(Reoffers, challenges_in_mid_call_are_answered_for_offers_and_for_the_bye) {
    RawPeer peer(here_.udp_port());
    OutboundInvite wanted = to(peer);
    wanted.credentials = DigestCredentials{.username = "user", .password = "secret", .realm = ""};
    const Answered call = answered_by(peer, wanted);
    const std::string challenge = "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"abc\", algorithm=MD5\n";
    here_.reoffer(call.dialog, sdp_named("hold"));
    peer.send(response_to(peer.receive_starting("INVITE"), "401 Unauthorized", challenge));
    ASSERT_NE(peer.receive_starting("ACK"), "");
    const std::string again = peer.receive_starting("INVITE");
    EXPECT_NE(header_of(again, "Authorization").find("username=\"user\""), std::string::npos);
    peer.send(with_sdp(response_to(again, "200 OK", kContact), "held"));
    EXPECT_TRUE(here.next(What::reoffer_answered));
    here_.end(call.dialog, {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
    std::string bye = peer.receive_starting("BYE");
    if (header_of(bye, "Authorization").empty()) {
        peer.send(response_to(bye, "401 Unauthorized", challenge));
        bye = peer.receive_starting("BYE");
    }
    EXPECT_NE(header_of(bye, "Authorization").find("username=\"user\""), std::string::npos);
    peer.send(response_to(bye, "200 OK", ""));
    EXPECT_TRUE(becomes_empty(here_));
}

TEST_F(Reoffers, an_invite_without_an_offer_takes_the_peers_and_answers_in_the_ack) {
    OutboundInvite late = invite_to(there_.udp_port(), "600");
    late.sdp.clear();
    const DialogId dialog = here_.invite(late);
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    EXPECT_EQ(invited->text, "");
    there_.accept(invited->dialog, sdp_named("their-offer"));
    const auto answered = here.next(What::answered);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->text, sdp_named("their-offer"));
    EXPECT_FALSE(there.next(What::acknowledged, 200ms)) << "there is no answer yet";
    here_.acknowledge(dialog, sdp_named("our-answer"));
    const auto acknowledged = there.next(What::acknowledged);
    ASSERT_TRUE(acknowledged);
    EXPECT_EQ(acknowledged->text, sdp_named("our-answer"));
    // What follows is acknowledged by itself again.
    here_.reoffer(dialog, sdp_named("hold"));
    ASSERT_TRUE(there.next(What::reoffer));
    there_.answer_reoffer(invited->dialog, sdp_named("held"));
    EXPECT_TRUE(here.next(What::reoffer_answered));
    EXPECT_TRUE(there.next(What::acknowledged));
}

class Timers : public testing::Test {
  protected:
    Timers() : here_(hasty_settings(), counters_, here), there_(hasty_settings(), counters_, there) {}
    Counters counters_;
    SipRecorder here;
    SipRecorder there;
    SipUa here_;
    SipUa there_;
};

TEST_F(Timers, a_session_is_refreshed_as_long_as_both_are_there) {
    OutboundInvite wanted = invite_to(there_.udp_port(), "600");
    wanted.options.session_expires = 2s;
    here_.invite(wanted);
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    there_.accept(invited->dialog, sdp_named("answer"));
    ASSERT_TRUE(here.next(What::answered));
    EXPECT_FALSE(here.next(What::ended, 3500ms));
    EXPECT_EQ(there.count(What::ended), 0U);
    EXPECT_EQ(there.count(What::reoffer), 0U) << "a refresh is no offer";
}

TEST_F(Timers, a_session_that_the_peer_does_not_refresh_ends_with_bye) {
    RawPeer peer(here_.udp_port());
    OutboundInvite wanted = invite_to(peer.address().port(), "600");
    wanted.options.session_expires = 3s;
    here_.invite(wanted);
    const std::string invite = peer.receive_starting("INVITE");
    EXPECT_EQ(header_of(invite, "Session-Expires"), "3");
    EXPECT_EQ(header_of(invite, "Min-SE"), "1");
    EXPECT_NE(invite.find("\r\nSupported: timer\r\n"), std::string::npos) << invite;
    peer.send(
        with_sdp(response_to(invite, "200 OK",
                             std::string(kContact) + "Require: timer\nSession-Expires: 3;refresher=uas\n"),
                 "answer"));
    ASSERT_TRUE(here.next(What::answered));
    const std::string bye = peer.receive_starting("BYE");
    EXPECT_NE(bye, "");
    const auto ended = here.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.cause, EndCause::trunk_timeout);
}

TEST_F(Timers, a_peer_without_update_is_refreshed_with_the_description_as_it_was) {
    RawPeer peer(here_.udp_port());
    OutboundInvite wanted = invite_to(peer.address().port(), "600");
    wanted.options.session_expires = 2s;
    here_.invite(wanted);
    const std::string invite = peer.receive_starting("INVITE");
    peer.send(with_sdp(response_to(invite, "200 OK", std::string(kContact) + "Allow: INVITE, ACK, BYE\n"),
                       "answer"));
    ASSERT_TRUE(here.next(What::answered));
    const std::string refresh = peer.receive_starting("INVITE");
    EXPECT_NE(refresh.find("s=offer"), std::string::npos);
    EXPECT_EQ(header_of(refresh, "Session-Expires"), "2;refresher=uac");
    peer.send(with_sdp(response_to(refresh, "200 OK", kContact), "answer"));
    EXPECT_NE(peer.receive_starting("ACK"), "");
    EXPECT_EQ(here.count(What::reoffer_answered), 0U) << "nobody asked for it";
}

TEST_F(Timers, an_interval_that_is_too_small_is_refused_and_ours_is_made_longer) {
    RawPeer caller(there_.udp_port());
    caller.send(with(with(with_line(kInvite, "Supported: timer\nSession-Expires: 1\nMin-SE: 1"), "$VIA",
                          caller.address().to_string()),
                     "$ID", "fits"));
    EXPECT_TRUE(there.next(What::invite));

    SipUaSettings strict = loopback_settings();
    SipRecorder heard;
    SipUa agent(strict, counters_, heard);
    RawPeer hasty(agent.udp_port());
    hasty.send(with(with(with_line(kInvite, "Supported: timer\nSession-Expires: 30"), "$VIA",
                         hasty.address().to_string()),
                    "$ID", "hasty"));
    const std::string refusal = hasty.receive_starting("SIP/2.0 422");
    EXPECT_EQ(header_of(refusal, "Min-SE"), "90");
    EXPECT_EQ(heard.count(What::invite), 0U);

    RawPeer slow(here_.udp_port());
    OutboundInvite wanted = invite_to(slow.address().port(), "600");
    wanted.options.session_expires = 90s;
    const DialogId dialog = here_.invite(wanted);
    const std::string first = slow.receive_starting("INVITE");
    slow.send(response_to(first, "422 Session Interval Too Small", "Min-SE: 300\n"));
    EXPECT_NE(slow.receive_starting("ACK"), "");
    const std::string second = slow.receive_starting("INVITE");
    EXPECT_EQ(header_of(second, "Session-Expires"), "300");
    EXPECT_EQ(here.count(What::ended), 0U);
    slow.send(response_to(second, "422 Session Interval Too Small", "Min-SE: 300\n"));
    const auto ended = here.next(What::ended);
    ASSERT_TRUE(ended) << "it would go on for ever";
    EXPECT_EQ(ended->dialog, dialog);
}

TEST_F(Timers, the_answer_to_a_caller_names_who_refreshes) {
    RawPeer caller(there_.udp_port());
    const std::string text = with_line(kInvite, "Supported: timer\nSession-Expires: 1800;refresher=uac");
    const RawCall call = call_by_hand(
        caller, there, "timer",
        [this](const Seen& invited) { there_.accept(invited.dialog, sdp_named("answer")); }, text);
    EXPECT_EQ(header_of(call.answer, "Session-Expires"), "1800;refresher=uac");
    EXPECT_EQ(header_of(call.answer, "Require"), "timer");
}

class EarlyDialogs : public Reoffers {
  protected:
    OutboundInvite reliable_to(const RawPeer& peer, Reliability reliability = Reliability::supported) {
        OutboundInvite wanted = to(peer);
        wanted.options.reliability = reliability;
        return wanted;
    }
    static std::string own_target(const std::string& invite) {
        const std::string contact = header_of(invite, "Contact");
        return contact.substr(1, contact.find('>') - 1);
    }
    static std::string update_to(const std::string& target, const std::string& invite, int number) {
        const std::string count = std::to_string(number);
        return "UPDATE " + target + " SIP/2.0\nVia: SIP/2.0/UDP $ME;branch=z9hG4bKupd" + count +
               "\nMax-Forwards: 70\nFrom: " + header_of(invite, "To") +
               ";tag=called\nTo: " + header_of(invite, "From") +
               "\nCall-ID: " + header_of(invite, "Call-ID") + "\nCSeq: " + count +
               " UPDATE\nContact: <sip:x@$ME>\n$LENGTH\n\n";
    }
    static std::string reliably(int rseq) {
        return std::string(kContact) + "Require: 100rel\nRSeq: " + std::to_string(rseq) + "\n";
    }
};

TEST_F(EarlyDialogs, a_reliable_response_is_acknowledged_once_and_later_requests_count_on) {
    RawPeer peer(here_.udp_port());
    const DialogId dialog = here_.invite(reliable_to(peer));
    const std::string invite = peer.receive_starting("INVITE");
    EXPECT_NE(invite.find("Supported: 100rel"), std::string::npos) << invite;
    const std::string ringing = response_to(invite, "180 Ringing", reliably(700));
    peer.send(ringing);
    const std::string prack = peer.receive_starting("PRACK");
    EXPECT_EQ(header_of(prack, "RAck"), "700 " + header_of(invite, "CSeq"));
    EXPECT_NE(header_of(prack, "To").find("tag=called"), std::string::npos);
    EXPECT_GT(cseq_of(prack), cseq_of(invite));
    peer.send(response_to(prack, "200 OK", ""));
    ASSERT_TRUE(here.next(What::progress));
    peer.send(ringing);
    EXPECT_FALSE(here.next(What::progress, 200ms)) << "it was told before";
    peer.send(with_sdp(response_to(invite, "183 Session Progress", reliably(702)), "early"));
    EXPECT_FALSE(here.next(What::progress, 200ms)) << "RFC 3262 §4: 701 must come first";
    peer.send(with_sdp(response_to(invite, "200 OK", kContact), "answer"));
    ASSERT_TRUE(here.next(What::answered));
    EXPECT_NE(peer.receive_starting("ACK"), "");
    here_.end(dialog, {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
    const std::string bye = peer.receive_starting("BYE");
    EXPECT_GT(cseq_of(bye), cseq_of(prack));
    peer.send(response_to(bye, "200 OK", ""));
    EXPECT_TRUE(becomes_empty(here_));
}

TEST_F(EarlyDialogs, an_answer_without_a_description_means_that_of_its_own_early_dialog) {
    RawPeer peer(here_.udp_port());
    here_.invite(reliable_to(peer));
    const std::string invite = peer.receive_starting("INVITE");
    peer.send(with_tag(with_sdp(response_to(invite, "183 Session Progress", reliably(1)), "first"), "one"));
    peer.send(response_to(peer.receive_starting("PRACK"), "200 OK", ""));
    peer.send(with_tag(with_sdp(response_to(invite, "183 Session Progress", reliably(9)), "second"), "two"));
    const std::string prack = peer.receive_starting("PRACK");
    EXPECT_TRUE(header_of(prack, "RAck").starts_with("9 "));
    EXPECT_NE(header_of(prack, "To").find("tag=two"), std::string::npos);
    peer.send(response_to(prack, "200 OK", ""));
    EXPECT_TRUE(here.next(What::progress));
    const auto last = here.next(What::progress);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->text, sdp_named("second"));
    peer.send(with_tag(response_to(invite, "200 OK", kContact), "one"));
    const auto answered = here.next(What::answered);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->text, sdp_named("first"));
    EXPECT_NE(header_of(peer.receive_starting("ACK"), "To").find("tag=one"), std::string::npos);
}

TEST_F(EarlyDialogs, a_second_answer_of_a_fork_is_acknowledged_and_hung_up_on) {
    RawPeer peer(here_.udp_port());
    here_.invite(to(peer));
    const std::string invite = peer.receive_starting("INVITE");
    peer.send(with_tag(with_sdp(response_to(invite, "200 OK", kContact), "first"), "one"));
    ASSERT_TRUE(here.next(What::answered));
    EXPECT_NE(header_of(peer.receive_starting("ACK"), "To").find("tag=one"), std::string::npos);
    peer.send(with_tag(with_sdp(response_to(invite, "200 OK", kContact), "second"), "two"));
    EXPECT_NE(header_of(peer.receive_starting("ACK"), "To").find("tag=two"), std::string::npos);
    const std::string bye = peer.receive_starting("BYE");
    EXPECT_NE(header_of(bye, "To").find("tag=two"), std::string::npos);
    peer.send(response_to(bye, "200 OK", ""));
    EXPECT_EQ(here.count(What::ended), 0U);
    EXPECT_EQ(here_.dialog_count(), 1U);
}

TEST_F(EarlyDialogs, an_update_before_the_answer_changes_the_early_sound) {
    RawPeer peer(here_.udp_port());
    const DialogId dialog = here_.invite(reliable_to(peer));
    const std::string invite = peer.receive_starting("INVITE");
    peer.send(with_sdp(response_to(invite, "183 Session Progress", reliably(1)), "early"));
    peer.send(response_to(peer.receive_starting("PRACK"), "200 OK", ""));
    ASSERT_TRUE(here.next(What::progress));
    peer.send(with_sdp(update_to(own_target(invite), invite, 1), "moved"));
    const auto offered = here.next(What::reoffer);
    ASSERT_TRUE(offered);
    EXPECT_EQ(offered->text, sdp_named("moved"));
    here_.answer_reoffer(dialog, sdp_named("followed"));
    const std::string taken = peer.receive_starting("SIP/2.0 200");
    EXPECT_NE(taken.find("s=followed"), std::string::npos);
    const std::string own = "<sip:127.0.0.1:" + std::to_string(here_.udp_port()) + ">";
    EXPECT_EQ(header_of(taken, "Contact"), own);
    int number = 2;
    for (const std::string& strange :
         {std::string("tel:+1234"), "sip:" + std::string(6000, 'x') + "@evil.example"}) {
        peer.send(with_sdp(update_to(strange, invite, number++), "moved"));
        ASSERT_TRUE(here.next(What::reoffer));
        here_.answer_reoffer(dialog, sdp_named("followed"));
        EXPECT_EQ(header_of(peer.receive_starting("SIP/2.0 200"), "Contact"), own)
            << "not what the peer made up";
    }
    peer.send(with_sdp(response_to(invite, "200 OK", kContact), "early"));
    const auto answered = here.next(What::answered);
    ASSERT_TRUE(answered);
    EXPECT_EQ(answered->text, "") << "the description of the 183 is old news";
}

TEST_F(EarlyDialogs, our_ringing_is_repeated_until_its_prack_and_the_answer_waits_for_it) {
    RawPeer caller(there_.udp_port());
    there.when_invited = [this](const InboundInvite& invite) {
        there_.set_options(invite.dialog, {.reliability = Reliability::supported});
        there_.progress(invite.dialog, 180, "");
        there_.accept(invite.dialog, sdp_named("answer"));
    };
    const std::string me = caller.address().to_string();
    const std::string text = with_line(kInvite, "Supported: 100rel");
    caller.send(with(with(text, "$VIA", me), "$ID", "rel"));
    const std::string ringing = caller.receive_starting("SIP/2.0 180");
    EXPECT_EQ(header_of(ringing, "Require"), "100rel");
    const std::string again = caller.receive_starting("SIP/2.0 180");
    EXPECT_EQ(header_of(again, "RSeq"), header_of(ringing, "RSeq")) << "repeated, and no 200 before it";
    const RawCall call{.to = header_of(ringing, "To"), .id = "rel", .answer = {}, .dialog = {}};
    const auto prack = [&](const std::string& rseq, int number) {
        return with_line(without_body(inside(call, caller, "PRACK", number)), "RAck: " + rseq + " 1 INVITE");
    };
    caller.send(prack("12345", 2));
    EXPECT_NE(caller.receive_starting("SIP/2.0 481"), "") << "there is no such response";
    caller.send(prack(header_of(ringing, "RSeq"), 3));
    std::string answer = caller.receive_starting("SIP/2.0 200");
    if (header_of(answer, "CSeq") == "3 PRACK") answer = caller.receive_starting("SIP/2.0 200");
    EXPECT_EQ(header_of(answer, "CSeq"), "1 INVITE");
    caller.send(prack(header_of(ringing, "RSeq"), 4));
    EXPECT_NE(caller.receive_starting("SIP/2.0 481"), "") << "once is enough";
    EXPECT_EQ(there_.dialog_count(), 1U);
}

TEST_F(EarlyDialogs, ringing_without_our_offer_is_never_reliable_where_the_caller_made_none) {
    RawPeer caller(there_.udp_port());
    const std::string me = caller.address().to_string();
    there.when_invited = [this](const InboundInvite& invite) {
        there_.set_options(invite.dialog, {.reliability = Reliability::supported});
        there_.progress(invite.dialog, 180, "");
        there_.accept(invite.dialog, sdp_named("our offer"));
    };
    const std::string without_offer = without_body(with(kInvite, "$VIA", me));
    caller.send(with(with_line(without_offer, "Supported: 100rel"), "$ID", "late"));
    const std::string ringing = caller.receive_starting("SIP/2.0 180");
    EXPECT_EQ(header_of(ringing, "Require"), "");
    EXPECT_NE(caller.receive_starting("SIP/2.0 200").find("our offer"), std::string::npos);

    RawPeer strict(there_.udp_port());
    const std::string strict_offer = without_body(with(kInvite, "$VIA", strict.address().to_string()));
    strict.send(with(with_line(strict_offer, "Require: 100rel"), "$ID", "strict"));
    std::string first = strict.receive_starting("SIP/2.0 ");
    if (first.starts_with("SIP/2.0 100")) first = strict.receive_starting("SIP/2.0 ");
    EXPECT_TRUE(first.starts_with("SIP/2.0 200")) << first;
}

TEST_F(EarlyDialogs, who_requires_what_a_trunk_has_switched_off_is_refused_and_the_other_way_round) {
    RawPeer caller(there_.udp_port());
    const std::string me = caller.address().to_string();
    there.when_invited = [this](const InboundInvite& invite) {
        there_.set_options(invite.dialog, {.reliability = Reliability::off});
    };
    caller.send(with(with(with_line(kInvite, "Require: 100rel"), "$VIA", me), "$ID", "unwanted"));
    const std::string unsupported = caller.receive_starting("SIP/2.0 420");
    EXPECT_EQ(header_of(unsupported, "Unsupported"), "100rel");
    EXPECT_TRUE(there.next(What::ended));
    there.when_invited = [this](const InboundInvite& invite) {
        there_.set_options(invite.dialog, {.reliability = Reliability::required});
    };
    caller.send(with(with(kInvite, "$VIA", me), "$ID", "missing"));
    const std::string required = caller.receive_starting("SIP/2.0 421");
    EXPECT_EQ(header_of(required, "Require"), "100rel");
    EXPECT_TRUE(there.next(What::ended));
}

TEST_F(EarlyDialogs, pracks_that_meet_cancel_refusal_or_death_do_no_harm) {
    there.when_invited = [this](const InboundInvite& invite) {
        there_.set_options(invite.dialog, {.reliability = Reliability::supported});
        there_.progress(invite.dialog, 180, "");
        if (invite.to_user == "refused") {
            there_.end(invite.dialog,
                       {.cause = EndCause::busy, .by = Side::browser, .detail = {}, .sip_status = {}});
        }
        if (invite.to_user == "answered") there_.accept(invite.dialog, sdp_named("answer"));
    };
    int count = 0;
    for (const std::string user : {"600", "refused", "answered"}) {
        for (const bool cancel_first : {false, true}) {
            RawPeer caller(there_.udp_port());
            const std::string me = caller.address().to_string();
            const std::string id = "harm" + std::to_string(count++);
            std::string text = with_line(kInvite, "Supported: 100rel");
            text = replaced(with(with(text, "$VIA", me), "$ID", id), "sip:600@$YOU SIP",
                            "sip:" + user + "@$YOU SIP");
            caller.send(text);
            const std::string ringing = caller.receive_starting("SIP/2.0 180");
            const RawCall call{.to = header_of(ringing, "To"), .id = id, .answer = {}, .dialog = {}};
            std::string prack = with_line(without_body(inside(call, caller, "PRACK", 2)),
                                          "RAck: " + header_of(ringing, "RSeq") + " 1 INVITE");
            const std::string cancel =
                replaced(replaced(without_body(text), "INVITE sip", "CANCEL sip"), "1 INVITE", "1 CANCEL");
            for (int times = 0; times < 2; ++times) {
                caller.send(cancel_first ? cancel : prack);
                caller.send(cancel_first ? prack : cancel);
                prack = replaced(replaced(prack, "CSeq: 2", "CSeq: 3"), "PRACK2", "PRACK3");
            }
            caller.send(without_body(inside(call, caller, "BYE", 9)));
            caller.receive(100ms);
        }
    }
    RawPeer witness(there_.udp_port());
    witness.send(with(kOptions, "$ID", "alive"));
    EXPECT_NE(witness.receive_starting("SIP/2.0 200"), "") << "the stack lives";
}

}  // namespace
}  // namespace causeway::sip::test
