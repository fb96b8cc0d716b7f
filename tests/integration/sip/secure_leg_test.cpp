// Two legs on loopback that encrypt to one another, by keys of the SDP and by DTLS, and a leg that answers
// ICE.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/base/counters.hpp"
#include "core/dtls/certificate.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/srtp_evp.hpp"
#include "core/sdp/audio_media.hpp"
#include "core/stun/message.hpp"
#include "sip/rtp/port_allocator.hpp"
#include "sip/rtp/sip_rtp_leg.hpp"

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;

class Heard : public SipRtpLegListener {
  public:
    void on_rtp(rtp::PacketBuffer& packet, Instant) override {
        rtp.emplace_back(packet.packet().begin(), packet.packet().end());
    }
    void on_rtcp(std::span<const std::uint8_t> packet, Instant) override {
        rtcp.emplace_back(packet.begin(), packet.end());
    }
    void on_failed(const std::string& detail) override { failure = detail; }
    std::vector<Bytes> rtp;
    std::vector<Bytes> rtcp;
    std::string failure;
};

const Bytes kRtcp{0x80, 201, 0, 1, 1, 2, 3, 4};

sdp::SecretKey key(sdp::CryptoSuite suite, std::uint8_t fill) {
    return sdp::SecretKey(Bytes(sdp::key_and_salt_length(suite), fill));
}

class SecureLegTest : public testing::Test {
  protected:
    struct End {
        Heard heard;
        std::unique_ptr<SipRtpLeg> leg;
    };

    SecureLegTest() {
        rtp::initialise_srtp();
        ports.emplace(*SocketAddress::parse("127.0.0.1", 0), std::uint16_t{24000}, std::uint16_t{24999}, 0s);
        for (End* const end : {&here, &there}) {
            const auto& certificate = end == &here ? our_certificate() : their_certificate();
            auto opened = SipRtpLeg::open(loop, *ports, counters, make_call_id(), end->heard, &certificate);
            end->leg = std::move(*opened);
        }
    }
    static const dtls::Certificate& our_certificate() {
        static const dtls::Certificate certificate;
        return certificate;
    }
    static const dtls::Certificate& their_certificate() {
        static const dtls::Certificate certificate;
        return certificate;
    }
    static sdp::AudioMedia described(const End& end, sdp::AgreedTransport agreed, bool mux = false) {
        sdp::AudioMedia media;
        media.rtp = end.leg->local_rtp();
        media.rtcp_mux = mux;
        media.agreed = std::move(agreed);
        return media;
    }
    void agree_keys(sdp::CryptoSuite suite, std::uint8_t ours = 1, std::uint8_t theirs = 2) {
        sdp::AgreedTransport agreed;
        agreed.protection = sdp::Protection::sdes;
        agreed.suite = suite;
        agreed.send_key = key(suite, ours);
        agreed.receive_key = key(suite, theirs);
        here.leg->set_remote(described(there, agreed));
        std::swap(agreed.send_key, agreed.receive_key);
        there.leg->set_remote(described(here, agreed));
    }
    /// One side's view of what both have agreed by keys.
    static sdp::AgreedTransport keyed(sdp::CryptoSuite suite, std::uint8_t ours, std::uint8_t theirs) {
        sdp::AgreedTransport agreed;
        agreed.protection = sdp::Protection::sdes;
        agreed.suite = suite;
        agreed.send_key = key(suite, ours);
        agreed.receive_key = key(suite, theirs);
        return agreed;
    }
    void agree_dtls(const dtls::Certificate& expected_there, const std::string& tls_id = "",
                    bool mux = true) {
        sdp::AgreedTransport agreed;
        agreed.protection = sdp::Protection::dtls;
        agreed.tls_id = tls_id;
        agreed.dtls_role = sdp::DtlsRole::client;
        agreed.fingerprints = {expected_there.fingerprint()};
        here.leg->set_remote(described(there, agreed, mux));
        agreed.dtls_role = sdp::DtlsRole::server;
        agreed.fingerprints = {our_certificate().fingerprint()};
        there.leg->set_remote(described(here, agreed, mux));
    }
    /// A repeated flight of the association that stands would be the next one's, on the same addresses.
    void calm_down() {
        const auto later = std::chrono::steady_clock::now() + 500ms;
        turn_until([&] { return std::chrono::steady_clock::now() > later; });
    }
    bool send(End& from, std::uint16_t sequence) {
        Bytes bytes{0x80, 0, 0, 0, 0, 0, 0, 160, 1, 2, 3, 4, 0xff, 0xfe};
        bytes[2] = static_cast<std::uint8_t>(sequence >> 8);
        bytes[3] = static_cast<std::uint8_t>(sequence);
        rtp::PacketBuffer packet;
        std::copy(bytes.begin(), bytes.end(), packet.fresh().begin());
        packet.resize(bytes.size());
        return from.leg->send_rtp(packet);
    }
    template <class Condition>
    bool turn_until(Condition done) {
        const auto deadline = std::chrono::steady_clock::now() + 5s;
        while (!done() && std::chrono::steady_clock::now() < deadline) loop.run_once(10ms);
        return done();
    }
    std::uint64_t counted(const std::string& name) { return counters.snapshot()[name]; }

