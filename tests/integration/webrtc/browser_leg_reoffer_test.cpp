// Further offers of a browser in a running call: ICE restarts, holds, and what is refused.
#include "tests/integration/webrtc/leg_fixture.hpp"

namespace causeway::test {
namespace {

const std::vector<sdp::Codec> kCodecs{sdp::Codec::opus, sdp::Codec::pcmu};

std::string value_of(const std::string& sdp, std::string_view name) {
    const auto begin = sdp.find(name);
    return begin == std::string::npos ? "" : sdp.substr(begin, sdp.find("\r\n", begin) - begin);
}

class ReofferTest : public BrowserLegTest {
  protected:
    Result<webrtc::BrowserAnswer> reoffer(const std::string& sdp) {
        const auto offer = webrtc::parse_offer(sdp);
        EXPECT_TRUE(offer);
        return leg->reoffer(*offer, kCodecs);
    }
    void restart() {
        peer->restart_ice();
        auto answered = reoffer(peer->offer());
        ASSERT_TRUE(answered) << answered.error().detail;
        second = answered->sdp;
        peer->accept_again(second);
    }
    /// Packets each way, numbered from `first`, until both sides heard one.
    void talk_from(std::uint16_t first) {
        const auto heard = listener.heard.size();
        const auto peer_heard = peer->heard.size();
        std::uint16_t number = first;
        ASSERT_TRUE(run_until([&] {
            peer->send_rtp(number, "from the browser");
            leg_sends(number++, "from the gateway");
            return listener.heard.size() > heard && peer->heard.size() > peer_heard;
        }));
    }

    std::string second;
};

TEST_F(ReofferTest, new_credentials_find_a_new_path_and_keep_the_keys) {
    connect();
    talk();
    restart();
    EXPECT_NE(value_of(second, "a=ice-ufrag:"), value_of(answer, "a=ice-ufrag:"));
    EXPECT_NE(value_of(second, "a=ice-pwd:"), value_of(answer, "a=ice-pwd:"));
    EXPECT_EQ(value_of(second, "a=fingerprint:"), value_of(answer, "a=fingerprint:"));
    EXPECT_EQ(value_of(second, "a=setup:"), value_of(answer, "a=setup:"));
    talk_from(10);
    // The old path goes two seconds after the new one stands.
    run_for(std::chrono::milliseconds(3500));
    talk_from(1000);
    EXPECT_EQ(listener.connected, 1) << "it was never gone";
    EXPECT_TRUE(listener.failures.empty());
}

TEST_F(ReofferTest, lite_ice_restarts_too) {
    settings.ice_lite = true;
    connect();
    restart();
    run_for(std::chrono::milliseconds(3000));
    talk_from(10);
    EXPECT_TRUE(listener.failures.empty());
}

TEST_F(ReofferTest, sound_is_sent_over_the_old_path_until_the_browser_has_the_answer) {
    connect();
    peer->restart_ice();
    ASSERT_TRUE(reoffer(peer->offer()));
    ASSERT_TRUE(leg_sends(1, "from the gateway"));
    run_for(std::chrono::milliseconds(300));
    ASSERT_TRUE(leg_sends(2, "from the gateway"));
    EXPECT_TRUE(listener.failures.empty());
}

TEST_F(ReofferTest, the_same_credentials_change_only_the_description) {
    connect();
    std::string hold = peer->offer();
    hold.replace(hold.find("a=sendrecv"), 10, "a=inactive");
    const auto answered = reoffer(hold);
    ASSERT_TRUE(answered) << answered.error().detail;
    EXPECT_EQ(value_of(answered->sdp, "a=ice-ufrag:"), value_of(answer, "a=ice-ufrag:"));
    EXPECT_EQ(answered->agreed.direction, sdp::Direction::inactive);
    EXPECT_NE(answered->sdp.find("a=inactive"), std::string::npos);
    // RFC 3264 §8: the same session, one version later.
    const std::string first = value_of(answer, "o=- ");
    std::string next = first;
    next.replace(next.find(" 1 IN"), 5, " 2 IN");
    EXPECT_EQ(value_of(answered->sdp, "o=- "), next);
    talk();
}

TEST_F(ReofferTest, another_certificate_is_refused_and_the_call_goes_on) {
    connect();
    const webrtc::Certificate other;
    PeerSettings strange;
    strange.announced = &other;
    WebrtcPeer stranger(loop, browser_certificate(), strange);
    const auto refused = reoffer(stranger.offer());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("fingerprint"), std::string::npos);
    talk();
}

TEST_F(ReofferTest, another_dtls_role_is_refused) {
    connect();
    std::string offer = peer->offer();
    offer.replace(offer.find("a=setup:actpass"), 15, "a=setup:passive");
    EXPECT_FALSE(reoffer(offer));
    talk();
}

TEST_F(ReofferTest, an_offer_without_a_codec_of_ours_leaves_all_as_it_was) {
    connect();
    peer->restart_ice();
    const auto offer = webrtc::parse_offer(peer->offer());
    ASSERT_TRUE(offer);
    EXPECT_FALSE(leg->reoffer(*offer, {sdp::Codec::g722}));
    ASSERT_TRUE(leg_sends(1, "from the gateway"));
}

TEST_F(ReofferTest, restarts_that_follow_too_fast_are_refused) {
    connect();
    restart();
    peer->restart_ice();
    EXPECT_FALSE(reoffer(peer->offer()));
    run_for(std::chrono::milliseconds(300));
    EXPECT_TRUE(reoffer(peer->offer()));
}

}  // namespace
}  // namespace causeway::test
