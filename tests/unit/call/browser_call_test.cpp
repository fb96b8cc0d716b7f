#include "call_fixture.hpp"

namespace causeway::call {
namespace {

TEST_F(CallTest, a_page_is_answered_before_any_telephone_rings) {
    happens(alice_calls("911"));
    ASSERT_NE(asked<OpenMedia>(), nullptr);
    EXPECT_EQ(asked<Invite>(), nullptr);

    happens(media_opened());
    ASSERT_NE(told<http::Answer>(kPage), nullptr);
    EXPECT_EQ(told<http::Answer>(kPage)->sdp, "v=0 answer");
    EXPECT_EQ(asked<Invite>(), nullptr) << "the browser has not yet shown that it holds its certificate";

    happens(MediaConnected{});
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_EQ(asked<Invite>()->invite.request_uri, "sip:911@192.0.2.9");
}

TEST_F(CallTest, the_caller_is_who_logged_in_whatever_the_page_says) {
    browser_call_up_to_invite();
    EXPECT_EQ(asked<Invite>()->invite.from_uri, "sip:+12155551212@gw.example;user=phone");
    EXPECT_TRUE(asked<Invite>()->invite.headers.empty()) << "an untrusted trunk gets no P-Asserted-Identity";
}

TEST_F(CallTest, a_trusted_trunk_gets_the_asserted_identity) {
    identity.trunks["carrier"].trust.trusted = true;
    identity.trunks["carrier"].trust.pai_out = identity::OutboundPai::send;
    browser_call_up_to_invite();
    const std::vector<sip::Header> expected{
        {"P-Asserted-Identity", "<sip:+12155551212@gw.example;user=phone>, <tel:+12155551212>"}};
    EXPECT_EQ(asked<Invite>()->invite.headers, expected);
}

TEST_F(CallTest, a_trunk_with_an_account_gets_its_credentials_ready) {
    browser_call_up_to_invite();
    EXPECT_FALSE(asked<Invite>()->invite.credentials) << "this trunk has no account";

    config->trunks.front().username = "gw";
    config->trunks.front().password = "secret";
    config->trunks.front().realm = "carrier.example";
    reset();
    browser_call_up_to_invite();
    const sip::DigestCredentials expected{"gw", "secret", "carrier.example"};
    EXPECT_EQ(asked<Invite>()->invite.credentials, expected);
}

TEST_F(CallTest, the_record_holds_the_call_id_of_the_invite) {
    browser_call_up_to_invite();
    const std::string expected = to_string(call.id) + "@gw.example";
    EXPECT_EQ(asked<Invite>()->invite.sip_call_id, expected);
    happens(SipEnded{from_sip_status(486, "Busy Here")});
    happens(MediaClosed{});
    ASSERT_NE(asked<WriteRecord>(), nullptr);
    EXPECT_EQ(asked<WriteRecord>()->record.sip_call_id, expected);
}

TEST_F(CallTest, the_external_address_stands_in_the_invite) {
    config->media.external_address = "203.0.113.5";
    browser_call_up_to_invite();
    const std::string& sdp = asked<Invite>()->invite.sdp;
    EXPECT_NE(sdp.find("c=IN IP4 203.0.113.5\r\n"), std::string::npos) << sdp;
    EXPECT_NE(sdp.find("m=audio 20000 "), std::string::npos) << sdp;
    EXPECT_EQ(sdp.find("127.0.0.1"), std::string::npos) << sdp;
}

TEST_F(CallTest, the_trunks_codecs_are_offered_in_its_order) {
    config->trunks.front().codecs = {sdp::Codec::pcma, sdp::Codec::pcmu};
    browser_call_up_to_invite();
    const std::string& sdp = asked<Invite>()->invite.sdp;
    EXPECT_NE(sdp.find("m=audio 20000 RTP/AVP 8 0"), std::string::npos) << sdp;
}

TEST_F(CallTest, the_browser_is_answered_with_the_configured_codecs) {
    config->media.browser_codecs = {sdp::Codec::pcma, sdp::Codec::opus};
    happens(alice_calls("911"));
    ASSERT_NE(asked<OpenMedia>(), nullptr);
    EXPECT_EQ(asked<OpenMedia>()->browser_codecs, config->media.browser_codecs);
}

TEST_F(CallTest, a_call_lasts_no_longer_than_allowed) {
    config->limits.call_duration = std::chrono::seconds(77);
    browser_call_up_to_talking();
    ASSERT_NE(asked<ArmTimer>(), nullptr);
    EXPECT_EQ(asked<ArmTimer>()->kind, TimerKind::duration);
    EXPECT_EQ(asked<ArmTimer>()->after, std::chrono::seconds(77));

    happens(TimerFired{TimerKind::duration});
    ASSERT_NE(told<http::Ended>(kPage), nullptr);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "over-limit");
    EXPECT_EQ(told<http::Ended>(kPage)->by, "gateway");
    ASSERT_NE(asked<EndDialog>(), nullptr);
    EXPECT_EQ(asked<EndDialog>()->reason.cause, EndCause::over_limit);
}

TEST_F(CallTest, a_page_hears_that_the_gateway_is_too_busy_for_its_call) {
    overloaded = true;
    happens(alice_calls("911"));
    EXPECT_EQ(asked<CheckCaller>(), nullptr);
    EXPECT_EQ(asked<OpenMedia>(), nullptr);
    ASSERT_NE(told<http::Ended>(kPage), nullptr);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "overloaded");
    EXPECT_EQ(told<http::Ended>(kPage)->sip_status, 503);
    ASSERT_NE(asked<WriteRecord>(), nullptr);
    EXPECT_EQ(asked<WriteRecord>()->record.reason.cause, EndCause::overloaded);
    EXPECT_NE(asked<Retire>(), nullptr);
}