    Counters counters;
    EventLoop loop;
    std::optional<PortAllocator> ports;
    End here;
    End there;
};

TEST_F(SecureLegTest, packets_and_reports_cross_with_each_suite) {
    std::uint16_t sequence = 0;
    for (const sdp::CryptoSuite suite : sdp::kCryptoSuites) {
        agree_keys(suite, static_cast<std::uint8_t>(10 + sequence), static_cast<std::uint8_t>(50 + sequence));
        const std::size_t before = there.heard.rtp.size();
        const std::size_t reports = here.heard.rtcp.size();
        ASSERT_TRUE(send(here, ++sequence));
        ASSERT_TRUE(turn_until([&] { return there.heard.rtp.size() == before + 1; })) << suite_name(suite);
        EXPECT_EQ(there.heard.rtp.back().size(), 14U);
        EXPECT_EQ(there.heard.rtp.back()[13], 0xfe);
        ASSERT_TRUE(there.leg->send_rtcp(kRtcp));
        ASSERT_TRUE(turn_until([&] { return here.heard.rtcp.size() == reports + 1; })) << suite_name(suite);
        EXPECT_EQ(here.heard.rtcp.back(), kRtcp);
        EXPECT_NE(here.leg->srtp_profile(), "");
    }
}

TEST_F(SecureLegTest, packets_in_clear_or_of_another_key_are_not_heard) {
    agree_keys(sdp::CryptoSuite::aes_cm_128_sha1_80);
    there.leg->set_remote(described(here, {}));
    ASSERT_TRUE(send(there, 1));
    ASSERT_TRUE(turn_until([&] { return counted("srtp_malformed") + counted("srtp_auth_failure") == 1; }));
    sdp::AgreedTransport other;
    other.protection = sdp::Protection::sdes;
    other.suite = sdp::CryptoSuite::aes_cm_128_sha1_80;
    other.send_key = other.receive_key = key(other.suite, 99);
    there.leg->set_remote(described(here, other));
    ASSERT_TRUE(send(there, 2));
    ASSERT_TRUE(turn_until([&] { return counted("srtp_auth_failure") >= 1; }));
    EXPECT_TRUE(here.heard.rtp.empty());
}

TEST_F(SecureLegTest, a_description_with_the_same_keys_changes_nothing_and_replays_stay_refused) {
    agree_keys(sdp::CryptoSuite::aead_aes_128_gcm);
    send(here, 7);
    ASSERT_TRUE(turn_until([&] { return there.heard.rtp.size() == 1; }));
    agree_keys(sdp::CryptoSuite::aead_aes_128_gcm);
    // A new outgoing session would send the number again; the old one knows that it was used.
    EXPECT_FALSE(send(here, 7));
    EXPECT_TRUE(send(here, 8));
    ASSERT_TRUE(turn_until([&] { return there.heard.rtp.size() == 2; }));
}

TEST_F(SecureLegTest, one_side_may_change_its_key) {
    agree_keys(sdp::CryptoSuite::aead_aes_128_gcm, 1, 2);
    send(here, 1);
    ASSERT_TRUE(turn_until([&] { return there.heard.rtp.size() == 1; }));
    agree_keys(sdp::CryptoSuite::aead_aes_128_gcm, 1, 3);
    send(there, 1);
    send(here, 2);
    EXPECT_TRUE(turn_until([&] { return here.heard.rtp.size() == 1 && there.heard.rtp.size() == 2; }));
}

