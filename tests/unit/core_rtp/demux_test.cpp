// RFC 7983 §7, RFC 5761 §4.
#include "core/rtp/demux.hpp"

#include <gtest/gtest.h>

#include <array>

namespace causeway::rtp {
namespace {

PacketKind kind(int first, int second = 0) {
    const std::array bytes{static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
    return kind_of(bytes);
}

TEST(Demux, the_first_byte_tells_stun_dtls_and_turn_from_rtp) {
    EXPECT_EQ(kind(0), PacketKind::stun);
    EXPECT_EQ(kind(3), PacketKind::stun);
    EXPECT_EQ(kind(4), PacketKind::unknown);
    EXPECT_EQ(kind(16), PacketKind::unknown);
    EXPECT_EQ(kind(19), PacketKind::unknown);
    EXPECT_EQ(kind(20), PacketKind::dtls);
    EXPECT_EQ(kind(63), PacketKind::dtls);
    EXPECT_EQ(kind(64), PacketKind::turn_channel);
    EXPECT_EQ(kind(79), PacketKind::turn_channel);
    EXPECT_EQ(kind(80), PacketKind::unknown);
    EXPECT_EQ(kind(127), PacketKind::unknown);
    EXPECT_EQ(kind(128), PacketKind::rtp);
    EXPECT_EQ(kind(191), PacketKind::rtp);
    EXPECT_EQ(kind(192), PacketKind::unknown);
    EXPECT_EQ(kind(255), PacketKind::unknown);
}

TEST(Demux, the_second_byte_tells_rtcp_from_rtp_with_and_without_marker) {
    for (int type = 192; type <= 223; ++type) EXPECT_EQ(kind(0x80, type), PacketKind::rtcp) << type;
    for (int type = 64; type <= 95; ++type) EXPECT_EQ(kind(0x80, type), PacketKind::rtcp) << type;
    EXPECT_EQ(kind(0x80, 63), PacketKind::rtp);
    EXPECT_EQ(kind(0x80, 96), PacketKind::rtp);
    EXPECT_EQ(kind(0x80, 111), PacketKind::rtp);
    EXPECT_EQ(kind(0x80, 0x80 | 111), PacketKind::rtp);
}

TEST(Demux, nothing_and_a_lone_media_byte_are_unknown) {
    EXPECT_EQ(kind_of({}), PacketKind::unknown);
    const std::array<std::uint8_t, 1> lone{0x80};
    EXPECT_EQ(kind_of(lone), PacketKind::unknown);
}

}  // namespace
}  // namespace causeway::rtp
