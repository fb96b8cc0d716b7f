// RFC 3550 §6.4, §6.5, §6.6, A.2.
#include "core/rtp/rtcp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;

constexpr ReportBlock kBlock{{0xAABBCCDD}, 64, -5, 0x00012345, 77, 0x11112222, 65536};

std::vector<std::uint8_t> written(const RtcpCompound& compound) {
    std::vector<std::uint8_t> out(400);
    out.resize(write_rtcp(out, compound));
    return out;
}

TEST(Rtcp, a_sender_report_comes_back_as_written) {
    const SenderInfo info{0x0123456789ABCDEF, {160}, 10, 1600};
    const auto bytes = written({{1}, "name", info, kBlock, true});
    const auto report = parse_rtcp(bytes);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->sender, Ssrc{1});
    EXPECT_EQ(report->sender_info, info);
    ASSERT_EQ(report->block_count, 1u);
    EXPECT_EQ(report->blocks[0], kBlock);
    EXPECT_EQ(report->bye, Ssrc{1});
}

TEST(Rtcp, a_receiver_report_without_block_is_a_whole_compound) {
    const auto bytes = written({{0x01020304}, "ab", {}, {}, false});
    EXPECT_EQ(bytes, from_hex("80c9000101020304"
                              "81ca0003010203040102616200000000"));
    const auto report = parse_rtcp(bytes);
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->sender_info);
    EXPECT_FALSE(report->bye);
    EXPECT_EQ(report->block_count, 0u);
}

TEST(Rtcp, every_length_of_cname_gives_whole_words_and_a_terminator) {
    for (std::size_t length = 0; length <= 300; ++length) {
        const std::string cname(length, 'x');
        const auto bytes = written({{1}, cname, SenderInfo{}, kBlock, true});
        ASSERT_EQ(bytes.size() % 4, 0u);
        ASSERT_TRUE(parse_rtcp(bytes)) << length;
        ASSERT_TRUE(parse_rtcp(bytes)->bye) << length;
        const std::size_t item = 28 + 24 + 8 + 2 + std::min<std::size_t>(length, 255);
        ASSERT_EQ(bytes.at(item), 0) << length;
    }
}

TEST(Rtcp, a_small_buffer_gets_nothing) {
    std::array<std::uint8_t, 399> small{};
    EXPECT_EQ(write_rtcp(small, {}), 0u);
}

TEST(Rtcp, unknown_types_are_skipped_and_reduced_size_is_read) {
    // PLI-like feedback alone (RFC 5506), then an XR, then a BYE.
    const auto report =
        parse_rtcp(from_hex("81ce00020000000100000002"
                            "80cf000100000001"
                            "81cb000100000009"));
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->sender);
    EXPECT_EQ(report->bye, Ssrc{9});
}

TEST(Rtcp, padding_belongs_to_the_last_packet_only) {
    EXPECT_TRUE(parse_rtcp(from_hex("a0c900020000000100000004")));
    EXPECT_FALSE(
        parse_rtcp(from_hex("a0c900020000000100000004"
                            "80c9000100000001")));
    EXPECT_FALSE(parse_rtcp(from_hex("a0c900020000000100000000")));
    EXPECT_FALSE(parse_rtcp(from_hex("a0c900020000000100000009")));
}

TEST(Rtcp, refuses_what_is_shorter_than_it_says) {
    EXPECT_FALSE(parse_rtcp({}));
    EXPECT_FALSE(parse_rtcp(from_hex("80c900")));
    EXPECT_FALSE(parse_rtcp(from_hex("80c9000200000001")));    // length beyond the end
    EXPECT_FALSE(parse_rtcp(from_hex("81c9000100000001")));    // one block promised, none there
    EXPECT_FALSE(parse_rtcp(from_hex("80c8000100000001")));    // SR without sender info
    EXPECT_FALSE(parse_rtcp(from_hex("82cb000100000001")));    // BYE of two with one
    EXPECT_FALSE(parse_rtcp(from_hex("40c9000100000001")));    // version
    EXPECT_FALSE(parse_rtcp(from_hex("80c900010000000180")));  // trailing byte
    EXPECT_FALSE(parse_rtcp(from_hex("80c90000")));            // RR without its SSRC
}

TEST(Rtcp, more_blocks_than_fit_are_skipped) {
    std::vector<std::uint8_t> bytes = from_hex("9fc9");
    bytes.push_back(0);
    bytes.push_back(static_cast<std::uint8_t>(1 + 31 * 6));
    bytes.resize(4 + 4 + 31 * 24);
    const auto report = parse_rtcp(bytes);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->reports().size(), RtcpReport::kMaxBlocks);
}

}  // namespace
}  // namespace causeway::rtp