TEST_F(SecureLegTest, packets_may_carry_key_identifiers_in_either_direction_and_new_ones_in_a_call) {
    std::uint16_t sequence = 0;
    for (const sdp::CryptoSuite suite : sdp::kCryptoSuites) {
        for (const Bytes& ours : {Bytes{}, Bytes{0, 0, 0, 1}}) {
            for (const Bytes& theirs : {Bytes{}, Bytes{9}}) {
                auto agreed = keyed(suite, 1, 2);
                agreed.send_mki = ours;
                agreed.receive_mki = theirs;
                here.leg->set_remote(described(there, agreed));
                std::swap(agreed.send_key, agreed.receive_key);
                std::swap(agreed.send_mki, agreed.receive_mki);
                there.leg->set_remote(described(here, agreed));
                const std::size_t before = here.heard.rtp.size();
                ASSERT_TRUE(send(here, ++sequence));
                ASSERT_TRUE(send(there, sequence));
                ASSERT_TRUE(there.leg->send_rtcp(kRtcp));
                ASSERT_TRUE(turn_until([&] {
                    return here.heard.rtp.size() == before + 1 && there.heard.rtp.size() == before + 1 &&
                           here.heard.rtcp.size() == before + 1;
                })) << suite_name(suite);
                EXPECT_EQ(here.heard.rtp.back().size(), 14U);
            }
        }
    }
    EXPECT_EQ(counted("srtp_auth_failure") + counted("srtp_malformed"), 0U);
}

TEST_F(SecureLegTest, packets_of_the_old_key_are_heard_until_the_new_one_has_arrived) {
    const auto suite = sdp::CryptoSuite::aes_cm_128_sha1_80;
    agree_keys(suite, 1, 2);
    send(there, 1);
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 1; }));
    // We have agreed to their new key, they have not heard of it yet.
    here.leg->set_remote(described(there, keyed(suite, 1, 3)));
    send(there, 2);
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 2; }));
    ASSERT_TRUE(there.leg->send_rtcp(kRtcp));
    ASSERT_TRUE(turn_until([&] { return here.heard.rtcp.size() == 1; }));
    there.leg->set_remote(described(here, keyed(suite, 3, 1)));
    send(there, 3);
    send(here, 1);
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 3 && there.heard.rtp.size() == 1; }));
    EXPECT_EQ(counted("srtp_auth_failure") + counted("srtp_replay"), 0U);
    // The old key is forgotten soon after.
    calm_down();
    there.leg->set_remote(described(here, keyed(suite, 2, 1)));
    send(there, 4);
    ASSERT_TRUE(turn_until([&] { return counted("srtp_auth_failure") == 1; }));
    EXPECT_EQ(here.heard.rtp.size(), 3U);
}

TEST_F(SecureLegTest, a_peer_may_begin_to_count_anew_with_its_new_key_or_go_on) {
    const auto suite = sdp::CryptoSuite::aead_aes_128_gcm;
    const auto say = [&](std::initializer_list<int> sequences) {
        for (const int sequence : sequences) ASSERT_TRUE(send(there, static_cast<std::uint16_t>(sequence)));
    };
    agree_keys(suite, 1, 2);
    say({65530, 65535, 4});
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 3; }));
    here.leg->set_remote(described(there, keyed(suite, 1, 3)));
    there.leg->set_remote(described(here, keyed(suite, 3, 1)));
    say({65530, 65535, 4, 5});
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 7; }));
    EXPECT_EQ(counted("srtp_auth_failure"), 0U);
    // Packets that we cannot open bring its next key to a roll-over of one, where the old one is.
    there.leg->set_remote(described(here, keyed(suite, 4, 1)));
    say({65520, 65525});
    ASSERT_TRUE(turn_until([&] { return counted("srtp_auth_failure") == 2; }));
    here.leg->set_remote(described(there, keyed(suite, 1, 4)));
    say({6, 7});
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 9; }));
    EXPECT_EQ(counted("srtp_auth_failure"), 2U);
}

TEST_F(SecureLegTest,
       encryption_may_be_taken_up_and_given_up_in_a_call_and_no_number_is_sent_twice_with_a_key) {
    const auto suite = sdp::CryptoSuite::aead_aes_128_gcm;
    agree_keys(suite);
    send(here, 7);
    ASSERT_TRUE(turn_until([&] { return there.heard.rtp.size() == 1; }));
    here.leg->set_remote(described(there, {}));
    EXPECT_EQ(here.leg->srtp_profile(), "");
    // What was on its way is no noise.
    send(there, 1);
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 1; }));
    EXPECT_EQ(here.heard.rtp.back().size(), 14U);
    there.leg->set_remote(described(here, {}));
    send(here, 8);
    send(there, 2);
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 2 && there.heard.rtp.size() == 2; }));
    EXPECT_EQ(there.heard.rtp.back().size(), 14U);
    agree_keys(sdp::CryptoSuite::aes_cm_128_sha1_32, 5, 6);
    send(here, 9);
    ASSERT_TRUE(turn_until([&] { return there.heard.rtp.size() == 3; }));
    agree_keys(suite);
    EXPECT_FALSE(send(here, 7));
    ASSERT_TRUE(send(here, 10));
    ASSERT_TRUE(turn_until([&] { return there.heard.rtp.size() == 4; }));
}

