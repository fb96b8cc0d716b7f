// What a broken network or an enemy does to a browser leg: it is counted, and the call goes on or ends with
// one reason.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <filesystem>

#include "core/base/unique_fd.hpp"
#include "tests/integration/webrtc/leg_fixture.hpp"

namespace causeway::test {
namespace {

using namespace std::chrono_literals;

std::size_t open_descriptors() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

bool is_dtls(const Bytes& datagram) {
    return !datagram.empty() && datagram[0] >= 20 && datagram[0] <= 63;
}

/// The port of the answer's candidate on 127.0.0.1.
std::uint16_t port_of(const std::string& answer) {
    constexpr std::string_view address = " 127.0.0.1 ";
    const std::size_t at = answer.find(address, answer.find("a=candidate:"));
    return static_cast<std::uint16_t>(std::stoi(answer.substr(at + address.size())));
}

class Stranger {
  public:
    explicit Stranger(std::uint16_t port) : target_(SocketAddress::parse("127.0.0.1", port).value()) {}
    void send(const Bytes& datagram) {
        ::sendto(socket_.get(), datagram.data(), datagram.size(), 0, target_.data(), target_.size());
    }

    /// Where its datagrams come from, after the first.
    std::uint16_t port() const {
        sockaddr_storage own{};
        socklen_t size = sizeof own;
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&own), &size);
        return SocketAddress(reinterpret_cast<const sockaddr*>(&own)).port();
    }

  private:
    UniqueFd socket_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    SocketAddress target_;
};

TEST_F(BrowserLegTest, a_wrong_certificate_fails_the_call_and_no_media_is_heard) {
    const dtls::Certificate other;
    peer_settings.announced = &other;
    for (const auto role : {webrtc::DtlsRole::client, webrtc::DtlsRole::server}) {
        leg.reset();
        peer.reset();
        listener = {};
        settings.preferred_role = role;
        negotiate();
        peer->let_in = [this](const Bytes&) {
            // As soon as the peer has keys it speaks, whatever the leg thinks of its certificate.
            if (peer->connected()) peer->send_rtp(1, "unwanted");
            return true;
        };
        ASSERT_TRUE(run_until([this] { return !listener.failures.empty(); }));
        run_for(300ms);
        ASSERT_EQ(listener.failures.size(), 1U);
        EXPECT_EQ(listener.failures.front().cause, EndCause::dtls_failed);
        EXPECT_NE(listener.failures.front().detail.find("fingerprint"), std::string::npos);
        EXPECT_EQ(listener.connected, 0);
        EXPECT_TRUE(listener.heard.empty());
    }
}

TEST_F(BrowserLegTest, media_that_overtakes_the_handshake_is_held_and_then_heard) {
    // The peer is the DTLS server: it has its keys before the leg has.
    settings.preferred_role = webrtc::DtlsRole::client;
    make_peer();
    std::vector<Bytes> held;
    peer->let_out = [&](const Bytes& datagram) {
        if (!peer->connected() && held.empty() && datagram.size() > 4 && datagram[0] != 20) return true;
        held.push_back(datagram);
        return false;
    };
    negotiate();
    ASSERT_TRUE(run_until([&] { return peer->connected(); })) << failure();
    EXPECT_EQ(listener.connected, 0);
    for (std::uint16_t i = 0; i < 20; ++i) peer->send_rtp(i, std::to_string(i));
    ASSERT_TRUE(run_until([this] { return count("webrtc_early_packet_dropped") == 4; }));
    EXPECT_TRUE(listener.heard.empty());

    peer->let_out = nullptr;
    for (const Bytes& datagram : held) peer->send_raw(datagram);
    ASSERT_TRUE(run_until([this] { return listener.heard.size() == 16; })) << failure();
    EXPECT_EQ(listener.connected, 1);
    EXPECT_EQ(listener.heard.front(), "0");
    EXPECT_EQ(listener.heard.back(), "15");
}

TEST_F(BrowserLegTest, a_replayed_packet_is_heard_once_and_counted) {
    connect();
    const Bytes packet = peer->protected_rtp(7, "once");
    for (int i = 0; i < 3; ++i) peer->send_raw(packet);
    peer->send_rtp(8, "next");
    ASSERT_TRUE(run_until([this] { return listener.heard.size() == 2; }));
    EXPECT_EQ(listener.heard, (std::vector<std::string>{"once", "next"}));
    EXPECT_EQ(count("srtp_replay"), 2U);
}

TEST_F(BrowserLegTest, a_packet_changed_on_its_way_is_counted_and_not_heard) {
    connect();
    Bytes packet = peer->protected_rtp(7, "original");
    packet[14] ^= 1;
    peer->send_raw(packet);
    peer->send_rtp(8, "next");
    ASSERT_TRUE(run_until([this] { return !listener.heard.empty(); }));
    EXPECT_EQ(listener.heard, std::vector<std::string>{"next"});
    EXPECT_EQ(count("srtp_auth_failure"), 1U);
}

