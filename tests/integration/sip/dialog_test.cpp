// Inside a dialog, and requests that belong to none, by a peer that writes its messages by hand.
#include <string>

#include "raw_messages.hpp"

namespace causeway::sip::test {
namespace {

class Dialogs : public TwoAgents {
  protected:
    RawCall call(RawPeer& peer) {
        return call_by_hand(peer, there, "call" + std::to_string(calls_++), [this](const Seen& invited) {
            there_.accept(invited.dialog, sdp_named("answer"));
        });
    }
    static std::string body_of(const std::string& message) {
        return message.substr(message.find("\r\n\r\n") + 4);
    }

    int calls_ = 0;
};

TEST_F(Dialogs, an_offer_in_a_reinvite_is_answered) {
    RawPeer peer(there_.udp_port());
    const RawCall made = call(peer);
    ASSERT_TRUE(there.next(What::acknowledged));
    peer.send(inside(made, peer, "INVITE", 2));
    const auto offered = there.next(What::reoffer);
    ASSERT_TRUE(offered);
    EXPECT_EQ(offered->dialog, made.dialog);
    EXPECT_NE(offered->text.find("s=raw"), std::string::npos);
    there_.answer_reoffer(made.dialog, sdp_named("second"));
    const std::string answer = peer.receive_starting("SIP/2.0 200");
    EXPECT_EQ(body_of(answer), sdp_named("second"));
    EXPECT_NE(header_of(answer, "Contact"), "");
    peer.send(without_body(inside(made, peer, "ACK", 2)));
    EXPECT_TRUE(there.next(What::acknowledged));
}

TEST_F(Dialogs, an_offer_in_a_reinvite_is_refused_and_the_call_goes_on) {
    RawPeer peer(there_.udp_port());
    const RawCall made = call(peer);
    ASSERT_TRUE(there.next(What::acknowledged));
    peer.send(inside(made, peer, "INVITE", 2));
    ASSERT_TRUE(there.next(What::reoffer));
    there_.refuse_reoffer(made.dialog, 488);
    const std::string refusal = peer.receive_starting("SIP/2.0 488");
    EXPECT_TRUE(header_of(refusal, "Reason").starts_with("Q.850;cause=65")) << refusal;
    EXPECT_EQ(there.count(What::ended), 0U);
    EXPECT_EQ(there_.dialog_count(), 1U);
    peer.send(without_body(inside(made, peer, "BYE", 3)));
    EXPECT_NE(peer.receive_starting("SIP/2.0 200"), "");
    EXPECT_TRUE(there.next(What::ended));
}

TEST_F(Dialogs, a_reinvite_that_is_taken_back_leaves_the_call_as_it_was) {
    RawPeer peer(there_.udp_port());
    const RawCall made = call(peer);
    ASSERT_TRUE(there.next(What::acknowledged));
    const std::string reinvite = inside(made, peer, "INVITE", 2);
    peer.send(reinvite);
    ASSERT_TRUE(there.next(What::reoffer));
    peer.send(replaced(replaced(without_body(reinvite), "INVITE sip", "CANCEL sip"), "2 INVITE", "2 CANCEL"));
    const std::string refused = peer.receive_starting("SIP/2.0 487");
    EXPECT_NE(refused, "");
    peer.send(replaced(replaced(without_body(reinvite), "INVITE sip", "ACK sip"), "2 INVITE", "2 ACK"));
    there_.answer_reoffer(made.dialog, sdp_named("too late"));
    peer.send(inside(made, peer, "INVITE", 3));
    EXPECT_TRUE(there.next(What::reoffer)) << "the next offer is not heard";
    there_.answer_reoffer(made.dialog, sdp_named("third"));
    EXPECT_EQ(body_of(peer.receive_starting("SIP/2.0 200")), sdp_named("third"));
    EXPECT_EQ(there.count(What::ended), 0U);
    EXPECT_EQ(there_.dialog_count(), 1U);
}

TEST_F(Dialogs, a_second_offer_while_one_is_open_is_told_to_wait) {
    RawPeer peer(there_.udp_port());
    const RawCall made = call(peer);
    ASSERT_TRUE(there.next(What::acknowledged));
    peer.send(inside(made, peer, "UPDATE", 2));
    ASSERT_TRUE(there.next(What::reoffer));
    peer.send(inside(made, peer, "UPDATE", 3));
    EXPECT_NE(header_of(peer.receive_starting("SIP/2.0 500"), "Retry-After"), "") << "RFC 3311 §5.2";
    there_.answer_reoffer(made.dialog, sdp_named("second"));
    EXPECT_EQ(body_of(peer.receive_starting("SIP/2.0 200")), sdp_named("second"));
}

TEST_F(Dialogs, an_update_without_offer_only_refreshes) {
    RawPeer peer(there_.udp_port());
    const RawCall made = call(peer);
    ASSERT_TRUE(there.next(What::acknowledged));
    peer.send(without_body(inside(made, peer, "UPDATE", 2)));
    EXPECT_NE(peer.receive_starting("SIP/2.0 200"), "");
    EXPECT_EQ(there.count(What::reoffer), 0U);
}

TEST_F(Dialogs, a_late_offer_is_ours_and_the_answer_comes_with_the_ack) {
    RawPeer peer(there_.udp_port());
    const RawCall made = call_by_hand(
        peer, there, "late",
        [this](const Seen& invited) {
            EXPECT_EQ(invited.text, "");
            there_.accept(invited.dialog, sdp_named("our-offer"));
        },
        without_body(kInvite), "Content-Type: application/sdp\n$LENGTH\n\nv=0\ns=their-answer\n");
    EXPECT_EQ(body_of(made.answer), sdp_named("our-offer"));
    const auto acknowledged = there.next(What::acknowledged);
    ASSERT_TRUE(acknowledged);
    EXPECT_EQ(acknowledged->text, "v=0\r\ns=their-answer\r\n");
}

TEST_F(Dialogs, keys_pressed_arrive_by_info) {
    RawPeer peer(there_.udp_port());
    const RawCall made = call(peer);
    ASSERT_TRUE(there.next(What::acknowledged));
    const std::string info = inside(made, peer, "INFO", 2);
    const std::string head = replaced(info.substr(0, info.find("\n\n") + 2), "application/sdp", "$TYPE");

    peer.send(replaced(head, "$TYPE", "application/dtmf-relay") + "Signal=5\nDuration=250\n");
    EXPECT_NE(peer.receive_starting("SIP/2.0 200"), "");
    auto digit = there.next(What::digit);
    ASSERT_TRUE(digit);
    EXPECT_EQ(digit->dialog, made.dialog);
    EXPECT_EQ(digit->text, "5");
    EXPECT_EQ(digit->number, 250);

    peer.send(replaced(replaced(replaced(head, "$TYPE", "application/dtmf"), "CSeq: 2", "CSeq: 3"), "INFO2",
                       "INFO3") +
              "#");
    EXPECT_NE(peer.receive_starting("SIP/2.0 200"), "");
    digit = there.next(What::digit);
    ASSERT_TRUE(digit);
    EXPECT_EQ(digit->text, "#");

    peer.send(
        replaced(replaced(replaced(head, "$TYPE", "text/plain"), "CSeq: 2", "CSeq: 4"), "INFO2", "INFO4") +
        "hello");
    EXPECT_NE(peer.receive_starting("SIP/2.0 415"), "");
}

TEST_F(Dialogs, the_reason_of_a_bye_is_told) {
    RawPeer peer(there_.udp_port());
    const RawCall made = call(peer);
    ASSERT_TRUE(there.next(What::acknowledged));
    const std::string bye = without_body(inside(made, peer, "BYE", 2));
    peer.send(with_line(bye, "Reason: Q.850;cause=31;text=\"Normal, \\\"unspecified\\\"\""));
    EXPECT_NE(peer.receive_starting("SIP/2.0 200"), "");
    const auto ended = there.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.cause, EndCause::hangup);
    EXPECT_EQ(ended->reason.by, Side::sip);
    EXPECT_EQ(ended->reason.detail, "Normal, \"unspecified\" (Q.850 31)");
    EXPECT_TRUE(becomes_empty(there_));
}

TEST_F(Dialogs, our_bye_carries_the_reason) {
    RawPeer peer(there_.udp_port());
    const RawCall made = call(peer);
    ASSERT_TRUE(there.next(What::acknowledged));
    there_.end(made.dialog,
               {.cause = EndCause::hangup, .by = Side::browser, .detail = "evil\r\nX: y", .sip_status = {}});
    const std::string bye = peer.receive_starting("BYE");
    EXPECT_EQ(header_of(bye, "Reason"), "Q.850;cause=16;text=\"The call was hung up.\"");
    EXPECT_EQ(bye.find("evil"), std::string::npos);
    peer.send(response_to(bye, "200 OK", ""));
    EXPECT_TRUE(becomes_empty(there_));
}

TEST_F(Dialogs, the_bye_after_an_answer_that_crossed_our_cancel_carries_the_reason) {
    RawPeer peer(here_.udp_port());
    const DialogId dialog = here_.invite(invite_to(peer.address().port(), "600"));
    const std::string invite = peer.receive_starting("INVITE");
    peer.send(response_to(invite, "180 Ringing", ""));
    ASSERT_TRUE(here.next(What::progress));
    here_.end(dialog, {.cause = EndCause::page_gone, .by = Side::browser, .detail = {}, .sip_status = {}});
    const std::string cancel = peer.receive_starting("CANCEL");
    EXPECT_TRUE(header_of(cancel, "Reason").starts_with("Q.850;cause=27")) << cancel;
    peer.send(response_to(invite, "200 OK", "Contact: <sip:x@$ME>\n"));
    peer.send(response_to(cancel, "481 Too late", ""));
    const std::string bye = peer.receive_starting("BYE");
    EXPECT_TRUE(header_of(bye, "Reason").starts_with("Q.850;cause=27")) << bye;
    peer.send(response_to(bye, "200 OK", ""));
    EXPECT_TRUE(becomes_empty(here_));
}

TEST_F(Dialogs, an_answer_that_is_ended_before_its_ack_says_bye_after_it) {
    RawPeer peer(there_.udp_port());
    call_by_hand(peer, there, "early-end", [this](const Seen& invited) {
        there_.accept(invited.dialog, sdp_named("answer"));
        there_.end(invited.dialog,
                   {.cause = EndCause::hangup, .by = Side::browser, .detail = {}, .sip_status = {}});
    });
    const std::string bye = peer.receive_starting("BYE");
    ASSERT_NE(bye, "");
    peer.send(response_to(bye, "200 OK", ""));
    EXPECT_TRUE(becomes_empty(there_));
    EXPECT_EQ(there.count(What::acknowledged), 0U);
}

TEST_F(Dialogs, requests_that_are_not_spoken_get_their_proper_status) {
    RawPeer peer(there_.udp_port());
    const std::string me = peer.address().to_string();
    const std::vector<std::pair<std::string, std::string>> expected{
        {"MESSAGE", "SIP/2.0 200"}, {"SUBSCRIBE", "SIP/2.0 489"}, {"NOTIFY", "SIP/2.0 489"},
        {"REFER", "SIP/2.0 403"},   {"REGISTER", "SIP/2.0 403"},  {"PUBLISH", "SIP/2.0 405"},
        {"PRACK", "SIP/2.0 481"},   {"FOO", "SIP/2.0 501"},       {"BYE", "SIP/2.0 481"},
        {"UPDATE", "SIP/2.0 481"},  {"CANCEL", "SIP/2.0 481"},    {"INFO", "SIP/2.0 481"},
        {"OPTIONS", "SIP/2.0 200"}};
    for (const auto& [method, status] : expected) {
        SCOPED_TRACE(method);
        std::string text = without_body(replaced(kInvite, "INVITE", method));
        peer.send(with(with(text, "$VIA", me), "$ID", "odd" + method));
        EXPECT_EQ(peer.receive().substr(0, 11), status);
    }
    EXPECT_EQ(there_.dialog_count(), 0U);
}

TEST_F(Dialogs, an_invite_that_requires_what_we_do_not_know_is_refused_with_420) {
    RawPeer peer(there_.udp_port());
    const std::string text = with_line(kInvite, "Require: nobody-knows");
    peer.send(with(with(text, "$VIA", peer.address().to_string()), "$ID", "require"));
    EXPECT_EQ(peer.receive().substr(0, 11), "SIP/2.0 420");
}

TEST_F(Dialogs, an_invite_with_a_body_that_is_no_sdp_is_refused_with_415) {
    RawPeer peer(there_.udp_port());
    const std::string text = replaced(kInvite, "application/sdp", "text/plain");
    peer.send(with(with(text, "$VIA", peer.address().to_string()), "$ID", "body"));
    const std::string answer = peer.receive_starting("SIP/2.0 415");
    EXPECT_EQ(header_of(answer, "Accept"), "application/sdp");
    EXPECT_EQ(header_of(answer, "Reason"), "Q.850;cause=88;text=\"Only application/sdp is understood.\"");
    EXPECT_EQ(there.count(What::invite), 0U);
}

TEST_F(Dialogs, only_what_is_spoken_is_promised) {
    RawPeer peer(here_.udp_port());
    here_.invite(invite_to(peer.address().port(), "600"));
    const std::string invite = peer.receive_starting("INVITE");
    EXPECT_NE(invite.find("\r\nSupported: timer\r\n"), std::string::npos) << invite;
    EXPECT_EQ(header_of(invite, "Supported"), "replaces, norefersub");
    EXPECT_EQ(header_of(invite, "Session-Expires"), "");
    EXPECT_EQ(header_of(invite, "Allow"),
              "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, MESSAGE, REGISTER, "
              "SUBSCRIBE");
    EXPECT_EQ(header_of(invite, "User-Agent"), "Causeway test");
    EXPECT_EQ(header_of(invite, "From").substr(0, 47),
              "\"The \\\"Caller\\\"\" <sip:caller@gateway.test>;tag=");
    EXPECT_EQ(header_of(invite, "To"), "<sip:600@gateway.test>");
}

TEST_F(Dialogs, the_stack_itself_follows_no_redirection) {
    RawPeer peer(here_.udp_port());
    RawPeer elsewhere(here_.udp_port());
    here_.invite(invite_to(peer.address().port(), "600"));
    const std::string invite = peer.receive_starting("INVITE");
    peer.send(response_to(invite, "302 Moved", "Contact: <sip:x@" + elsewhere.address().to_string() + ">\n"));
    EXPECT_TRUE(here.next(What::redirected));
    EXPECT_EQ(elsewhere.receive(std::chrono::milliseconds(100)), "");
}

TEST_F(Dialogs, a_refusal_that_asks_to_come_again_is_a_refusal) {
    RawPeer peer(here_.udp_port());
    here_.invite(invite_to(peer.address().port(), "600"));
    const std::string invite = peer.receive_starting("INVITE");
    peer.send(response_to(invite, "503 Busy", "Retry-After: 1\n"));
    const auto ended = here.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.sip_status, 503);
}