TEST_F(SecureLegTest, another_certificate_or_tls_id_is_a_new_handshake_and_the_old_keys_serve_until_then) {
    const auto settled = [&] {
        return !here.leg->srtp_profile().empty() && !there.leg->srtp_profile().empty();
    };
    agree_dtls(their_certificate());
    ASSERT_TRUE(turn_until(settled));
    std::uint16_t sequence = 0;
    std::size_t heard = 0;
    const auto both_hear = [&] {
        ++sequence;
        ++heard;
        return send(here, sequence) && send(there, sequence) &&
               turn_until([&] { return here.heard.rtp.size() == heard && there.heard.rtp.size() == heard; });
    };
    ASSERT_TRUE(both_hear());
    for (const char* const tls_id : {"first-association-of-24-c", "second-association-of-24"}) {
        calm_down();
        agree_dtls(their_certificate(), tls_id);
        // Before a single datagram of the new handshake was read, and while it goes on.
        for (int i = 0; i < 20; ++i) ASSERT_TRUE(both_hear()) << tls_id << i;
    }
    EXPECT_EQ(counted("srtp_auth_failure"), 0U);
    calm_down();
    // A telephone that went to another device: the same dialog, another certificate.
    static const dtls::Certificate other;
    auto opened = SipRtpLeg::open(loop, *ports, counters, make_call_id(), there.heard, &other);
    there.leg = std::move(*opened);
    agree_dtls(other);
    ASSERT_TRUE(turn_until([&] {
        ++sequence;
        send(here, sequence);
        send(there, sequence);
        return here.heard.rtp.size() > heard && there.heard.rtp.size() > heard;
    }));
    EXPECT_EQ(here.heard.failure + there.heard.failure, "");
}

TEST_F(SecureLegTest, dtls_keys_both_directions) {
    agree_dtls(their_certificate());
    EXPECT_FALSE(send(here, 1));
    EXPECT_EQ(counted("sip_srtp_without_keys"), 1U);
    ASSERT_TRUE(
        turn_until([&] { return !here.leg->srtp_profile().empty() && !there.leg->srtp_profile().empty(); }));
    ASSERT_TRUE(send(here, 2));
    ASSERT_TRUE(send(there, 2));
    ASSERT_TRUE(here.leg->send_rtcp(kRtcp));
    ASSERT_TRUE(turn_until([&] {
        return here.heard.rtp.size() == 1 && there.heard.rtp.size() == 1 && there.heard.rtcp.size() == 1;
    }));
}

TEST_F(SecureLegTest, reports_on_their_own_port_have_a_handshake_of_their_own) {
    agree_dtls(their_certificate(), "", false);
    ASSERT_TRUE(
        turn_until([&] { return !here.leg->srtp_profile().empty() && !there.leg->srtp_profile().empty(); }));
    ASSERT_TRUE(turn_until([&] {
        here.leg->send_rtcp(kRtcp);
        there.leg->send_rtcp(kRtcp);
        return !here.heard.rtcp.empty() && !there.heard.rtcp.empty();
    }));
    EXPECT_EQ(here.heard.rtcp.back(), kRtcp);
    EXPECT_EQ(counted("srtp_auth_failure"), 0U);
    calm_down();
    // Another association: both ports make it.
    agree_dtls(their_certificate(), "another-one-of-24-charac", false);
    const std::size_t heard = there.heard.rtcp.size();
    ASSERT_TRUE(turn_until([&] {
        here.leg->send_rtcp(kRtcp);
        return there.heard.rtcp.size() > heard + 100;
    }));
    EXPECT_EQ(here.heard.failure + there.heard.failure, "");
}

