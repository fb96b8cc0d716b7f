// The SIP side's RTP sockets on loopback: learning, hold, RTCP's way, strangers, ports.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/base/counters.hpp"
#include "core/loop/event_loop.hpp"
#include "core/sdp/audio_media.hpp"
#include "sip/rtp/port_allocator.hpp"
#include "sip/rtp/sip_rtp_leg.hpp"

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;

class Heard : public SipRtpLegListener {
  public:
    void on_rtp(rtp::PacketBuffer& packet, Instant) override {
        rtp.emplace_back(packet.packet().begin(), packet.packet().end());
    }
    void on_rtcp(std::span<const std::uint8_t> packet, Instant) override {
        rtcp.emplace_back(packet.begin(), packet.end());
    }
    std::vector<std::vector<std::uint8_t>> rtp;
    std::vector<std::vector<std::uint8_t>> rtcp;
};

/// A peer's socket.
class Peer {
  public:
    explicit Peer(const char* ip = "127.0.0.1") {
        const auto wanted = *SocketAddress::parse(ip, 0);
        const int family = wanted.is_ipv6() ? AF_INET6 : AF_INET;
        fd_ = UniqueFd(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        EXPECT_EQ(::bind(fd_.get(), wanted.data(), wanted.size()), 0);
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
        address = SocketAddress(reinterpret_cast<sockaddr*>(&bound));
        const timeval patience{.tv_sec = 5, .tv_usec = 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    void send(const SocketAddress& to, std::span<const std::uint8_t> bytes) {
        EXPECT_GE(::sendto(fd_.get(), bytes.data(), bytes.size(), 0, to.data(), to.size()), 0);
    }
    std::size_t receive() {
        std::array<std::uint8_t, 2000> bytes;
        const auto got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
        return got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    SocketAddress address;

  private:
    UniqueFd fd_;
};

sdp::AudioMedia media_at(const SocketAddress& rtp) {
    sdp::AudioMedia media;
    media.rtp = rtp;
    return media;
}

sdp::AudioMedia media_at(const SocketAddress& rtp, sdp::Direction direction) {
    sdp::AudioMedia media = media_at(rtp);
    media.direction = direction;
    return media;
}

const std::vector<std::uint8_t> kRtp{0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xff, 0xff};
const std::vector<std::uint8_t> kRtcp{0x80, 201, 0, 1, 1, 2, 3, 4};

class SipRtpLegTest : public testing::Test {
  protected:
    void open(const char* ip = "127.0.0.1") {
        ports.emplace(*SocketAddress::parse(ip, 0), std::uint16_t{23000}, std::uint16_t{23999}, 0s);
        auto opened = SipRtpLeg::open(loop, *ports, counters, make_call_id(), heard);
        ASSERT_TRUE(opened);
        leg = std::move(*opened);
    }
    /// Turns the loop until `done`, at most 5 s.
    template <class Condition>
    bool turn_until(Condition done) {
        const auto deadline = std::chrono::steady_clock::now() + 5s;
        while (!done() && std::chrono::steady_clock::now() < deadline) loop.run_once(10ms);
        return done();
    }
    std::uint64_t counted(const std::string& name) { return counters.snapshot()[name]; }
    SocketAddress local_rtcp() const {
        return leg->local_rtp().with_port(static_cast<std::uint16_t>(leg->local_rtp().port() + 1));
    }
    /// As many packets as give a source its own socket, and ten more.
    void settle(Peer& peer) {
        const std::size_t before = heard.rtp.size();
        for (std::size_t n = 1; n <= 60; ++n) {
            peer.send(leg->local_rtp(), kRtp);
            ASSERT_TRUE(turn_until([&] { return heard.rtp.size() == before + n; }));
        }
    }
    /// How many of this process are bound there.
    static int sockets_on(const SocketAddress& address) {
        int count = 0;
        for (int fd = 3; fd < 1000; ++fd) {
            sockaddr_storage bound{};
            socklen_t size = sizeof bound;
            if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) continue;
            if (bound.ss_family == AF_UNIX) continue;
            if (SocketAddress(reinterpret_cast<sockaddr*>(&bound)) == address) ++count;
        }
        return count;
    }
    bool send_rtp() {
        rtp::PacketBuffer packet;
        std::copy(kRtp.begin(), kRtp.end(), packet.fresh().begin());
        packet.resize(kRtp.size());
        return leg->send_rtp(packet);
    }

    Counters counters;
    EventLoop loop;
    Heard heard;
    std::optional<PortAllocator> ports;
    std::unique_ptr<SipRtpLeg> leg;
};

TEST_F(SipRtpLegTest, nothing_is_sent_before_the_peer_is_known) {
    open();
    EXPECT_FALSE(send_rtp());
    EXPECT_EQ(counted("rtp_sent_nowhere"), 1U);
}

TEST_F(SipRtpLegTest, media_goes_to_the_described_address_until_the_peer_is_heard) {
    open();
    Peer described;
    Peer real;
    leg->set_remote(media_at(described.address));
    EXPECT_TRUE(send_rtp());
    EXPECT_EQ(described.receive(), kRtp.size());

    real.send(leg->local_rtp(), kRtp);
    ASSERT_TRUE(turn_until([&] { return heard.rtp.size() == 1; }));
    EXPECT_EQ(heard.rtp.front(), kRtp);
    EXPECT_EQ(leg->remote_rtp(), real.address);
    EXPECT_TRUE(send_rtp());
    EXPECT_EQ(real.receive(), kRtp.size());
}

TEST_F(SipRtpLegTest, a_stranger_beside_a_living_stream_is_counted_and_not_heard) {
    open();
    Peer peer;
    Peer stranger;
    leg->set_remote(media_at(peer.address));
    peer.send(leg->local_rtp(), kRtp);
    ASSERT_TRUE(turn_until([&] { return heard.rtp.size() == 1; }));
    stranger.send(leg->local_rtp(), kRtp);
    ASSERT_TRUE(turn_until([&] { return counted("rtp_wrong_source") == 1; }));
    EXPECT_EQ(heard.rtp.size(), 1U);
    EXPECT_EQ(leg->remote_rtp(), peer.address);
}

TEST_F(SipRtpLegTest, a_settled_peer_is_served_over_a_connected_socket_and_strangers_are_still_counted) {
    open();
    Peer peer;
    Peer stranger;
    leg->set_remote(media_at(peer.address));
    settle(peer);
    EXPECT_EQ(sockets_on(leg->local_rtp()), 2);
    stranger.send(leg->local_rtp(), kRtp);
    peer.send(leg->local_rtp(), kRtp);
    ASSERT_TRUE(turn_until([&] { return counted("rtp_wrong_source") == 1 && heard.rtp.size() == 61; }));
    ASSERT_TRUE(send_rtp());
    EXPECT_EQ(peer.receive(), kRtp.size());
}

TEST_F(SipRtpLegTest, a_settled_peer_that_moves_is_followed) {
    open();
    Peer peer;
    Peer moved;
    leg->set_remote(media_at(peer.address));
    settle(peer);
    // The latch wants to hear nothing of the old one for two seconds.
    const auto quiet = std::chrono::steady_clock::now() + 2100ms;
    turn_until([&] { return std::chrono::steady_clock::now() >= quiet; });
    for (int n = 0; n < 5; ++n) moved.send(leg->local_rtp(), kRtp);
    ASSERT_TRUE(turn_until([&] { return leg->remote_rtp() == moved.address; }));
    EXPECT_EQ(sockets_on(leg->local_rtp()), 1);
    ASSERT_TRUE(send_rtp());
    EXPECT_EQ(moved.receive(), kRtp.size());
    settle(moved);
    EXPECT_EQ(sockets_on(leg->local_rtp()), 2);
}

TEST_F(SipRtpLegTest, a_new_description_ends_the_connected_socket) {
    open();
    Peer peer;
    Peer next;
    leg->set_remote(media_at(peer.address));
    settle(peer);
    leg->set_remote(media_at(next.address));
    EXPECT_EQ(sockets_on(leg->local_rtp()), 1);
    next.send(leg->local_rtp(), kRtp);
    ASSERT_TRUE(turn_until([&] { return heard.rtp.size() == 61; }));
    ASSERT_TRUE(send_rtp());
    EXPECT_EQ(next.receive(), kRtp.size());
}

TEST_F(SipRtpLegTest, a_settled_peer_whose_port_closes_does_not_stop_the_sending) {
    open();
    std::optional<Peer> peer(std::in_place);
    leg->set_remote(media_at(peer->address));
    settle(*peer);
    peer.reset();
    for (int n = 0; n < 5; ++n) {
        // The kernel tells of the last one in place of sending this one; the leg sends it all the same.
        EXPECT_TRUE(send_rtp());
        loop.run_once(1ms);
    }
}

TEST_F(SipRtpLegTest, what_is_not_rtp_is_counted_and_dropped) {
    open();
    Peer peer;
    leg->set_remote(media_at(peer.address));
    peer.send(leg->local_rtp(), std::vector<std::uint8_t>{'h', 'e', 'l', 'l', 'o'});
    peer.send(leg->local_rtp(), std::vector<std::uint8_t>{0x80, 0, 0});
    peer.send(leg->local_rtp(), std::vector<std::uint8_t>(1800, 0x80));
    peer.send(local_rtcp(), kRtp);
    peer.send(local_rtcp(), std::vector<std::uint8_t>{});
    ASSERT_TRUE(turn_until([&] { return counted("rtp_malformed") == 5; }));
    EXPECT_TRUE(heard.rtp.empty());
    EXPECT_TRUE(heard.rtcp.empty());
}

TEST_F(SipRtpLegTest, hold_stops_sending_and_resume_begins_again) {
    open();
    Peer peer;
    leg->set_remote(media_at(peer.address));
    EXPECT_TRUE(send_rtp());
    leg->set_remote(media_at(SocketAddress{}));
    EXPECT_EQ(leg->remote_rtp(), std::nullopt);
    EXPECT_FALSE(send_rtp());
    leg->set_remote(media_at(peer.address, sdp::Direction::inactive));
    EXPECT_FALSE(send_rtp());
    leg->set_remote(media_at(peer.address));
    EXPECT_TRUE(send_rtp());
}

TEST_F(SipRtpLegTest, music_on_hold_is_heard_though_nothing_is_sent) {
    open();
    Peer peer;
    leg->set_remote(media_at(peer.address, sdp::Direction::sendonly));
    peer.send(leg->local_rtp(), kRtp);
    EXPECT_TRUE(turn_until([&] { return heard.rtp.size() == 1; }));
    EXPECT_FALSE(send_rtp());
}

TEST_F(SipRtpLegTest, reports_go_to_the_next_port_and_then_to_where_reports_come_from) {
    open();
    Peer media;
    Peer reports;
    sdp::AudioMedia described = media_at(media.address);
    described.rtcp = reports.address;
    leg->set_remote(described);
    EXPECT_TRUE(leg->send_rtcp(kRtcp));
    EXPECT_EQ(reports.receive(), kRtcp.size());

    Peer other;
    other.send(local_rtcp(), kRtcp);
    ASSERT_TRUE(turn_until([&] { return heard.rtcp.size() == 1; }));
    EXPECT_TRUE(leg->send_rtcp(kRtcp));
    EXPECT_EQ(other.receive(), kRtcp.size());
}

TEST_F(SipRtpLegTest, reports_of_another_host_are_not_believed) {
    open();
    Peer media;
    Peer stranger("127.0.0.2");
    leg->set_remote(media_at(media.address));
    stranger.send(local_rtcp(), kRtcp);
    ASSERT_TRUE(turn_until([&] { return counted("rtp_wrong_source") == 1; }));
    EXPECT_TRUE(heard.rtcp.empty());
}

TEST_F(SipRtpLegTest, with_rtcp_mux_reports_share_the_media_port) {
    open();
    Peer peer;
    sdp::AudioMedia described = media_at(peer.address);
    described.rtcp_mux = true;
    leg->set_remote(described);
    EXPECT_TRUE(leg->send_rtcp(kRtcp));
    EXPECT_EQ(peer.receive(), kRtcp.size());
    peer.send(leg->local_rtp(), kRtcp);
    EXPECT_TRUE(turn_until([&] { return heard.rtcp.size() == 1; }));
}

TEST_F(SipRtpLegTest, ipv6_works_alike) {
    open("::1");
    Peer peer("::1");
    leg->set_remote(media_at(peer.address));
    EXPECT_TRUE(send_rtp());
    EXPECT_EQ(peer.receive(), kRtp.size());
    peer.send(leg->local_rtp(), kRtp);
    EXPECT_TRUE(turn_until([&] { return heard.rtp.size() == 1; }));
}

TEST_F(SipRtpLegTest, a_leg_gives_its_ports_back) {
    open();
    EXPECT_EQ(ports->open_count(), 1U);
    leg.reset();
    EXPECT_EQ(ports->open_count(), 0U);
}

TEST(PortAllocator, pairs_are_even_and_odd_within_the_range_until_it_is_used_up) {
    PortAllocator ports(*SocketAddress::parse("127.77.0.1", 0), 24001, 24007, 0s);
    std::vector<PortPair> taken;
    for (int i = 0; i < 3; ++i) {
        auto pair = ports.open();
        ASSERT_TRUE(pair);
        EXPECT_EQ(pair->rtp_address().port() % 2, 0);
        EXPECT_GE(pair->rtp_address().port(), 24002);
        EXPECT_LE(pair->rtp_address().port(), 24006);
        taken.push_back(std::move(*pair));
    }
    EXPECT_FALSE(ports.open());
    EXPECT_EQ(ports.open_count(), 3U);
    taken.pop_back();
    EXPECT_TRUE(ports.open());
}

TEST(PortAllocator, ports_rest_after_a_call) {
    PortAllocator ports(*SocketAddress::parse("127.77.0.1", 0), 24010, 24011, 1h);
    { ASSERT_TRUE(ports.open()); }
    EXPECT_EQ(ports.open_count(), 0U);
    EXPECT_FALSE(ports.open());
}

TEST(PortAllocator, a_port_of_somebody_else_is_passed_over) {
    PortAllocator others(*SocketAddress::parse("127.77.0.1", 0), 24020, 24021, 0s);
    const auto held = others.open();
    ASSERT_TRUE(held);
    PortAllocator ports(*SocketAddress::parse("127.77.0.1", 0), 24020, 24023, 0s);
    const auto pair = ports.open();
    ASSERT_TRUE(pair);
    EXPECT_EQ(pair->rtp_address().port(), 24022);
    EXPECT_FALSE(ports.open());
}

TEST(PortAllocator, without_descriptors_it_gives_up_at_once_and_tells_no_address) {
    PortAllocator ports(*SocketAddress::parse("127.77.0.1", 0), 24040, 24999, 0s);
    const UniqueFd next_free(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none{.rlim_cur = static_cast<rlim_t>(next_free.get()), .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
    const auto begin = std::chrono::steady_clock::now();
    const auto pair = ports.open();
    const auto took = std::chrono::steady_clock::now() - begin;
    ::setrlimit(RLIMIT_NOFILE, &before);
    ASSERT_FALSE(pair);
    EXPECT_EQ(pair.error().detail, "no free RTP port");
    EXPECT_LT(took, 10ms);
    EXPECT_TRUE(ports.open());
}

TEST(PortAllocator, a_range_that_others_hold_is_not_searched_to_its_end) {
    PortAllocator others(*SocketAddress::parse("127.77.0.2", 0), 24040, 24439, 0s);
    std::vector<PortPair> held;
    for (auto pair = others.open(); pair; pair = others.open()) held.push_back(std::move(*pair));
    ASSERT_EQ(held.size(), 200U);
    held.pop_back();
    int failures = 0;
    for (int starts = 0; starts < 30; ++starts) {
        PortAllocator ports(*SocketAddress::parse("127.77.0.2", 0), 24040, 24439, 0s);
        int searches = 0;
        while (!ports.open() && searches < 4) ++searches;
        // 64 pairs each: the one free pair of 200 is found by the fourth search, mostly not by the first.
        EXPECT_LE(searches, 3);
        failures += searches;
    }
    EXPECT_GT(failures, 0);
}

TEST(PortAllocator, an_empty_range_gives_an_error_and_no_crash) {
    PortAllocator ports(*SocketAddress::parse("127.77.0.1", 0), 24031, 24031, 0s);
    EXPECT_FALSE(ports.open());
}

}  // namespace
}  // namespace causeway::sip
