// RFC 3711, RFC 7714.
#include "core/rtp/srtp_session.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/counters.hpp"
#include "core/base/footprint.hpp"
#include "core/rtp/rtcp.hpp"
#include "core/rtp/srtp_evp.hpp"
#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;

using Bytes = std::vector<std::uint8_t>;

Bytes key_for(SrtpProfile profile, std::uint8_t seed = 1) {
    Bytes key(key_and_salt_length(profile));
    for (std::size_t n = 0; n < key.size(); ++n) key[n] = static_cast<std::uint8_t>(seed + n * 7);
    return key;
}

class Srtp : public ::testing::TestWithParam<SrtpProfile> {
  protected:
    SrtpSession make(SrtpDirection direction, std::uint8_t seed = 1) {
        return std::move(
            SrtpSession::make(GetParam(), key_for(GetParam(), seed), direction, counters).value());
    }
    std::uint64_t count(const char* name) { return counters.counter(name).value(); }
    /// Packet `n` of a stream, protected, as it would be on the wire.
    Bytes sealed(SrtpSession& out, int n, Ssrc ssrc = kSsrc) {
        PacketBuffer packet;
        fill(packet, plain(n, ssrc));
        EXPECT_TRUE(out.protect_rtp(packet)) << n;
        return content(packet);
    }
    Bytes plain(int n, Ssrc ssrc = kSsrc) {
        return bytes_of(
            header(static_cast<std::uint16_t>(n), static_cast<std::uint32_t>(n) * 160, false, ssrc),
            Bytes(160, static_cast<std::uint8_t>(n)));
    }
    bool open(SrtpSession& in, const Bytes& wire) {
        fill(buffer, wire);
        return in.unprotect_rtp(buffer);
    }

    Counters counters;
    PacketBuffer buffer;
};

INSTANTIATE_TEST_SUITE_P(Profiles, Srtp, ::testing::ValuesIn(kSrtpProfiles),
                         [](const auto& profile) { return std::string(to_string(profile.param)); });

TEST_P(Srtp, what_one_side_protects_the_other_opens) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    for (int n = 0; n < 100; ++n) {
        const auto wire = sealed(out, n);
        EXPECT_EQ(wire.size(), 172u + (GetParam() == SrtpProfile::aes128_cm_sha1_80 ? 10 : 16));
        ASSERT_TRUE(open(in, wire));
        EXPECT_EQ(content(buffer), plain(n));
    }
    EXPECT_EQ(count("srtp_replay") + count("srtp_auth_failure") + count("srtp_malformed"), 0u);
}

TEST_P(Srtp, a_session_knows_the_memory_of_its_ciphers) {
    const auto session = make(SrtpDirection::outbound);
    const auto other = make(SrtpDirection::outbound);
    Footprint footprint;
    session.add_to(footprint);
    // Itself, libsrtp2's session, the cipher and OpenSSL's part of it; HMAC-SHA1 has three states.
    const bool is_gcm =
        GetParam() == SrtpProfile::aead_aes_128_gcm || GetParam() == SrtpProfile::aead_aes_256_gcm;
    EXPECT_GE(footprint.lines(), is_gcm ? 6u : 11u);
    EXPECT_LE(footprint.lines(), is_gcm ? 11u : 17u);
    const std::size_t of_one = footprint.lines();
    other.add_to(footprint);
    EXPECT_GT(footprint.lines(), of_one + 4);
}

TEST_P(Srtp, rtcp_goes_there_and_is_not_opened_twice) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    Bytes report(400);
    report.resize(write_rtcp(report, {kSsrc, "cname", SenderInfo{1, {2}, 3, 4}, {}, false}));
    fill(buffer, report);
    ASSERT_TRUE(out.protect_rtcp(buffer));
    const auto wire = content(buffer);
    ASSERT_TRUE(in.unprotect_rtcp(buffer));
    EXPECT_EQ(content(buffer), report);
    fill(buffer, wire);
    EXPECT_FALSE(in.unprotect_rtcp(buffer));
    EXPECT_EQ(count("srtp_replay"), 1u);
    auto broken = wire;
    broken[10] ^= 1;
    broken[broken.size() - 1] ^= 1;
    fill(buffer, broken);
    EXPECT_FALSE(in.unprotect_rtcp(buffer));
}

TEST_P(Srtp, a_replayed_packet_is_refused_and_counted) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    const auto first = sealed(out, 0);
    EXPECT_TRUE(open(in, first));
    EXPECT_FALSE(open(in, first));
    EXPECT_EQ(count("srtp_replay"), 1u);
    EXPECT_TRUE(open(in, sealed(out, 1)));
}