TEST_F(SecureLegTest, reports_go_without_where_the_peer_makes_no_handshake_for_them) {
    agree_dtls(their_certificate(), "", false);
    // The other side takes all for its one port.
    sdp::AgreedTransport agreed;
    agreed.protection = sdp::Protection::dtls;
    agreed.dtls_role = sdp::DtlsRole::server;
    agreed.fingerprints = {our_certificate().fingerprint()};
    there.leg->set_remote(described(here, agreed, true));
    ASSERT_TRUE(turn_until([&] { return !here.leg->srtp_profile().empty(); }));
    EXPECT_FALSE(here.leg->send_rtcp(kRtcp));
    ASSERT_TRUE(send(here, 1));
    ASSERT_TRUE(turn_until([&] { return there.heard.rtp.size() == 1; }));
    EXPECT_EQ(here.heard.failure, "");
}

TEST_F(SecureLegTest, another_certificate_than_the_announced_one_ends_it) {
    const dtls::Certificate other;
    agree_dtls(other);
    ASSERT_TRUE(turn_until([&] { return !here.heard.failure.empty(); }));
    EXPECT_EQ(here.heard.failure, "the certificate is not the one that the SDP's fingerprint announced");
    EXPECT_FALSE(send(here, 1));
}

class IcePeer {
  public:
    IcePeer() {
        fd_ = UniqueFd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const auto wanted = *SocketAddress::parse("127.0.0.1", 0);
        EXPECT_EQ(::bind(fd_.get(), wanted.data(), wanted.size()), 0);
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
        address = SocketAddress(reinterpret_cast<sockaddr*>(&bound));
    }
    void send(const SocketAddress& to, std::span<const std::uint8_t> bytes) {
        EXPECT_GE(::sendto(fd_.get(), bytes.data(), bytes.size(), 0, to.data(), to.size()), 0);
    }
    void check(const SocketAddress& to, const std::string& password) {
        std::array<std::uint8_t, stun::kMaxRequest> out;
        const std::size_t size = stun::write({.transaction = {1, 2, 3},
                                              .username = "ours:theirs",
                                              .key = password,
                                              .priority = 5,
                                              .controlling = true,
                                              .nominate = true,
                                              .tie_breaker = 1},
                                             out);
        send(to, std::span(out).first(size));
    }
    /// Empty when nothing has come.
    Bytes receive() {
        Bytes bytes(2000);
        const auto got = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return bytes;
    }
    SocketAddress address;

  private:
    UniqueFd fd_;
};

TEST_F(SecureLegTest, a_peer_that_checks_is_answered_and_sent_to_where_it_is) {
    IcePeer peer;
    IcePeer stranger;
    sdp::AgreedTransport agreed;
    agreed.own_ice = sdp::IceLogin{"ours", "our-password-of-24-chars"};
    agreed.peer_ufrag = "theirs";
    sdp::AudioMedia media;
    media.rtp = *SocketAddress::parse("127.0.0.1:9");
    media.agreed = agreed;
    here.leg->set_remote(media);
    EXPECT_FALSE(send(here, 1));
    Bytes packet{0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xff};
    stranger.check(here.leg->local_rtp(), "guessed");
    stranger.send(here.leg->local_rtp(), packet);
    ASSERT_TRUE(turn_until([&] { return counted("rtp_wrong_source") == 1; }));
    EXPECT_EQ(here.leg->remote_rtp(), std::nullopt);

    peer.check(here.leg->local_rtp(), "our-password-of-24-chars");
    ASSERT_TRUE(turn_until([&] { return here.leg->remote_rtp() == peer.address; }));
    EXPECT_TRUE(stun::success_response(peer.receive()));
    peer.send(here.leg->local_rtp(), packet);
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 1; }));
    ASSERT_TRUE(send(here, 2));
    EXPECT_EQ(peer.receive().size(), 14U);
}

TEST_F(SecureLegTest, a_strict_leg_hears_the_described_address_only_and_an_asymmetric_one_sends_to_it) {
    IcePeer described_peer;
    IcePeer other;
    const Bytes packet{0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xff};
    sdp::AudioMedia media;
    media.rtp = described_peer.address;
    here.leg->set_remote(media, rtp::SourceRule::strict);
    other.send(here.leg->local_rtp(), packet);
    ASSERT_TRUE(turn_until([&] { return counted("rtp_wrong_source") == 1; }));
    EXPECT_TRUE(here.heard.rtp.empty());
    here.leg->set_remote(media, rtp::SourceRule::off);
    other.send(here.leg->local_rtp(), packet);
    ASSERT_TRUE(turn_until([&] { return here.heard.rtp.size() == 1; }));
    EXPECT_EQ(here.leg->remote_rtp(), described_peer.address);
}

}  // namespace
}  // namespace causeway::sip
