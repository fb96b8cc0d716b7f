#include "call_fixture.hpp"

namespace causeway::call {
namespace {

TEST_F(CallTest, all_pages_of_the_user_ring) {
    phone_call_up_to_ringing();
    ASSERT_NE(told<http::Incoming>(kPage), nullptr);
    ASSERT_NE(told<http::Incoming>(kOtherPage), nullptr);
    EXPECT_EQ(told<http::Incoming>(kPage)->from, "5551000");
    EXPECT_EQ(asked<Progress>()->status, 180);
}

TEST_F(CallTest, the_first_page_wins_and_the_others_are_told) {
    phone_call_up_to_ringing();
    happens(PageAccepted{kOtherPage, kBrowserOffer});
    EXPECT_NE(asked<OpenMedia>(), nullptr);
    ASSERT_NE(told<http::Ended>(kPage), nullptr);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "answered-elsewhere");

    happens(PageAccepted{kPage, kBrowserOffer});
    EXPECT_TRUE(actions.empty()) << "the second one comes too late";

    happens(media_opened());
    EXPECT_NE(told<http::Answer>(kOtherPage), nullptr);
    happens(MediaConnected{});
    ASSERT_NE(asked<Accept>(), nullptr);
    EXPECT_NE(asked<Accept>()->sdp.find("m=audio 20000 RTP/AVP 0"), std::string::npos);
    EXPECT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(CallTest, a_page_with_a_broken_offer_does_not_take_the_call_from_the_others) {
    phone_call_up_to_ringing();
    happens(PageAccepted{kPage, "v=0\r\n"});
    const auto* refused = told<http::ProtocolError>(kPage);
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->code, "bad-field");
    EXPECT_EQ(refused->field, "sdp");
    EXPECT_EQ(refused->call, to_string(call.id)) << "the name under which the page was asked";
    EXPECT_FALSE(refused->text.empty());
    EXPECT_EQ(call.phase, Phase::ringing);
}

TEST_F(CallTest, the_external_address_stands_in_the_200) {
    config->media.external_address = "203.0.113.5";
    phone_call_up_to_talking();
    ASSERT_NE(asked<Accept>(), nullptr);
    const std::string& sdp = asked<Accept>()->sdp;
    EXPECT_NE(sdp.find("c=IN IP4 203.0.113.5\r\n"), std::string::npos) << sdp;
    EXPECT_EQ(sdp.find("127.0.0.1"), std::string::npos) << sdp;
}

TEST_F(CallTest, declining_refuses_with_603) {
    phone_call_up_to_ringing();
    happens(PageDeclined{kPage});
    ASSERT_NE(asked<EndDialog>(), nullptr);
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 603);
    EXPECT_EQ(told<http::Ended>(kOtherPage)->reason, "declined");
    EXPECT_NE(asked<Retire>(), nullptr);
}

TEST_F(CallTest, nobody_answers_is_480_after_the_ring_time) {
    phone_call_up_to_ringing();
    happens(TimerFired{TimerKind::ringing});
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 480);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "no-answer");
}

TEST_F(CallTest, a_caller_that_cancels_stops_the_ringing) {
    phone_call_up_to_ringing();
    happens(SipEnded{{EndCause::cancelled, Side::sip, {}, {}}});
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "cancelled");
    EXPECT_EQ(told<http::Ended>(kOtherPage)->reason, "cancelled");
    EXPECT_EQ(asked<EndDialog>(), nullptr);
}

TEST_F(CallTest, the_last_page_that_leaves_makes_the_user_unavailable) {
    phone_call_up_to_ringing();
    happens(PageGone{kPage});
    EXPECT_EQ(call.phase, Phase::ringing);
    happens(PageGone{kOtherPage});
    EXPECT_EQ(asked<EndDialog>()->reason.cause, EndCause::unavailable);
}

TEST_F(CallTest, a_user_without_pages_is_unavailable) {
    pages.alice.clear();
    phone_call_up_to_ringing();
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 480);
}

TEST_F(CallTest, an_unknown_number_is_404) {
    happens(phone_calls("5550000"));
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 404);
}

TEST_F(CallTest, a_stranger_is_refused_with_403) {
    auto invited = phone_calls("+12155551212");
    invited.invite.source = SocketAddress::parse("198.51.100.1", 5060).value();
    happens(invited);
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 403);
    EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
}

TEST_F(CallTest, a_telephone_without_a_common_codec_is_488_and_rings_nowhere) {
    happens(phone_calls("+12155551212",
                        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
                        "m=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n"));
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 488);
    EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
}