TEST_P(Srtp, a_packet_of_a_thousand_ago_is_accepted_late_but_older_is_not) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    std::vector<Bytes> wire;
    for (int n = 0; n < 1200; ++n) wire.push_back(sealed(out, n));
    EXPECT_TRUE(open(in, wire[0]));
    EXPECT_TRUE(open(in, wire[1199]));
    EXPECT_TRUE(open(in, wire[200]));
    EXPECT_FALSE(open(in, wire[100]));
    EXPECT_EQ(count("srtp_replay"), 1u);
}

TEST_P(Srtp, every_changed_byte_is_noticed) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    EXPECT_TRUE(open(in, sealed(out, 0)));
    const auto wire = sealed(out, 1);
    for (std::size_t at = 1; at < wire.size(); ++at) {
        auto forged = wire;
        forged[at] ^= 0x40;
        EXPECT_FALSE(open(in, forged)) << at;
    }
    EXPECT_GT(count("srtp_auth_failure"), 150u);
    EXPECT_TRUE(open(in, wire));
}

TEST_P(Srtp, another_key_does_not_open) {
    auto out = make(SrtpDirection::outbound, 1);
    auto in = make(SrtpDirection::inbound, 2);
    EXPECT_FALSE(open(in, sealed(out, 0)));
    EXPECT_EQ(count("srtp_auth_failure"), 1u);
}

TEST_P(Srtp, crosses_the_roll_over_with_reordering) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    for (int n = 65000; n < 65536 + 65536 + 100; n += 2) {
        const auto first = sealed(out, n);
        const auto second = sealed(out, n + 1);
        ASSERT_TRUE(open(in, second)) << n;
        ASSERT_TRUE(open(in, first)) << n;
    }
}

TEST_P(Srtp, a_stream_unheard_for_longer_than_half_the_sequence_is_heard_again) {
    for (const int gap : {33'000, 65'536, 150'000}) {
        Counters own;
        auto out = std::move(
            SrtpSession::make(GetParam(), key_for(GetParam()), SrtpDirection::outbound, own).value());
        auto in = std::move(
            SrtpSession::make(GetParam(), key_for(GetParam()), SrtpDirection::inbound, own).value());
        int n = 60'000;
        for (; n < 70'000; ++n) {
            const auto wire = sealed(out, n);
            if (n % 10 != 0) continue;
            ASSERT_TRUE(open(in, wire));
        }
        for (const int end = n + gap; n < end; ++n) sealed(out, n);
        int deaf = 0;
        while (deaf < 100 && !open(in, sealed(out, n++))) ++deaf;
        EXPECT_LE(deaf, 8 + 9) << gap;
        EXPECT_EQ(content(buffer), plain(n - 1)) << "decrypted with the right count";
        for (int more = 0; more < 2000; ++more) ASSERT_TRUE(open(in, sealed(out, n++))) << gap;
    }
}

TEST_P(Srtp, roll_overs_go_on_under_a_new_key_for_who_wants_that) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    EXPECT_FALSE(SrtpSession::continued(in, GetParam(), key_for(GetParam(), 2), counters));
    for (const int n : {65000, 65535, 65536 + 10}) ASSERT_TRUE(open(in, sealed(out, n)));
    // RFC 3711 §3.3.1: the sender keeps its count of one roll-over.
    auto receiver = SrtpSession::continued(in, GetParam(), key_for(GetParam(), 2), counters);
    ASSERT_TRUE(receiver);
    auto fresh = make(SrtpDirection::inbound, 2);
    PacketBuffer packet;
    auto twin = make(SrtpDirection::outbound, 2);
    for (const int n : {65000, 65535}) sealed(twin, n);
    const Bytes wire = sealed(twin, 65536 + 11);
    fill(packet, wire);
    EXPECT_FALSE(fresh.opens_rtp(packet));
    EXPECT_EQ(content(packet), wire);
    ASSERT_TRUE(receiver->opens_rtp(packet));
    EXPECT_EQ(content(packet), plain(65536 + 11));
    EXPECT_EQ(count("srtp_auth_failure"), 0u);
    ASSERT_TRUE(open(*receiver, sealed(twin, 65536 + 12)));
    EXPECT_FALSE(open(*receiver, wire));
}

TEST_P(Srtp, forgeries_beside_a_living_stream_do_no_harm) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    for (int n = 0; n < 1000; ++n) {
        for (int k = 0; k < 20; ++k) {
            auto forged = plain((n * 997 + k * 4001) & 0xFFFF);
            forged.resize(forged.size() + 16);
            EXPECT_FALSE(open(in, forged));
        }
        ASSERT_TRUE(open(in, sealed(out, n))) << n;
    }
}

