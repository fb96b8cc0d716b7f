// A call's browser leg against a controlling peer: every way to connect that the gateway offers.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <thread>

#include "core/base/log.hpp"
#include "core/base/unique_fd.hpp"
#include "tests/integration/webrtc/leg_fixture.hpp"

namespace causeway::test {
namespace {

using namespace std::chrono_literals;

TEST_F(BrowserLegTest, full_ice_connects_and_sound_goes_both_ways) {
    connect();
    talk();
    EXPECT_EQ(leg->srtp_profile(), "SRTP_AEAD_AES_128_GCM");
    EXPECT_TRUE(listener.failures.empty());
}

TEST_F(BrowserLegTest, lite_ice_connects_and_sound_goes_both_ways) {
    settings.ice_lite = true;
    connect();
    EXPECT_NE(answer.find("a=ice-lite"), std::string::npos);
    talk();
}

TEST_F(BrowserLegTest, as_dtls_server_the_leg_waits_for_the_browser) {
    settings.preferred_role = webrtc::DtlsRole::server;
    connect();
    EXPECT_NE(answer.find("a=setup:passive"), std::string::npos);
    talk();
}

TEST_F(BrowserLegTest, as_dtls_client_the_leg_begins) {
    settings.preferred_role = webrtc::DtlsRole::client;
    connect();
    EXPECT_NE(answer.find("a=setup:active"), std::string::npos);
    talk();
}

TEST_F(BrowserLegTest, an_offer_that_fixes_its_dtls_role_is_obeyed) {
    settings.preferred_role = webrtc::DtlsRole::client;
    peer_settings.setup = "active";
    connect();
    EXPECT_NE(answer.find("a=setup:passive"), std::string::npos);
    talk();
}

TEST_F(BrowserLegTest, each_srtp_profile_carries_sound) {
    for (const std::string profile :
         {"SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM", "SRTP_AES128_CM_SHA1_80"}) {
        for (const auto role : {webrtc::DtlsRole::client, webrtc::DtlsRole::server}) {
            leg.reset();
            peer.reset();
            listener = {};
            settings.preferred_role = role;
            peer_settings.srtp_profiles = profile;
            connect();
            EXPECT_EQ(leg->srtp_profile(), profile);
            talk();
        }
    }
}

TEST_F(BrowserLegTest, rtcp_goes_both_ways_on_the_same_port) {
    connect();
    // An empty receiver report (RFC 3550 §6.4.2).
    const Bytes from_browser{0x80, 201, 0, 1, 0, 0, 0, 1};
    const Bytes from_gateway{0x80, 201, 0, 1, 0, 0, 0, 2};
    peer->send_rtcp(from_browser);
    ASSERT_TRUE(leg->send_rtcp(from_gateway));
    ASSERT_TRUE(run_until([this] { return !listener.heard_rtcp.empty() && !peer->heard_rtcp.empty(); }));
    EXPECT_EQ(listener.heard_rtcp.front(), from_browser);
    EXPECT_EQ(peer->heard_rtcp.front(), from_gateway);
}

TEST_F(BrowserLegTest, candidates_that_trickle_in_later_connect) {
    peer_settings.trickle = true;
    make_peer();
    std::vector<std::string> trickled;
    peer->on_candidate = [&](const std::string& candidate) { trickled.push_back(candidate); };
    negotiate();
    ASSERT_TRUE(run_until([&] { return !trickled.empty() && trickled.back().empty(); }));
    for (const std::string& candidate : trickled) leg->add_remote_candidate(candidate);
    ASSERT_TRUE(run_until([this] { return both_connected(); })) << failure();
    talk();
}

TEST_F(BrowserLegTest, a_browser_that_hides_all_its_candidates_is_found_by_its_checks) {
    peer_settings.trickle = true;
    negotiate();
    leg->add_remote_candidate(
        "candidate:1 1 udp 2113937151 6c9ad2a4-3a1f-4d5e-9d3e-0b7d7fbb0c11.local 51234 typ host");
    leg->add_remote_candidate("");
    ASSERT_TRUE(run_until([this] { return both_connected(); })) << failure();
    talk();
    EXPECT_EQ(count("ice_candidate_ignored"), 1U);
}

TEST_F(BrowserLegTest, once_connected_the_agent_lets_its_thread_sleep) {
    // The page never says which candidate was its last.
    peer_settings.trickle = true;
    connect();
    talk();
    peer.reset();
    run_for(500ms);
    int rounds = 0;
    const Instant end = std::chrono::steady_clock::now() + 1s;
    while (std::chrono::steady_clock::now() < end) {
        loop.run_once(1s);
        ++rounds;
    }
    EXPECT_LT(rounds, 15);
}

TEST_F(BrowserLegTest, a_candidate_that_comes_after_the_connection_does_no_harm) {
    peer_settings.trickle = true;
    connect();
    run_for(500ms);
    leg->add_remote_candidate("candidate:7 1 udp 2113937151 127.0.0.1 9 typ host");
    leg->add_remote_candidate("");
    run_for(500ms);
    EXPECT_TRUE(listener.failures.empty());
    talk();
}

TEST_F(BrowserLegTest, a_page_that_takes_its_time_with_the_answer_still_connects) {
    peer_settings.trickle = true;
    make_leg();
    make_peer();
    const auto offer = webrtc::parse_offer(peer->offer());
    ASSERT_TRUE(offer);
    const auto started = leg->start(*offer, {sdp::Codec::opus}, Ssrc{77}, "causeway");
    ASSERT_TRUE(started);
    leg->add_remote_candidate("");
    // Longer than libnice waits before it calls an agent without remote candidates failed.
    run_for(7s);
    EXPECT_TRUE(listener.failures.empty());
    peer->accept(started->sdp);
    ASSERT_TRUE(run_until([this] { return both_connected(); })) << failure();
    talk();
}

TEST_F(BrowserLegTest, ipv6_connects) {
    settings.bind_addresses = {"::1"};
    peer_settings.addresses = {"::1"};
    connect();
    talk();
}

TEST_F(BrowserLegTest, bound_to_everything_the_loopback_addresses_are_offered_too) {
    leg = std::make_unique<webrtc::BrowserLeg>(loop, settings, gateway_certificate(), counters, CallId{1},
                                               listener);
    connect();
    EXPECT_NE(answer.find(" 127.0.0.1 "), std::string::npos);
    EXPECT_NE(answer.find(" ::1 "), std::string::npos);
    talk();
}

TEST_F(BrowserLegTest, ports_come_from_the_configured_range) {
    // Below the kernel's own choice, so that no other test's sockets are there.
    settings.port_min = 17400;
    settings.port_max = 17419;
    connect();
    const std::size_t at = answer.find(" 127.0.0.1 174");
    ASSERT_NE(at, std::string::npos) << answer;
    const int port = std::stoi(answer.substr(at + 11));
    EXPECT_GE(port, 17400);
    EXPECT_LE(port, 17419);
}

TEST_F(BrowserLegTest, a_full_port_range_is_an_error_and_no_crash) {
    const UniqueFd taken(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const SocketAddress any_port = SocketAddress::parse("127.0.0.1", 0).value();
    ASSERT_EQ(::bind(taken.get(), any_port.data(), any_port.size()), 0);
    sockaddr_storage bound{};
    socklen_t size = sizeof bound;
    ASSERT_EQ(::getsockname(taken.get(), reinterpret_cast<sockaddr*>(&bound), &size), 0);
    settings.port_min = settings.port_max = SocketAddress(reinterpret_cast<sockaddr*>(&bound)).port();
    make_leg();
    make_peer();
    const auto offer = webrtc::parse_offer(peer->offer());
    ASSERT_TRUE(offer);
    const auto refused = leg->start(*offer, {sdp::Codec::opus}, Ssrc{1}, "a");
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().detail.find("no free UDP port"), std::string::npos);
}

TEST_F(BrowserLegTest, workers_share_one_certificate) {
    struct Worker final : BrowserLegTest {
        void TestBody() override {
            for (int call = 0; call < 5; ++call) {
                leg.reset();
                peer.reset();
                listener = {};
                connect();
                talk();
            }
        }
    };
    // As in main: the log is there before its users' threads are.
    EXPECT_FALSE(log::enabled(log::Level::debug));
    std::array<Worker, 3> workers;
    std::vector<std::jthread> threads;
    for (Worker& worker : workers) threads.emplace_back([&worker] { worker.TestBody(); });
}

TEST_F(BrowserLegTest, nothing_is_sent_before_the_leg_is_connected) {
    negotiate();
    EXPECT_FALSE(leg_sends(1, "too early"));
    EXPECT_FALSE(leg->send_rtcp(Bytes{0x80, 201, 0, 1, 0, 0, 0, 2}));
    EXPECT_EQ(count("webrtc_send_before_connected"), 2U);
    EXPECT_EQ(leg->srtp_profile(), "");
}

TEST_F(BrowserLegTest, an_offer_without_common_codec_is_an_error) {
    make_leg();
    make_peer();
    const auto offer = webrtc::parse_offer(peer->offer());
    ASSERT_TRUE(offer);
    EXPECT_FALSE(leg->start(*offer, {sdp::Codec::g722}, Ssrc{1}, "a"));
}

TEST_F(BrowserLegTest, the_browsers_close_notify_ends_the_leg_as_a_hangup) {
    connect();
    peer->close_dtls();
    ASSERT_TRUE(run_until([this] { return !listener.failures.empty(); }));
    EXPECT_EQ(listener.failures.front().cause, EndCause::hangup);
    EXPECT_EQ(listener.failures.front().by, Side::browser);
}

TEST_F(BrowserLegTest, consent_is_asked_for_and_a_browser_that_answers_stays) {
    connect();
    // The first check goes out at once, the second within 6 s.
    run_for(7s);
    EXPECT_TRUE(listener.failures.empty());
    EXPECT_EQ(count("ice_bad_consent_answer"), 0U);
    EXPECT_EQ(count("ice_bad_check"), 0U);
    talk();
}

TEST_F(BrowserLegTest, a_browser_that_vanishes_is_noticed_within_about_thirty_seconds) {
    connect();
    peer.reset();
    const Instant gone = std::chrono::steady_clock::now();
    ASSERT_TRUE(run_until([this] { return !listener.failures.empty(); }, 35s));
    const Duration took = std::chrono::steady_clock::now() - gone;
    EXPECT_EQ(listener.failures.front().cause, EndCause::ice_failed);
    EXPECT_GT(took, 20s);
    EXPECT_EQ(listener.failures.size(), 1U);
}

}  // namespace
}  // namespace causeway::test