TEST_F(BrowserLegTest, garbage_from_strangers_is_counted_and_the_call_goes_on) {
    connect();
    Stranger stranger(port_of(answer));
    std::uint64_t random = 88172645463325252ULL;
    const auto next = [&] {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        return random;
    };
    for (int i = 0; i < 2000; ++i) {
        Bytes garbage(next() % 200);
        for (auto& byte : garbage) byte = static_cast<std::uint8_t>(next());
        stranger.send(garbage);
        if (i % 20 == 0) loop.run_once(1ms);
    }
    ASSERT_TRUE(run_until([&] { return count("ice_wrong_source") == 2000; })) << count("ice_wrong_source");
    talk();
    EXPECT_TRUE(listener.failures.empty());
}

TEST_F(BrowserLegTest, garbage_from_the_browser_itself_is_counted_and_the_call_goes_on) {
    connect();
    peer->send_raw({1, 2, 3});
    peer->send_raw({70, 1, 2, 3});
    peer->send_raw({200, 1, 2, 3});
    peer->send_raw(Bytes(1400, 0x80));
    peer->send_raw(Bytes(1400, 22));
    peer->send_raw({0x80});
    talk();
    EXPECT_EQ(count("ice_not_stun"), 1U);
    EXPECT_GE(count("webrtc_unknown_datagram"), 2U);
    EXPECT_TRUE(listener.failures.empty());
}

TEST_F(BrowserLegTest, media_with_a_strangers_source_address_is_not_heard) {
    connect();
    Stranger stranger(port_of(answer));
    stranger.send(peer->protected_rtp(5, "stolen"));
    ASSERT_TRUE(run_until([this] { return count("ice_wrong_source") == 1; }));
    talk();
}

TEST_F(BrowserLegTest, media_from_another_candidate_of_the_browser_is_heard) {
    connect();
    Stranger other_socket(port_of(answer));
    other_socket.send({0x80});
    ASSERT_TRUE(run_until([this] { return count("ice_wrong_source") == 1; })) << "not yet a candidate";
    leg->add_remote_candidate("candidate:9 1 udp 1 127.0.0.1 " + std::to_string(other_socket.port()) +
                              " typ host");
    other_socket.send(peer->protected_rtp(5, "on a pair not nominated"));
    ASSERT_TRUE(run_until([this] { return !listener.heard.empty(); }));
    EXPECT_EQ(listener.heard.front(), "on a pair not nominated");
    EXPECT_EQ(count("ice_wrong_source"), 1U);
}

TEST_F(BrowserLegTest, lost_handshake_datagrams_are_sent_again) {
    for (const auto role : {webrtc::DtlsRole::client, webrtc::DtlsRole::server}) {
        leg.reset();
        peer.reset();
        listener = {};
        settings.preferred_role = role;
        make_peer();
        int out = 0;
        int in = 0;
        // Every first and third datagram of the handshake is lost, both ways.
        peer->let_out = [&](const Bytes&) { return ++out % 2 == 0 || out > 4; };
        peer->let_in = [&](const Bytes& datagram) { return !is_dtls(datagram) || ++in % 2 == 0 || in > 4; };
        connect();
        talk();
        EXPECT_GT(out, 1);
        EXPECT_GT(in, 1);
    }
}

TEST_F(BrowserLegTest, useless_candidates_are_counted_and_harmless) {
    negotiate();
    const std::vector<std::string> useless{
        "candidate:1 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active",
        "candidate:1 2 udp 2113937150 127.0.0.1 40000 typ host",
        "candidate:1 1 udp 2113937151 example.local 40000 typ host",
        "candidate:1 1 udp 2113937151 example.com 40000 typ host",
        "candidate:1 1 udp 2113937151 127.0.0.1 0 typ host",
        "candidate:",
        std::string(100'000, 'x'),
        std::string("candidate:1 1 udp 1 127.0.0.1 4000 typ host\0\r\n", 47),
    };
    for (const std::string& candidate : useless) leg->add_remote_candidate(candidate);
    EXPECT_EQ(count("ice_candidate_ignored"), useless.size());
    ASSERT_TRUE(run_until([this] { return both_connected(); })) << failure();
}

TEST_F(BrowserLegTest, only_so_many_candidates_are_taken) {
    negotiate();
    for (int i = 0; i < 1000; ++i) {
        leg->add_remote_candidate("candidate:1 1 udp 2113937151 127.0.0.1 " + std::to_string(20000 + i) +
                                  " typ host");
    }
    EXPECT_GE(count("ice_candidate_over_limit"), 900U);
    ASSERT_TRUE(run_until([this] { return both_connected(); })) << failure();
}

TEST_F(BrowserLegTest, legs_destroyed_in_any_state_leak_no_descriptor) {
    connect();
    leg.reset();
    peer.reset();
    listener = {};
    const std::size_t before = open_descriptors();
    for (int rounds = 0; rounds < 60; ++rounds) {
        for (const bool lite : {false, true}) {
            settings.ice_lite = lite;
            make_leg();
            make_peer();
            if (rounds % 10 != 0) negotiate();
            for (int i = 0; i < rounds; ++i) loop.run_once(2ms);
            leg.reset();
            peer.reset();
            listener = {};
        }
    }
    EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace causeway::test
