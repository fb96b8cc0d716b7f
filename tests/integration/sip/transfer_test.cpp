// Transfers, messages and mailboxes at the user agent's door, with a second stack and with a peer by hand.
#include <string>

#include "raw_messages.hpp"

namespace causeway::sip::test {
namespace {

class Transfers : public TwoAgents {
  protected:
    /// A call that a raw peer has made and `there_` answered.
    RawCall call_from(RawPeer& peer, const std::string& id) {
        const RawCall call = call_by_hand(peer, there, id, [this](const Seen& invite) {
            there_.accept(invite.dialog, sdp_named("answer"));
        });
        EXPECT_TRUE(there.next(What::acknowledged));
        return call;
    }
    std::string bodiless(const RawCall& call, const RawPeer& peer, const std::string& method, int number,
                         const std::string& lines) {
        return without_body(with_line(inside(call, peer, method, number), lines));
    }
    /// Answers a request that came to the peer.
    static void answer(RawPeer& peer, const std::string& request, const std::string& status = "200 OK") {
        peer.send(response_to(request, status, ""));
    }
};

TEST_F(Transfers, a_refer_is_told_with_its_number_and_followed_by_notifies) {
    RawPeer peer(there_.udp_port());
    const RawCall call = call_from(peer, "refer1");
    peer.send(
        bodiless(call, peer, "REFER", 2,
                 "Refer-To: <sip:+12125550123@elsewhere.test?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>\n"
                 "Referred-By: <sip:boss@elsewhere.test>"));
    const auto referred = there.next(What::referred);
    ASSERT_TRUE(referred);
    EXPECT_EQ(referred->referral.target_user, "+12125550123");
    EXPECT_EQ(referred->referral.replaces, "a@b;to-tag=1;from-tag=2");
    EXPECT_EQ(referred->referral.referred_by, "<sip:boss@elsewhere.test>");
    EXPECT_EQ(referred->referral.max_forwards, 69);
    there_.answer_referral(call.dialog, 202);
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 202").empty());
    for (const int status : {100, 180, 200}) {
        there_.tell_referrer(call.dialog, status);
        const std::string notify = peer.receive_starting("NOTIFY");
        EXPECT_EQ(header_of(notify, "Event"), "refer");
        EXPECT_NE(notify.find("\r\n\r\nSIP/2.0 " + std::to_string(status)), std::string::npos) << notify;
        EXPECT_EQ(header_of(notify, "Subscription-State").substr(0, 10),
                  status == 200 ? "terminated" : "active;exp");
        answer(peer, notify);
    }
    there_.end(call.dialog, {EndCause::hangup, Side::gateway, {}, {}});
    EXPECT_FALSE(peer.receive_starting("BYE").empty()) << "the dialog outlives its subscription";
}

TEST_F(Transfers, a_second_refer_has_an_id_and_one_at_a_time_is_enough) {
    RawPeer peer(there_.udp_port());
    const RawCall call = call_from(peer, "refer2");
    peer.send(bodiless(call, peer, "REFER", 2, "Refer-To: <sip:601@x.test>"));
    ASSERT_TRUE(there.next(What::referred));
    peer.send(bodiless(call, peer, "REFER", 3, "Refer-To: <sip:602@x.test>"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 491").empty());
    there_.answer_referral(call.dialog, 603);
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 603").empty());
    peer.send(bodiless(call, peer, "REFER", 4, "Refer-To: <tel:+12125550123>"));
    const auto referred = there.next(What::referred);
    ASSERT_TRUE(referred);
    EXPECT_EQ(referred->referral.target_user, "+12125550123");
    there_.answer_referral(call.dialog, 202);
    there_.tell_referrer(call.dialog, 486);
    EXPECT_EQ(header_of(peer.receive_starting("NOTIFY"), "Event"), "refer;id=4");
}

TEST_F(Transfers, no_notify_goes_to_who_wants_none) {
    RawPeer peer(there_.udp_port());
    const RawCall call = call_from(peer, "refer3");
    peer.send(bodiless(call, peer, "REFER", 2, "Refer-To: <sip:601@x.test>\nRefer-Sub: false"));
    ASSERT_TRUE(there.next(What::referred));
    there_.answer_referral(call.dialog, 202);
    EXPECT_EQ(header_of(peer.receive_starting("SIP/2.0 202"), "Refer-Sub"), "false");
    there_.tell_referrer(call.dialog, 200);
    there_.end(call.dialog, {EndCause::hangup, Side::gateway, {}, {}});
    EXPECT_EQ(peer.receive().substr(0, 4), "BYE ") << "the next that comes";
}

TEST_F(Transfers, refers_that_cannot_be_followed_are_refused) {
    RawPeer peer(there_.udp_port());
    const RawCall call = call_from(peer, "refer4");
    int number = 2;
    for (const std::string target : {"Refer-To: <http://x.test/>", "Refer-To: <sip:6%0d%0a1@x.test>",
                                     "Refer-To: <sip:6@x.test;method=BYE>",
                                     "Refer-To: <sip:6@x.test?Replaces=nothing>", "Subject: none"}) {
        peer.send(bodiless(call, peer, "REFER", number++, target));
        EXPECT_FALSE(peer.receive_starting("SIP/2.0 400").empty()) << target;
    }
    EXPECT_EQ(there.count(What::referred), 0U);
    peer.send(
        with(with(without_body(with_line(replaced(kInvite, "INVITE", "REFER"), "Refer-To: <sip:6@x.test>")),
                  "$VIA", peer.address().to_string()),
             "$ID", "outside"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 403").empty()) << "outside of a call";
}

TEST_F(Transfers, our_refer_is_answered_and_its_notifies_are_told) {
    RawPeer peer(there_.udp_port());
    const RawCall call = call_from(peer, "refer5");
    there_.refer(call.dialog, {"sip:601@127.0.0.1", std::nullopt, "sip:100@gateway.test"});
    const std::string refer = peer.receive_starting("REFER");
    EXPECT_EQ(header_of(refer, "Refer-To"), "<sip:601@127.0.0.1>");
    EXPECT_EQ(header_of(refer, "Referred-By"), "<sip:100@gateway.test>");
    EXPECT_NE(header_of(refer, "Contact"), "");
    answer(peer, refer, "202 Accepted");
    auto told = there.next(What::refer_progress);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->number, 202);
    EXPECT_EQ(told->text, "more");
    const std::string notify = "Event: refer\nSubscription-State: ";
    const auto say = [&](int cseq, const std::string& state, const std::string& fragment) {
        std::string text = inside(call, peer, "NOTIFY", cseq);
        text = text.substr(0, text.find("\n\n") + 2) + fragment;
        text = replaced(text, "application/sdp", "message/sipfrag;version=2.0");
        peer.send(with_line(text, notify + state));
        EXPECT_FALSE(peer.receive_starting("SIP/2.0 200").empty());
        return there.next(What::refer_progress);
    };
    told = say(2, "active;expires=60", "SIP/2.0 180 Ringing\n");
    ASSERT_TRUE(told);
    EXPECT_EQ(told->number, 180);
    told = say(3, "terminated;reason=noresource", "SIP/2.0 486 Busy Here\n");
    ASSERT_TRUE(told);
    EXPECT_EQ(told->number, 486);
    EXPECT_EQ(told->text, "last");
    peer.send(bodiless(call, peer, "NOTIFY", 4, notify + "active"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 481").empty()) << "nobody waits for more";
}

TEST_F(Transfers, a_refused_refer_leaves_the_call_alone) {
    RawPeer peer(there_.udp_port());
    const RawCall call = call_from(peer, "refer6");
    there_.refer(call.dialog, {"sip:601@127.0.0.1", std::nullopt, ""});
    answer(peer, peer.receive_starting("REFER"), "405 Method Not Allowed");
    const auto told = there.next(What::refer_progress);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->number, 405);
    EXPECT_EQ(told->text, "last");
    peer.send(bodiless(call, peer, "BYE", 2, "Subject: end"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 200").empty());
    EXPECT_TRUE(there.next(What::ended));
}

TEST_F(Transfers, an_attended_refer_names_the_other_dialog_as_its_peer_knows_it) {
    RawPeer peer(there_.udp_port());
    const RawCall first = call_from(peer, "att1");
    const RawCall second = call_from(peer, "att2");
    there_.refer(first.dialog, {"sip:601@127.0.0.1", second.dialog, ""});
    const std::string to_tag = second.to.substr(second.to.find(";tag=") + 5);
    EXPECT_EQ(header_of(peer.receive_starting("REFER"), "Refer-To"),
              "<sip:601@127.0.0.1?Replaces=att2%40raw.test%3Bto-tag%3Dfromatt2%3Bfrom-tag%3D" + to_tag + ">");
}

TEST_F(Transfers, replaces_finds_its_dialog_and_nothing_else) {
    RawPeer peer(there_.udp_port());
    const RawCall call = call_from(peer, "rep1");
    const std::string ours = call.to.substr(call.to.find(";tag=") + 5);
    const auto taking = [&](const std::string& id, const std::string& replaces) {
        return with(with(with_line(kInvite, "Require: replaces\nReplaces: " + replaces), "$VIA",
                         peer.address().to_string()),
                    "$ID", id);
    };
    peer.send(taking("rep2", "rep1@raw.test;to-tag=" + ours + ";from-tag=wrong"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 481").empty());
    peer.send(taking("rep3", "rep1@raw.test;to-tag=" + ours + ";from-tag=fromrep1;early-only"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 486").empty());
    peer.send(taking("rep4", "rep1@raw.test;to-tag=" + ours + ";from-tag=fromrep1"));
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    ASSERT_TRUE(invited->invite.replaces);
    EXPECT_EQ(*invited->invite.replaces, call.dialog);
}

TEST_F(Transfers, a_ringing_call_to_us_cannot_be_replaced) {
    RawPeer peer(there_.udp_port());
    const std::string me = peer.address().to_string();
    peer.send(with(with(kInvite, "$VIA", me), "$ID", "rep5"));
    const auto ringing = there.next(What::invite);
    ASSERT_TRUE(ringing);
    there_.progress(ringing->dialog, 180, "");
    const std::string to = header_of(peer.receive_starting("SIP/2.0 180"), "To");
    peer.send(with(with(with_line(kInvite, "Replaces: rep5@raw.test;to-tag=" +
                                               to.substr(to.find(";tag=") + 5) + ";from-tag=fromrep5"),
                        "$VIA", me),
                   "$ID", "rep6"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 481").empty());
    there_.end(ringing->dialog, {EndCause::busy, Side::browser, {}, {}});
}

TEST_F(Transfers, a_redirection_is_told_with_its_targets_best_first) {
    RawPeer peer(here_.udp_port());
    OutboundInvite invite = invite_to(peer.address().port(), "600");
    const DialogId dialog = here_.invite(invite);
    const std::string request = peer.receive_starting("INVITE");
    peer.send(response_to(request, "302 Moved", "Contact: <sip:601@a.test>;q=0.2, <sip:602@b.test>;q=0.9\n"));
    const auto redirected = here.next(What::redirected);
    ASSERT_TRUE(redirected);
    EXPECT_EQ(redirected->dialog, dialog);
    EXPECT_EQ(redirected->number, 302);
    ASSERT_EQ(redirected->targets.size(), 2U);
    EXPECT_EQ(redirected->targets[0], (RedirectTarget{"602", "b.test"}));
    EXPECT_TRUE(becomes_empty(here_));
}

TEST_F(Transfers, messages_go_both_ways_outside_of_calls) {
    OutboundMessage message;
    message.id = {7};
    message.request_uri = "sip:600@127.0.0.1:" + std::to_string(there_.udp_port());
    message.from_uri = "sip:100@gateway.test";
    message.to_uri = "sip:600@gateway.test";
    message.text = "Grüße\r\nAnn";
    here_.send_message(message);
    const auto came = there.next(What::message);
    ASSERT_TRUE(came);
    EXPECT_EQ(came->message.text, "Grüße\r\nAnn");
    EXPECT_EQ(came->message.to_user, "600");
    EXPECT_EQ(came->message.from_user, "100");
    EXPECT_FALSE(came->message.dialog);
    there_.answer_message(came->message.id, 404);
    const auto result = here.next(What::message_result);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->message.id, MessageId{7});
    EXPECT_EQ(result->number, 404);
}

TEST_F(Transfers, messages_go_inside_of_calls) {
    const Call call = connect();
    OutboundMessage message;
    message.id = {8};
    message.dialog = call.here;
    message.text = "inside";
    here_.send_message(message);
    const auto came = there.next(What::message);
    ASSERT_TRUE(came);
    EXPECT_EQ(came->message.dialog, call.there);
    there_.answer_message(came->message.id, 200);
    const auto result = here.next(What::message_result);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->number, 200);
}

TEST_F(Transfers, messages_that_are_no_plain_text_are_refused) {
    RawPeer peer(there_.udp_port());
    const std::string plain =
        with(replaced(replaced(kInvite, "INVITE", "MESSAGE"), "application/sdp", "text/plain"), "$VIA",
             peer.address().to_string());
    peer.send(with(replaced(plain, "text/plain", "text/html"), "$ID", "m1"));
    EXPECT_EQ(header_of(peer.receive_starting("SIP/2.0 415"), "Accept"), "text/plain");
    peer.send(with(plain + std::string(1400, 'x'), "$ID", "m2"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 413").empty());
    peer.send(with(plain + "\x01", "$ID", "m3"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 400").empty());
    peer.send(with(replaced(plain, "text/plain", "text/plain;charset=utf-16"), "$ID", "m4"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 415").empty());
    EXPECT_EQ(there.count(What::message), 0U);
}

TEST_F(Transfers, options_say_what_we_can_do) {
    RawPeer peer(there_.udp_port());
    peer.send(with(kOptions, "$ID", "o1"));
    const std::string answered = peer.receive_starting("SIP/2.0 200");
    EXPECT_NE(header_of(answered, "Allow").find("REFER"), std::string::npos);
    EXPECT_NE(header_of(answered, "Accept").find("application/sdp"), std::string::npos);
    EXPECT_NE(header_of(answered, "Supported").find("replaces"), std::string::npos);
}

TEST_F(Transfers, a_mailbox_tells_unasked) {
    RawPeer peer(there_.udp_port());
    const std::string head =
        with(with(replaced(kInvite, "INVITE", "NOTIFY"), "$VIA", peer.address().to_string()), "$ID", "mwi");
    const std::string notify =
        replaced(head.substr(0, head.find("\n\n") + 2), "application/sdp",
                 "application/simple-message-summary") +
        "Messages-Waiting: yes\nMessage-Account: sip:100@mail.test\nVoice-Message: 2/8 (1/0)\n";
    peer.send(with_line(notify, "Event: message-summary\nSubscription-State: active"));
    EXPECT_FALSE(peer.receive_starting("SIP/2.0 200").empty());
    const auto told = there.next(What::mailbox);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->mailbox.account, "100");
    EXPECT_EQ(told->mailbox.new_messages, 2);
    peer.send(replaced(with_line(notify, "Event: presence"), "mwi", "mwx"));
    EXPECT_EQ(header_of(peer.receive_starting("SIP/2.0 489"), "Allow-Events"), "message-summary");
}

TEST_F(Transfers, a_mailbox_is_subscribed_to_and_left) {
    RawPeer peer(here_.udp_port());
    const std::string server = "sip:100@" + peer.address().to_string();
    here_.watch_mailboxes({{"carrier", "sip:100@carrier.test", server, "", "", ""}});
    const std::string subscribe = peer.receive_starting("SUBSCRIBE");
    EXPECT_EQ(header_of(subscribe, "Event"), "message-summary");
    EXPECT_EQ(header_of(subscribe, "Accept"), "application/simple-message-summary");
    peer.send(response_to(subscribe, "200 OK", "Expires: 3600\nContact: <sip:100@$ME>\n"));
    const std::string from = header_of(subscribe, "From");
    peer.send(
        "NOTIFY sip:$ME SIP/2.0\nVia: SIP/2.0/UDP $ME;branch=z9hG4bKn1\nMax-Forwards: 70\n"
        "From: <sip:100@carrier.test>;tag=called\nTo: " +
        from + "\nCall-ID: " + header_of(subscribe, "Call-ID") +
        "\nCSeq: 1 NOTIFY\nContact: <sip:100@$ME>\n"
        "Event: message-summary\nSubscription-State: active;expires=3600\n"
        "Content-Type: application/simple-message-summary\n$LENGTH\n\n"
        "Messages-Waiting: no\n");
    const auto told = here.next(What::mailbox);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->mailbox.trunk, "carrier");
    EXPECT_EQ(told->mailbox.account, "100");
    EXPECT_FALSE(told->mailbox.waiting);
    here_.watch_mailboxes({});
    EXPECT_EQ(header_of(peer.receive_starting("SUBSCRIBE"), "Expires"), "0");
}

TEST_F(Transfers, a_description_in_parts_is_found_and_what_must_be_understood_is_not_passed_over) {
    RawPeer peer(there_.udp_port());
    const auto parts = [&](const std::string& id, const std::string& handling) {
        std::string text = with(with(kInvite, "$VIA", peer.address().to_string()), "$ID", id);
        const auto end = text.find("\n\n") + 2;
        const std::string sdp = text.substr(end);
        text = replaced(text.substr(0, end), "application/sdp", "multipart/mixed;boundary=\"b 1\"");
        return text + "--b 1\nContent-Type: application/x-odd\nContent-Disposition: render" + handling +
               "\n\nodd\n--b 1\nContent-Type: application/sdp\n\n" + sdp + "--b 1--\n";
    };
    peer.send(parts("p1", ";handling=optional"));
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    EXPECT_EQ(invited->text.substr(0, 5), "v=0\r\n");
    EXPECT_EQ(invited->text.find("--b"), std::string::npos);
    there_.end(invited->dialog, {EndCause::busy, Side::browser, {}, {}});
    peer.send(parts("p2", ""));
    EXPECT_NE(header_of(peer.receive_starting("SIP/2.0 415"), "Accept").find("application/sdp"),
              std::string::npos);
}

}  // namespace
}  // namespace causeway::sip::test
