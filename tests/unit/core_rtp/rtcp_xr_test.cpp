// RFC 3611 §3, §4.4, §4.5, §4.7.
#include "core/rtp/rtcp_xr.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/rtp/rtcp.hpp"
#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;

// An XR packet by the drawings of §4.4, §4.5 and §4.7: reference time, one DLRR, VoIP metrics.
constexpr std::string_view kPacket =
    "80CF0011"
    "AABBCCDD"
    "04000002"
    "0102030405060708"
    "05000003"
    "11223344"
    "0A0B0C0D"
    "00010000"
    "07000008"
    "11223344"
    "0A05400C"
    "00C81388"
    "00640032"
    "ECBA7F10"
    "5D7F2B29"
    "B0000028"
    "003C00C8";

TEST(RtcpXr, the_three_blocks_are_read) {
    const auto report = parse_rtcp(from_hex(kPacket));
    ASSERT_TRUE(report);
    const ExtendedReport& xr = report->extended;
    EXPECT_EQ(xr.sender, Ssrc{0xAABBCCDD});
    EXPECT_EQ(xr.reference_time, 0x0102030405060708u);
    ASSERT_EQ(xr.answers().size(), 1u);
    EXPECT_EQ(xr.answers()[0], (DlrrBlock{{0x11223344}, 0x0A0B0C0D, 0x10000}));
    ASSERT_EQ(xr.metrics().size(), 1u);
    const VoipMetrics& voip = xr.metrics()[0];
    EXPECT_EQ(voip.ssrc, Ssrc{0x11223344});
    EXPECT_EQ(voip.loss_rate, 10);
    EXPECT_EQ(voip.discard_rate, 5);
    EXPECT_EQ(voip.burst_density, 64);
    EXPECT_EQ(voip.gap_density, 12);
    EXPECT_EQ(voip.burst_duration, 200);
    EXPECT_EQ(voip.gap_duration, 5000);
    EXPECT_EQ(voip.round_trip, 100);
    EXPECT_EQ(voip.end_system_delay, 50);
    EXPECT_EQ(voip.signal_level, -20);
    EXPECT_EQ(voip.noise_level, -70);
    EXPECT_EQ(voip.echo_loss, 127);
    EXPECT_EQ(voip.gmin, 16);
    EXPECT_EQ(voip.r_factor, 93);
    EXPECT_EQ(voip.external_r_factor, VoipMetrics::kUnknown);
    EXPECT_EQ(voip.mos_lq, 43);
    EXPECT_EQ(voip.mos_cq, 41);
    EXPECT_EQ(voip.receiver_config, kOurReceiverConfig);
    EXPECT_EQ(voip.buffer_nominal, 40);
    EXPECT_EQ(voip.buffer_maximum, 60);
    EXPECT_EQ(voip.buffer_absolute_maximum, 200);
}

TEST(RtcpXr, what_is_written_is_the_drawing_of_the_rfc) {
    const auto xr = parse_rtcp(from_hex(kPacket))->extended;
    std::array<std::uint8_t, 72> out{};
    const std::size_t size =
        write_extended(out.data(), *xr.sender, {xr.reference_time, xr.answers()[0], xr.metrics()[0]});
    const auto expected = from_hex(kPacket);
    EXPECT_EQ(std::vector(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)),
              std::vector(expected.begin() + 4, expected.end()));
}

TEST(RtcpXr, unknown_blocks_and_those_of_strange_length_are_skipped) {
    const auto report =
        parse_rtcp(from_hex("80CF0008"
                            "AABBCCDD"
                            "01000001"
                            "00000000"  // loss RLE
                            "04000001"
                            "01020304"  // reference time too short
                            "FF000000"
                            "04000002"
                            "0102030405060708"));
    EXPECT_FALSE(report) << "one word is missing";
    const auto whole =
        parse_rtcp(from_hex("80CF0009"
                            "AABBCCDD"
                            "01000001"
                            "00000000"
                            "04000001"
                            "01020304"
                            "FF000000"
                            "04000002"
                            "0102030405060708"));
    ASSERT_TRUE(whole);
    EXPECT_EQ(whole->extended.reference_time, 0x0102030405060708u);
}

TEST(RtcpXr, a_block_longer_than_its_packet_breaks_the_compound) {
    EXPECT_FALSE(
        parse_rtcp(from_hex("80CF0002"
                            "AABBCCDD"
                            "04000002")));
    EXPECT_FALSE(parse_rtcp(from_hex("80CF0000")));
    EXPECT_TRUE(
        parse_rtcp(from_hex("80CF0001"
                            "AABBCCDD")));
}

TEST(RtcpXr, values_out_of_range_are_unknown) {
    auto bytes = from_hex(kPacket);
    const std::size_t r = bytes.size() - 12;
    bytes[r] = 101;
    bytes[r + 2] = 9;
    bytes[r + 3] = 51;
    const auto voip = parse_rtcp(bytes)->extended.metrics()[0];
    EXPECT_EQ(voip.r_factor, VoipMetrics::kUnknown);
    EXPECT_EQ(voip.mos_lq, VoipMetrics::kUnknown);
    EXPECT_EQ(voip.mos_cq, VoipMetrics::kUnknown);
}

TEST(RtcpXr, the_longest_compound_fits_400_bytes) {
    std::array<std::uint8_t, 400> out{};
    const std::string cname(300, 'x');
    const RtcpCompound compound{.sender = kSsrc,
                                .cname = cname,
                                .sender_info = SenderInfo{},
                                .block = ReportBlock{},
                                .bye = true,
                                .extended = {std::uint64_t{1}, DlrrBlock{}, VoipMetrics{}}};
    const std::size_t size = write_rtcp(out, compound);
    EXPECT_LE(size, out.size());
    const auto read = parse_rtcp(std::span(out).first(size));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->bye, kSsrc);
    EXPECT_EQ(read->extended.metrics().size(), 1u);
}

}  // namespace
}  // namespace causeway::rtp