TEST_F(Dialogs, a_digest_challenge_is_answered_once) {
    RawPeer trunk(here_.udp_port());
    OutboundInvite wanted = invite_to(trunk.address().port(), "600");
    wanted.credentials = DigestCredentials{.username = "user", .password = "secret", .realm = ""};
    here_.invite(wanted);
    const std::string first = trunk.receive_starting("INVITE");
    EXPECT_EQ(header_of(first, "Authorization"), "");
    const std::string challenge = "WWW-Authenticate: Digest realm=\"trunk\", nonce=\"abc\", algorithm=MD5\n";
    trunk.send(response_to(first, "401 Unauthorized", challenge));
    const std::string second = trunk.receive_starting("INVITE");
    const std::string credentials = header_of(second, "Authorization");
    EXPECT_NE(credentials.find("username=\"user\""), std::string::npos);
    EXPECT_NE(credentials.find("realm=\"trunk\""), std::string::npos);
    EXPECT_EQ(second.find("secret"), std::string::npos);
    trunk.send(response_to(second, "401 Unauthorized", challenge));
    const auto ended = here.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.cause, EndCause::forbidden);
    EXPECT_EQ(ended->reason.sip_status, 401);
    EXPECT_TRUE(becomes_empty(here_));
}

TEST_F(Dialogs, a_proxy_and_the_server_behind_it_both_get_their_credentials) {
    RawPeer trunk(here_.udp_port());
    OutboundInvite wanted = invite_to(trunk.address().port(), "600");
    wanted.credentials = DigestCredentials{.username = "user", .password = "secret", .realm = "server"};
    wanted.more_credentials = {{.username = "front", .password = "other", .realm = "proxy"}};
    here_.invite(wanted);
    const std::string first = trunk.receive_starting("INVITE");
    const std::string by_proxy = "Proxy-Authenticate: Digest realm=\"proxy\", nonce=\"abc\", algorithm=MD5\n";
    trunk.send(response_to(first, "407 Proxy Authentication Required", by_proxy));
    const std::string second = trunk.receive_starting("INVITE");
    EXPECT_NE(header_of(second, "Proxy-Authorization").find("username=\"front\""), std::string::npos)
        << second;
    EXPECT_EQ(header_of(second, "Authorization"), "");
    const std::string by_server =
        "WWW-Authenticate: Digest realm=\"server\", nonce=\"def\", algorithm=SHA-256, "
        "qop=\"auth\"\n";
    trunk.send(response_to(second, "401 Unauthorized", by_server));
    const std::string third = trunk.receive_starting("INVITE");
    EXPECT_NE(header_of(third, "Proxy-Authorization").find("username=\"front\""), std::string::npos) << third;
    EXPECT_NE(header_of(third, "Authorization").find("username=\"user\""), std::string::npos) << third;
    // The same one again is a refusal.
    trunk.send(response_to(third, "401 Unauthorized", by_server));
    const auto ended = here.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.sip_status, 401);
    EXPECT_TRUE(becomes_empty(here_));
}