TEST_F(CallTest, the_trunks_levels_reach_the_media_in_their_directions) {
    config->trunks[0].sound.to_trunk = {.gain_db = -3, .high_pass = false, .agc = false};
    config->trunks[0].sound.from_trunk = {.gain_db = 6, .high_pass = true, .agc = true};
    browser_call_up_to_talking();
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    const transcode::BridgePlan& plan = asked<ConnectMedia>()->plan;
    EXPECT_EQ(plan.browser_to_sip.level, (transcode::LevelSettings{-3, false, false}));
    EXPECT_EQ(plan.sip_to_browser.level, (transcode::LevelSettings{6, true, true}));

    happens(SipReoffer{kPhoneSdp});
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(asked<ConnectMedia>()->plan.sip_to_browser.level.gain_db, 6) << "also after a re-INVITE";
}

TEST_F(CallTest, calls_that_run_are_not_ended_by_load) {
    browser_call_up_to_invite();
    overloaded = true;
    happens(SipAnswered{kPhoneSdp});
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(CallTest, nothing_of_the_browsers_description_reaches_sip) {
    browser_call_up_to_invite();
    const std::string& sdp = asked<Invite>()->invite.sdp;
    for (const char* secret : {"fingerprint", "ice-", "candidate", "identity", "msid", "ssrc", "61:E3"}) {
        EXPECT_EQ(sdp.find(secret), std::string::npos) << secret;
    }
}

TEST_F(CallTest, ringing_answer_and_hang_up_are_told_to_the_page) {
    browser_call_up_to_invite();
    happens(SipProgress{180, ""});
    EXPECT_NE(told<http::Ringing>(kPage), nullptr);

    happens(SipAnswered{kPhoneSdp});
    EXPECT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_NE(told<http::Answered>(kPage), nullptr);
    EXPECT_EQ(call.phase, Phase::talking);

    happens(PageHungUp{kPage});
    ASSERT_NE(asked<EndDialog>(), nullptr);
    EXPECT_EQ(asked<EndDialog>()->reason.cause, EndCause::hangup);
    EXPECT_NE(asked<CloseMedia>(), nullptr);
    EXPECT_EQ(asked<WriteRecord>(), nullptr) << "the last figures are still to come";

    happens(MediaClosed{});
    ASSERT_NE(asked<WriteRecord>(), nullptr);
    EXPECT_EQ(asked<WriteRecord>()->record.reason.by, Side::browser);
    EXPECT_NE(asked<Retire>(), nullptr);
}

TEST_F(CallTest, early_media_is_heard_before_the_answer) {
    browser_call_up_to_invite();
    happens(SipProgress{183, kPhoneSdp});
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_FALSE(asked<ConnectMedia>()->answered) << "nobody has answered: the microphone stays here";
    EXPECT_NE(told<http::Early>(kPage), nullptr);
    happens(SipProgress{183, kPhoneSdp});
    EXPECT_EQ(asked<ConnectMedia>(), nullptr) << "a repeated 183 changes nothing";
}

TEST_F(CallTest, a_page_that_gives_up_before_the_answer_cancels) {
    browser_call_up_to_invite();
    happens(PageHungUp{kPage});
    EXPECT_EQ(asked<EndDialog>()->reason.cause, EndCause::cancelled);
}

TEST_F(CallTest, a_refusal_of_the_telephone_reaches_the_page_with_its_status) {
    browser_call_up_to_invite();
    happens(SipEnded{from_sip_status(486, "Busy Here")});
    const auto* ended = told<http::Ended>(kPage);
    ASSERT_NE(ended, nullptr);
    EXPECT_EQ(ended->reason, "busy");
    EXPECT_EQ(ended->by, "sip");
    EXPECT_EQ(ended->sip_status, 486);
    EXPECT_EQ(asked<EndDialog>(), nullptr) << "that dialog is over already";
}

TEST_F(CallTest, an_answer_that_cannot_be_used_ends_the_call_with_bad_offer) {
    browser_call_up_to_invite();
    happens(SipAnswered{"not an SDP"});
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "bad-offer");
    EXPECT_EQ(asked<EndDialog>()->reason.by, Side::sip);
}

