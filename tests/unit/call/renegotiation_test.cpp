// Offers inside a call: the page holds and resumes, the telephone does, and what became of them is told.
#include "call_fixture.hpp"

namespace causeway::call {
namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string phone_sdp(const std::string& direction) {
    return std::string(kPhoneSdp) + "a=" + direction + "\r\n";
}

std::string browser_offer(const std::string& direction) {
    std::string offer = kBrowserOffer;
    return offer.replace(offer.find("a=sendrecv"), std::string("a=sendrecv").size(), "a=" + direction);
}

class Renegotiation : public CallTest {
  protected:
    /// The page's media goes on with that direction.
    MediaReoffered reoffered(const std::string& direction) {
        MediaReoffered event;
        event.answer = media_opened().answer;
        event.answer.agreed = webrtc::parse_offer(browser_offer(direction)).value().audio;
        return event;
    }
    void page_changes_to(const std::string& direction) {
        happens(PageReoffer{kPage, browser_offer(direction)});
        ASSERT_NE(asked<ReofferMedia>(), nullptr);
        happens(reoffered(direction));
    }
};

TEST_F(Renegotiation, a_page_that_holds_makes_the_telephone_hear_of_it) {
    browser_call_up_to_talking();
    page_changes_to("inactive");
    EXPECT_NE(told<http::Answer>(kPage), nullptr);
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_TRUE(has(asked<Reoffer>()->sdp, "a=inactive"));
    happens(SipReofferAnswered{phone_sdp("inactive")});
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(asked<ConnectMedia>()->sip_remote.direction, sdp::Direction::inactive);
    EXPECT_EQ(told<http::Held>(kPage), nullptr) << "it was the page itself";
}

TEST_F(Renegotiation, a_page_that_resumes_offers_the_same_streams_in_a_newer_version) {
    browser_call_up_to_talking();
    page_changes_to("inactive");
    const std::string held = asked<Reoffer>()->sdp;
    happens(SipReofferAnswered{phone_sdp("inactive")});
    page_changes_to("sendrecv");
    ASSERT_NE(asked<Reoffer>(), nullptr);
    const std::string resumed = asked<Reoffer>()->sdp;
    EXPECT_TRUE(has(resumed, "a=sendrecv"));
    const auto media = [](const std::string& sdp) {
        return sdp.substr(sdp.find("m="), sdp.find("a=ptime") - sdp.find("m="));
    };
    EXPECT_EQ(media(held), media(resumed)) << "RFC 3264 §8.3.2: payload types keep their meaning";
    EXPECT_NE(held.substr(0, held.find("s=")), resumed.substr(0, resumed.find("s=")));
    happens(SipReofferAnswered{phone_sdp("sendrecv")});
    EXPECT_EQ(asked<ConnectMedia>()->sip_remote.direction, sdp::Direction::sendrecv);
}

TEST_F(Renegotiation, an_offer_that_changes_nothing_for_sip_is_the_browsers_own_affair) {
    browser_call_up_to_talking();
    page_changes_to("sendrecv");
    EXPECT_NE(told<http::Answer>(kPage), nullptr);
    EXPECT_EQ(asked<Reoffer>(), nullptr);
}

TEST_F(Renegotiation, a_hold_before_the_answer_is_told_after_it) {
    browser_call_up_to_invite();
    page_changes_to("inactive");
    EXPECT_EQ(asked<Reoffer>(), nullptr);
    happens(SipAnswered{kPhoneSdp});
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_TRUE(has(asked<Reoffer>()->sdp, "a=inactive"));
}

TEST_F(Renegotiation, an_offer_that_cannot_be_read_or_met_changes_nothing) {
    browser_call_up_to_talking();
    happens(PageReoffer{kPage, "v=0"});
    EXPECT_EQ(asked<ReofferMedia>(), nullptr);
    ASSERT_NE(told<http::ProtocolError>(kPage), nullptr);
    happens(MediaReofferRefused{"Not now."});
    ASSERT_NE(told<http::ProtocolError>(kPage), nullptr);
    EXPECT_EQ(told<http::ProtocolError>(kPage)->field, "sdp");
    EXPECT_EQ(call.phase, Phase::talking);
}

TEST_F(Renegotiation, another_page_of_the_user_cannot_change_the_call) {
    browser_call_up_to_talking();
    happens(PageReoffer{kOtherPage, browser_offer("inactive")});
    EXPECT_TRUE(actions.empty());
}

TEST_F(Renegotiation, the_page_hears_that_the_telephone_holds_and_resumes_once_each) {
    phone_call_up_to_talking();
    happens(SipReoffer{phone_sdp("sendonly")});
    ASSERT_NE(asked<AnswerReoffer>(), nullptr);
    EXPECT_TRUE(has(asked<AnswerReoffer>()->sdp, "a=recvonly"));
    ASSERT_NE(told<http::Held>(kPage), nullptr);
    EXPECT_TRUE(told<http::Held>(kPage)->on);
    happens(SipReoffer{phone_sdp("sendonly")});
    EXPECT_EQ(told<http::Held>(kPage), nullptr) << "only refreshed";
    happens(SipReoffer{phone_sdp("sendrecv")});
    ASSERT_NE(told<http::Held>(kPage), nullptr);
    EXPECT_FALSE(told<http::Held>(kPage)->on);
}

TEST_F(Renegotiation, both_may_hold_and_one_resumes_before_the_other) {
    browser_call_up_to_talking();
    page_changes_to("inactive");
    happens(SipReofferAnswered{phone_sdp("inactive")});
    happens(SipReoffer{phone_sdp("sendonly")});
    EXPECT_TRUE(has(asked<AnswerReoffer>()->sdp, "a=inactive")) << "the page still holds";
    page_changes_to("sendrecv");
    happens(SipReofferAnswered{phone_sdp("sendonly")});
    ASSERT_NE(told<http::Held>(kPage), nullptr);
    EXPECT_TRUE(told<http::Held>(kPage)->on) << "now it shows that the telephone holds, too";
}

TEST_F(Renegotiation, a_telephone_that_refuses_is_asked_again_by_the_next_change) {
    browser_call_up_to_talking();
    page_changes_to("inactive");
    happens(SipReofferRefused{488});
    EXPECT_EQ(call.phase, Phase::talking);
    page_changes_to("inactive");
    EXPECT_NE(asked<Reoffer>(), nullptr);
}

TEST_F(Renegotiation, a_held_call_that_came_from_sip_keeps_the_telephones_payload_types) {
    happens(phone_calls("+12155551212",
                        "v=0\r\no=p 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
                        "m=video 9 RTP/AVP 31\r\n"
                        "m=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\n"));
    happens(PageAccepted{kPage, kBrowserOffer});
    happens(media_opened());
    happens(MediaConnected{});
    ASSERT_EQ(call.phase, Phase::talking);
    page_changes_to("inactive");
    ASSERT_NE(asked<Reoffer>(), nullptr);
    const std::string& sdp = asked<Reoffer>()->sdp;
    EXPECT_TRUE(has(sdp, "m=video 0")) << "RFC 3264 §8: as many streams as before";
    EXPECT_TRUE(has(sdp, "RTP/AVP 0 96")) << sdp;
}

TEST_F(Renegotiation, an_update_before_the_answer_is_answered_and_outlives_an_answer_without_a_description) {
    browser_call_up_to_invite();
    happens(SipProgress{183, kPhoneSdp});
    std::string elsewhere = kPhoneSdp;
    elsewhere.replace(elsewhere.find("4000"), 4, "6000");
    happens(SipReoffer{elsewhere});
    ASSERT_NE(asked<AnswerReoffer>(), nullptr);
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_FALSE(asked<ConnectMedia>()->answered) << "still early media";
    happens(SipAnswered{""});
    EXPECT_EQ(call.phase, Phase::talking);
    ASSERT_NE(asked<ConnectMedia>(), nullptr);
    EXPECT_EQ(asked<ConnectMedia>()->sip_remote.rtp.port(), 6000);
}

TEST_F(Renegotiation, an_offer_while_pages_ring_is_put_off) {
    phone_call_up_to_ringing();
    happens(SipReoffer{kPhoneSdp});
    ASSERT_NE(asked<RefuseReoffer>(), nullptr);
    EXPECT_EQ(asked<RefuseReoffer>()->status, 491);
}

TEST_F(Renegotiation, options_of_the_trunk_go_with_the_call_in_both_directions) {
    auto changed = std::make_shared<config::Config>(*config);
    changed->sip.session_expires = std::chrono::seconds(600);
    changed->trunks[0].reliability = config::Reliability::required;
    config = changed;
    dial_plan = std::make_unique<routing::DialPlan>(*config);
    reset();
    browser_call_up_to_invite();
    ASSERT_NE(asked<Invite>(), nullptr);
    EXPECT_EQ(asked<Invite>()->invite.options.reliability, sip::Reliability::required);
    EXPECT_EQ(asked<Invite>()->invite.options.session_expires, std::chrono::seconds(600));
    reset();
    phone_call_up_to_ringing();
    ASSERT_NE(asked<SetDialogOptions>(), nullptr);
    EXPECT_EQ(asked<SetDialogOptions>()->options.reliability, sip::Reliability::required);
}

TEST_F(Renegotiation, one_offer_is_made_at_a_time_and_the_latest_wish_follows) {
    browser_call_up_to_talking();
    page_changes_to("inactive");
    EXPECT_NE(asked<Reoffer>(), nullptr);
    page_changes_to("sendrecv");
    EXPECT_EQ(asked<Reoffer>(), nullptr);
    happens(SipReofferAnswered{phone_sdp("inactive")});
    ASSERT_NE(asked<Reoffer>(), nullptr);
    EXPECT_TRUE(has(asked<Reoffer>()->sdp, "a=sendrecv"));
    happens(SipReofferRefused{488});
    EXPECT_EQ(asked<Reoffer>(), nullptr) << "not the same again";
}

}  // namespace
}  // namespace causeway::call
