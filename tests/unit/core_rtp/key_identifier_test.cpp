// Against libsrtp2's own way of writing and reading master key identifiers, as a peer has it.
#include "core/rtp/key_identifier.hpp"

#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <array>
#include <memory>
#include <vector>

#include "core/base/counters.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/srtp_evp.hpp"
#include "core/rtp/srtp_session.hpp"
#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;
using Bytes = std::vector<std::uint8_t>;

constexpr std::array kAll{SrtpProfile::aead_aes_128_gcm, SrtpProfile::aead_aes_256_gcm,
                          SrtpProfile::aes128_cm_sha1_80, SrtpProfile::aes128_cm_sha1_32,
                          SrtpProfile::aes256_cm_sha1_80};
const Bytes kMki{0, 0, 1, 7};
const Bytes kReport{0x80, 201, 0, 1, 1, 2, 3, 4};

/// libsrtp2 with a key that has an identifier, used through its own functions for that.
class Peer {
  public:
    Peer(SrtpProfile profile, Bytes key, srtp_ssrc_type_t direction) : key_(std::move(key)) {
        initialise_srtp();
        srtp_policy_t policy{};
        set(profile, policy);
        master_ = {key_.data(), mki_.data(), static_cast<unsigned>(mki_.size())};
        policy.ssrc.type = direction;
        policy.keys = keys_.data();
        policy.num_master_keys = 1;
        policy.window_size = 128;
        EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
    }
    ~Peer() { srtp_dealloc(session_); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    bool run(PacketBuffer& packet, PacketPart part, bool seals) {
        int size = static_cast<int>(packet.size());
        void* const at = packet.packet().data();
        const bool rtp = part == PacketPart::rtp;
        const auto status = seals ? (rtp ? srtp_protect_mki(session_, at, &size, 1, 0)
                                         : srtp_protect_rtcp_mki(session_, at, &size, 1, 0))
                                  : (rtp ? srtp_unprotect_mki(session_, at, &size, 1)
                                         : srtp_unprotect_rtcp_mki(session_, at, &size, 1));
        packet.resize(static_cast<std::size_t>(size));
        return status == srtp_err_status_ok;
    }

  private:
    static void set(SrtpProfile profile, srtp_policy_t& policy) {
        switch (profile) {
            case SrtpProfile::aead_aes_128_gcm:
                srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
                return srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
            case SrtpProfile::aead_aes_256_gcm:
                srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
                return srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
            case SrtpProfile::aes256_cm_sha1_80:
                srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtp);
                return srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy.rtcp);
            case SrtpProfile::aes128_cm_sha1_32:
                srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy.rtp);
                return srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
            case SrtpProfile::aes128_cm_sha1_80:
                break;
        }
        srtp_crypto_policy_set_rtp_default(&policy.rtp);
        srtp_crypto_policy_set_rtcp_default(&policy.rtcp);
    }

    Bytes key_;
    Bytes mki_ = kMki;
    srtp_master_key_t master_{};
    std::array<srtp_master_key_t*, 1> keys_{&master_};
    srtp_t session_ = nullptr;
};

Bytes key_of(SrtpProfile profile) {
    return Bytes(key_and_salt_length(profile), 0x5A);
}

Bytes plain(PacketPart part) {
    return part == PacketPart::rtp ? bytes_of(header(1, 160, false, kSsrc), Bytes(160, 3)) : kReport;
}

TEST(KeyIdentifier, ours_is_read_by_libsrtp2_in_each_suite) {
    Counters counters;
    for (const SrtpProfile profile : kAll) {
        auto ours = SrtpSession::make(profile, key_of(profile), SrtpDirection::outbound, counters).value();
        Peer peer(profile, key_of(profile), ssrc_any_inbound);
        PacketBuffer packet;
        fill(packet, plain(PacketPart::rtp));
        ASSERT_TRUE(ours.protect_rtp(packet));
        ASSERT_TRUE(put_key_identifier(packet, profile, PacketPart::rtp, kMki));
        EXPECT_TRUE(peer.run(packet, PacketPart::rtp, false)) << to_string(profile);
        EXPECT_EQ(content(packet), plain(PacketPart::rtp));
        // libsrtp2 2.5 looks for it where RTP's shorter tag would begin; what it writes is read below.
        if (profile == SrtpProfile::aes128_cm_sha1_32) continue;
        fill(packet, kReport);
        ASSERT_TRUE(ours.protect_rtcp(packet));
        ASSERT_TRUE(put_key_identifier(packet, profile, PacketPart::rtcp, kMki));
        EXPECT_TRUE(peer.run(packet, PacketPart::rtcp, false)) << to_string(profile);
        EXPECT_EQ(content(packet), kReport);
    }
}

TEST(KeyIdentifier, that_of_libsrtp2_is_read_in_each_suite) {
    Counters counters;
    for (const SrtpProfile profile : kAll) {
        auto ours = SrtpSession::make(profile, key_of(profile), SrtpDirection::inbound, counters).value();
        Peer peer(profile, key_of(profile), ssrc_any_outbound);
        for (const PacketPart part : {PacketPart::rtp, PacketPart::rtcp}) {
            PacketBuffer packet;
            fill(packet, plain(part));
            ASSERT_TRUE(peer.run(packet, part, true));
            ASSERT_TRUE(take_key_identifier(packet, profile, part, kMki)) << to_string(profile);
            EXPECT_TRUE(part == PacketPart::rtp ? ours.unprotect_rtp(packet) : ours.unprotect_rtcp(packet));
            EXPECT_EQ(content(packet), plain(part));
        }
    }
}

TEST(KeyIdentifier, another_one_and_packets_too_short_for_any_stay_as_they_were) {
    for (const SrtpProfile profile : kAll) {
        for (std::size_t size = 0; size < 40; ++size) {
            PacketBuffer packet;
            fill(packet, Bytes(size, 9));
            EXPECT_FALSE(take_key_identifier(packet, profile, PacketPart::rtp, kMki));
            EXPECT_EQ(content(packet), Bytes(size, 9));
            EXPECT_TRUE(take_key_identifier(packet, profile, PacketPart::rtp, {}));
        }
    }
    PacketBuffer full;
    full.fresh();
    full.resize(full.room());
    EXPECT_FALSE(put_key_identifier(full, SrtpProfile::aes128_cm_sha1_80, PacketPart::rtp, kMki));
    EXPECT_TRUE(put_key_identifier(full, SrtpProfile::aes128_cm_sha1_80, PacketPart::rtp, {}));
}

}  // namespace
}  // namespace causeway::rtp