TEST_F(CallTest, an_offer_that_cannot_be_used_is_refused_with_its_fault) {
    auto placed = alice_calls("911");
    placed.sdp = "v=0\r\n";
    happens(placed);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "bad-offer");
    EXPECT_NE(asked<Retire>(), nullptr);
    EXPECT_EQ(asked<OpenMedia>(), nullptr);
}

TEST_F(CallTest, a_number_without_a_route_is_not_found) {
    happens(alice_calls("1234"));
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "not-found");
    EXPECT_EQ(told<http::Ended>(kPage)->id, to_string(call.id)) << "as in the log and the record";
    EXPECT_EQ(asked<WriteRecord>()->record.to, "1234");
}

TEST_F(CallTest, a_guest_may_call_only_what_guests_may_call) {
    auto placed = alice_calls("911");
    placed.caller = {"", true, "7000", ""};
    happens(placed);
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "forbidden");
}

TEST_F(CallTest, control_characters_in_the_number_are_refused) {
    happens(alice_calls("9\r\nP-Asserted-Identity: <sip:boss@gw.example>"));
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "bad-request");
    EXPECT_EQ(asked<Invite>(), nullptr);
}

TEST_F(CallTest, characters_that_mean_something_in_a_uri_are_refused) {
    for (const char* number : {"9@evil", "9;maddr=evil", "9?Subject=x", "9%0d", "9 x", "9\"", " ", ""}) {
        reset();
        happens(alice_calls(number));
        EXPECT_EQ(told<http::Ended>(kPage)->reason, "bad-request") << number;
    }
}

TEST_F(CallTest, a_number_may_be_written_with_visual_separators) {
    config::Route abroad;
    abroad.to = "+49*";
    abroad.target = config::RouteTarget::trunk;
    abroad.target_name = "carrier";
    config->routes.push_back(abroad);
    dial_plan = std::make_unique<routing::DialPlan>(*config);
    happens(alice_calls("+49 (30) 12-34"));
    happens(media_opened());
    happens(MediaConnected{});
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_EQ(asked<Invite>()->invite.request_uri, "sip:+49301234@192.0.2.9");
}

TEST_F(CallTest, the_hash_key_is_escaped) {
    happens(alice_calls("9*21#"));
    happens(media_opened());
    happens(MediaConnected{});
    EXPECT_EQ(asked<Invite>()->invite.request_uri, "sip:9*21%23@192.0.2.9");
}

TEST_F(CallTest, limits_refuse_with_a_reason) {
    running_calls = config->limits.calls;
    happens(alice_calls("911"));
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "over-limit");
}

TEST_F(CallTest, a_gateway_that_stops_takes_no_call) {
    shutting_down = true;
    happens(alice_calls("911"));
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "shutting-down");
}

TEST_F(CallTest, a_browser_that_never_connects_ends_without_an_invite) {
    happens(alice_calls("911"));
    happens(media_opened());
    happens(TimerFired{TimerKind::connecting});
    EXPECT_EQ(told<http::Ended>(kPage)->reason, "ice-failed");
    EXPECT_EQ(asked<EndDialog>(), nullptr);
}

TEST_F(CallTest, a_media_worker_that_stays_silent_does_not_keep_the_record) {
    browser_call_up_to_talking();
    happens(PageHungUp{kPage});
    happens(TimerFired{TimerKind::closing});
    EXPECT_NE(asked<WriteRecord>(), nullptr);
    EXPECT_NE(asked<Retire>(), nullptr);
}

TEST_F(CallTest, hold_and_resume_by_the_telephone_are_answered) {
    browser_call_up_to_talking();
    std::string hold = kPhoneSdp;
    hold += "a=sendonly\r\n";
    happens(SipReoffer{hold});
    ASSERT_NE(asked<AnswerReoffer>(), nullptr);
    EXPECT_NE(asked<AnswerReoffer>()->sdp.find("a=recvonly"), std::string::npos);
    EXPECT_NE(asked<ConnectMedia>(), nullptr);
    happens(SipReoffer{"nonsense"});
    EXPECT_EQ(asked<RefuseReoffer>()->status, 488);
    EXPECT_EQ(call.phase, Phase::talking) << "the call goes on as before";
}

TEST_F(CallTest, digits_cross_both_ways) {
    browser_call_up_to_talking();
    happens(PageDigit{kPage, '5', 120});
    EXPECT_EQ(asked<SendDigit>()->digit, '5');
    happens(MediaDigit{'7', 100});
    EXPECT_EQ(told<http::DigitReceived>(kPage)->digit, '7');
    happens(SipDigit{'#', 100});
    EXPECT_EQ(told<http::DigitReceived>(kPage)->digit, '#');
}

TEST_F(CallTest, another_page_cannot_touch_the_call) {
    browser_call_up_to_talking();
    for (const Event& event :
         {Event{PageHungUp{kOtherPage}}, Event{PageGone{kOtherPage}}, Event{PageDigit{kOtherPage, '1', 100}},
          Event{PageCandidate{kOtherPage, "x"}}}) {
        happens(event);
        EXPECT_TRUE(actions.empty());
    }
}

}  // namespace
}  // namespace causeway::call