TEST_F(Dialogs, one_answer_serves_two_challenges_that_come_at_once) {
    RawPeer trunk(here_.udp_port());
    OutboundInvite wanted = invite_to(trunk.address().port(), "600");
    wanted.credentials = DigestCredentials{.username = "user", .password = "secret", .realm = ""};
    here_.invite(wanted);
    const std::string first = trunk.receive_starting("INVITE");
    trunk.send(response_to(first, "401 Unauthorized",
                           "WWW-Authenticate: Digest realm=\"server\", nonce=\"def\", algorithm=MD5\n"
                           "Proxy-Authenticate: Digest realm=\"proxy\", nonce=\"abc\", algorithm=MD5\n"));
    const std::string second = trunk.receive_starting("INVITE");
    EXPECT_NE(header_of(second, "Proxy-Authorization").find("realm=\"proxy\""), std::string::npos) << second;
    EXPECT_NE(header_of(second, "Authorization").find("realm=\"server\""), std::string::npos) << second;
}

TEST_F(Dialogs, a_stale_nonce_is_answered_with_the_new_one) {
    RawPeer trunk(here_.udp_port());
    OutboundInvite wanted = invite_to(trunk.address().port(), "600");
    wanted.credentials = DigestCredentials{.username = "user", .password = "secret", .realm = ""};
    here_.invite(wanted);
    const std::string first = trunk.receive_starting("INVITE");
    trunk.send(response_to(first, "401 Unauthorized",
                           "WWW-Authenticate: Digest realm=\"server\", nonce=\"old\", algorithm=MD5\n"));
    const std::string second = trunk.receive_starting("INVITE");
    trunk.send(
        response_to(second, "401 Unauthorized",
                    "WWW-Authenticate: Digest realm=\"server\", nonce=\"new\", stale=true, algorithm=MD5\n"));
    const std::string third = trunk.receive_starting("INVITE");
    EXPECT_NE(header_of(third, "Authorization").find("nonce=\"new\""), std::string::npos) << third;
}