TEST_P(Srtp, replays_of_the_past_are_refused_even_when_the_stream_has_stopped) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    std::vector<Bytes> wire;
    for (int n = 0; n < 3000; ++n) wire.push_back(sealed(out, n));
    for (const auto& packet : wire) ASSERT_TRUE(open(in, packet));
    for (int round = 0; round < 3; ++round) {
        for (const auto& packet : wire) ASSERT_FALSE(open(in, packet));
    }
    EXPECT_EQ(count("srtp_replay"), 9000u);
    EXPECT_TRUE(open(in, sealed(out, 3000)));
}

TEST_P(Srtp, sources_are_limited) {
    auto out = make(SrtpDirection::outbound);
    auto in = make(SrtpDirection::inbound);
    for (std::uint32_t n = 0; n < SrtpSession::kMaxStreams; ++n) {
        EXPECT_TRUE(open(in, sealed(out, 1, {n})));
    }
    auto other = make(SrtpDirection::outbound);
    EXPECT_FALSE(open(in, sealed(other, 1, {1000})));
    EXPECT_EQ(count("srtp_too_many_streams"), 1u);
    EXPECT_TRUE(open(in, sealed(out, 2, {0})));
}

TEST_P(Srtp, does_not_send_one_number_twice) {
    auto out = make(SrtpDirection::outbound);
    sealed(out, 5);
    fill(buffer, plain(5));
    EXPECT_FALSE(out.protect_rtp(buffer));
    EXPECT_EQ(count("srtp_replay"), 1u);
}

TEST_P(Srtp, short_and_senseless_packets_are_counted) {
    auto in = make(SrtpDirection::inbound);
    for (std::size_t size = 0; size < 60; ++size) {
        EXPECT_FALSE(open(in, Bytes(size, 0xFF))) << size;
        fill(buffer, Bytes(size, 0x80));
        EXPECT_FALSE(in.unprotect_rtcp(buffer)) << size;
    }
    EXPECT_GT(count("srtp_malformed"), 0u);
}

TEST_P(Srtp, a_key_of_another_length_is_an_error) {
    auto key = key_for(GetParam());
    key.pop_back();
    EXPECT_FALSE(SrtpSession::make(GetParam(), key, SrtpDirection::inbound, counters));
}

TEST_P(Srtp, its_name_leads_back_to_it) {
    EXPECT_EQ(srtp_profile_from_name(to_string(GetParam())), GetParam());
    EXPECT_NE(openssl_profile_list().find(to_string(GetParam())), std::string_view::npos);
    EXPECT_FALSE(srtp_profile_from_name("SRTP_NULL_HMAC_SHA1_80"));
}

TEST(SrtpVectors, aes_cm_encrypts_with_the_session_key_and_salt_of_rfc_3711_b3) {
    // Appendix B.3: master key and salt, and the session key and salt derived from them.
    const auto master = from_hex(
        "E1F97A0D3E018BE0D64FA32C06DE4139"
        "0EC675AD498AFEEBB6960B3AABE6");
    const auto session_key = from_hex("C61E7A93744F39EE10734AFE3FF7A087");
    auto iv = from_hex("30CBBC08863D8C85D49DB34A9AE10000");
    // RFC 3711 §4.1.1: IV = salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16.
    const Bytes ssrc = from_hex("CAFEBABE");
    for (std::size_t n = 0; n < 4; ++n) iv[4 + n] ^= ssrc[n];
    iv[12] ^= 0x12;
    iv[13] ^= 0x34;

    Bytes expected(160);
    int length = 0;
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                  EVP_CIPHER_CTX_free);
    ASSERT_EQ(EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, session_key.data(), iv.data()),
              1);
    ASSERT_EQ(EVP_EncryptUpdate(context.get(), expected.data(), &length, Bytes(160, 0xAB).data(), 160), 1);

    Counters counters;
    auto out = std::move(
        SrtpSession::make(SrtpProfile::aes128_cm_sha1_80, master, SrtpDirection::outbound, counters).value());
    PacketBuffer buffer;
    fill(buffer, bytes_of(header(0x1234, 0, false, {0xCAFEBABE}), Bytes(160, 0xAB)));
    ASSERT_TRUE(out.protect_rtp(buffer));
    const auto wire = content(buffer);
    EXPECT_EQ(Bytes(wire.begin() + 12, wire.begin() + 172), expected);
}

TEST(SrtpVectors, initialising_again_is_harmless) {
    initialise_srtp();
    initialise_srtp();
}

}  // namespace
}  // namespace causeway::rtp