TEST_F(CallTest, an_asserted_identity_from_an_untrusted_trunk_is_dropped) {
    auto invited = phone_calls("+12155551212");
    invited.invite.asserted_identity = "\"The Bank\" <sip:+18005551234@bank.example>";
    happens(invited);
    EXPECT_EQ(told<http::Incoming>(kPage)->from, "5551000");
}

TEST_F(CallTest, an_asserted_identity_from_a_trusted_trunk_is_shown) {
    identity.trunks["carrier"].trust.trusted = true;
    identity.trunks["carrier"].trust.pai_accepted = true;
    auto invited = phone_calls("+12155551212");
    invited.invite.asserted_identity = "\"The Bank\" <sip:+18005551234;npdi@bank.example>";
    happens(invited);
    EXPECT_EQ(told<http::Incoming>(kPage)->from, "+18005551234");
}

TEST_F(CallTest, a_caller_who_asked_for_privacy_is_anonymous_to_the_page) {
    identity.trunks["carrier"].trust.trusted = true;
    identity.trunks["carrier"].trust.pai_accepted = true;
    auto invited = phone_calls("+12155551212");
    invited.invite.privacy = "critical;id";
    invited.invite.from_display = "Secret Name";
    invited.invite.asserted_identity = "<tel:+18005551234>";
    happens(invited);
    EXPECT_EQ(told<http::Incoming>(kPage)->from, "anonymous");
    EXPECT_EQ(told<http::Incoming>(kPage)->from_display, "");
}

TEST_F(CallTest, a_late_offer_is_answered_with_ours_and_completed_by_the_ack) {
    happens(phone_calls("+12155551212", ""));
    happens(PageAccepted{kPage, kBrowserOffer});
    happens(media_opened());
    happens(MediaConnected{});
    ASSERT_NE(asked<Accept>(), nullptr);
    EXPECT_EQ(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(call.phase, Phase::confirming);
    happens(SipAcknowledged{kPhoneSdp});
    EXPECT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(CallTest, a_call_of_the_demo_exchange_reaches_the_guest_of_that_number) {
    config->demo.enabled = true;
    auto invited = phone_calls("7000");
    invited.invite.source = config->demo.listen;
    happens(invited);
    EXPECT_NE(told<http::Incoming>(SessionId{9}), nullptr);
}

TEST_F(CallTest, both_sides_can_hang_up) {
    phone_call_up_to_talking();
    happens(SipEnded{{EndCause::hangup, Side::sip, {}, {}}});
    EXPECT_EQ(told<http::Ended>(kPage)->by, "sip");
    EXPECT_NE(asked<CloseMedia>(), nullptr);
}

TEST_F(CallTest, a_user_whose_pages_have_all_their_calls_is_busy) {
    auto invited = phone_calls("+12155551212");
    invited.full_sessions = {kPage, kOtherPage};
    happens(invited);
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 486);
    EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
}

TEST_F(CallTest, a_telephone_is_refused_with_503_by_a_gateway_that_is_too_busy) {
    overloaded = true;
    happens(phone_calls("+12155551212"));
    EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
    ASSERT_NE(asked<EndDialog>(), nullptr);
    EXPECT_EQ(asked<EndDialog>()->reason.cause, EndCause::overloaded);
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 503);
    ASSERT_NE(asked<WriteRecord>(), nullptr);
    EXPECT_EQ(asked<WriteRecord>()->record.reason.cause, EndCause::overloaded);
    EXPECT_NE(asked<Retire>(), nullptr);
}

TEST_F(CallTest, a_call_that_rings_may_be_accepted_whatever_the_load) {
    phone_call_up_to_ringing();
    overloaded = true;
    happens(PageAccepted{kPage, kBrowserOffer});
    EXPECT_NE(asked<OpenMedia>(), nullptr);
}

TEST_F(CallTest, a_page_that_has_all_its_calls_does_not_ring) {
    auto invited = phone_calls("+12155551212");
    invited.full_sessions = {kPage};
    happens(invited);
    EXPECT_EQ(told<http::Incoming>(kPage), nullptr);
    EXPECT_NE(told<http::Incoming>(kOtherPage), nullptr);
}

TEST_F(CallTest, a_telephone_that_repeats_its_description_in_the_ack_goes_on_talking) {
    phone_call_up_to_talking();
    happens(SipAcknowledged{kPhoneSdp});
    EXPECT_TRUE(actions.empty());
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(CallTest, a_telephone_on_another_address_family_is_488) {
    std::string ipv6 = kPhoneSdp;
    ipv6.replace(ipv6.find("c=IN IP4 192.0.2.9"), 18, "c=IN IP6 2001:db8::9");
    happens(phone_calls("+12155551212", ipv6));
    EXPECT_EQ(sip_status(asked<EndDialog>()->reason), 488);
}

}  // namespace
}  // namespace causeway::call