TEST_F(Dialogs, a_challenge_of_another_realm_or_without_credentials_is_a_refusal) {
    for (const bool with_credentials : {false, true}) {
        RawPeer trunk(here_.udp_port());
        OutboundInvite wanted = invite_to(trunk.address().port(), "600");
        if (with_credentials) {
            wanted.credentials = DigestCredentials{.username = "user", .password = "secret", .realm = "ours"};
        }
        here_.invite(wanted);
        const std::string first = trunk.receive_starting("INVITE");
        trunk.send(response_to(first, "407 Proxy Authentication Required",
                               "Proxy-Authenticate: Digest realm=\"theirs\", nonce=\"abc\"\n"));
        const auto ended = here.next(What::ended);
        ASSERT_TRUE(ended);
        EXPECT_EQ(ended->reason.sip_status, 407);
        EXPECT_TRUE(becomes_empty(here_));
    }
}

TEST(SipUa, the_external_address_stands_in_contact_and_via) {
    Counters counters;
    SipRecorder heard;
    SipUaSettings settings = loopback_settings();
    settings.external_address = "203.0.113.7";
    SipUa agent(settings, counters, heard);
    RawPeer peer(agent.udp_port());
    agent.invite(invite_to(peer.address().port(), "600"));
    const std::string invite = peer.receive_starting("INVITE");
    EXPECT_NE(header_of(invite, "Via").find("203.0.113.7:" + std::to_string(agent.udp_port())),
              std::string::npos);
    EXPECT_NE(header_of(invite, "Contact").find("203.0.113.7:" + std::to_string(agent.udp_port())),
              std::string::npos);
    EXPECT_EQ(invite.substr(0, invite.find("\r\n\r\n")).find("maddr"), std::string::npos) << invite;
}

TEST(SipUa, ipv6_calls_work_alike) {
    Counters counters;
    SipRecorder here;
    SipRecorder there;
    SipUaSettings settings = loopback_settings();
    settings.listen_udp = {*SocketAddress::parse("::1", 0)};
    settings.listen_tcp = settings.listen_udp;
    SipUa caller(settings, counters, here);
    SipUa called(settings, counters, there);
    OutboundInvite invite = invite_to(called.udp_port(), "600");
    invite.request_uri = "sip:600@[::1]:" + std::to_string(called.udp_port()) + ";transport=udp";
    caller.invite(invite);
    const auto invited = there.next(What::invite);
    ASSERT_TRUE(invited);
    EXPECT_EQ(invited->invite.source.ip(), "::1");
    called.accept(invited->dialog, sdp_named("answer"));
    EXPECT_TRUE(here.next(What::answered));
    EXPECT_TRUE(there.next(What::acknowledged));
}

}  // namespace
}  // namespace causeway::sip::test
