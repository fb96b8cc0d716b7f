// RFC 3550 §6.2, §6.3, §6.4.
#include "core/rtp/rtcp_reporter.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;
using std::chrono::milliseconds;

constexpr Ssrc kOurs{1};
constexpr Ssrc kTheirs{2};
const WallTime kWall = WallTime{} + std::chrono::seconds(1'700'000'000);

WallTime wall_ms(std::int64_t ms) {
    return kWall + milliseconds(ms);
}

RtcpReporter reporter(Ssrc ssrc, std::uint32_t seed = 1) {
    return RtcpReporter({.ssrc = ssrc, .cname = "c", .seed = seed}, at_ms(0));
}

struct Written {
    std::array<std::uint8_t, 400> bytes{};
    std::size_t size = 0;
    std::span<const std::uint8_t> span() const { return {bytes.data(), size}; }
};

Written report_of(RtcpReporter& from, std::int64_t ms) {
    Written written;
    written.size = from.write_report(written.bytes, at_ms(ms), wall_ms(ms));
    return written;
}

TEST(RtcpReporter, sends_rr_until_it_has_sent_media_and_again_when_it_stopped) {
    auto ours = reporter(kOurs);
    EXPECT_FALSE(parse_rtcp(report_of(ours, 0).span())->sender_info);
    ours.on_sent(header(1, 1000), 160, at_ms(10));
    const auto report = parse_rtcp(report_of(ours, 110).span());
    ASSERT_TRUE(report->sender_info);
    EXPECT_EQ(report->sender_info->packets, 1u);
    EXPECT_EQ(report->sender_info->bytes, 160u);
    EXPECT_EQ(report->sender_info->timestamp, RtpTime{1000 + 800}) << "time goes on between packets";
    EXPECT_EQ(report->sender_info->ntp >> 32, 1'700'000'000u + 2'208'988'800u);
    EXPECT_TRUE(parse_rtcp(report_of(ours, 200).span())->sender_info);
    EXPECT_FALSE(parse_rtcp(report_of(ours, 300).span())->sender_info);
}

TEST(RtcpReporter, the_round_trip_is_what_lsr_and_dlsr_leave) {
    auto ours = reporter(kOurs);
    auto theirs = reporter(kTheirs);
    ours.on_sent(header(1, 1000, false, kOurs), 160, at_ms(0));
    theirs.on_received(header(1, 1000, false, kOurs), 160, at_ms(40));
    theirs.on_sent(header(1, 1000, false, kTheirs), 160, at_ms(0));
    EXPECT_TRUE(theirs.on_rtcp(report_of(ours, 100).span(), at_ms(140)));
    EXPECT_TRUE(ours.on_rtcp(report_of(theirs, 3000).span(), at_ms(3060)));
    ASSERT_TRUE(ours.round_trip());
    EXPECT_NEAR(std::chrono::duration<double>(*ours.round_trip()).count(), 0.100, 0.001);
    EXPECT_FALSE(theirs.round_trip());
}

TEST(RtcpReporter, a_made_up_lsr_gives_no_round_trip) {
    auto ours = reporter(kOurs);
    ours.on_sent(header(1, 1000), 160, at_ms(0));
    report_of(ours, 10);
    Written written;
    const ReportBlock block{kOurs, 0, 0, 0, 0, 0xDEADBEEF, 1};
    written.size = write_rtcp(written.bytes, {kTheirs, "c", {}, block, false});
    EXPECT_TRUE(ours.on_rtcp(written.span(), at_ms(20)));
    EXPECT_FALSE(ours.round_trip());
}

TEST(RtcpReporter, tells_what_the_peer_says_of_our_stream_only) {
    auto ours = reporter(kOurs);
    Written written;
    const ReportBlock block{kOurs, 64, 12, 500, 80, 0, 0};
    written.size = write_rtcp(written.bytes, {kTheirs, "c", {}, block, false});
    ours.on_rtcp(written.span(), at_ms(0));
    ASSERT_TRUE(ours.peer_report());
    EXPECT_DOUBLE_EQ(ours.peer_report()->loss_percent, 25.0);
    EXPECT_EQ(ours.peer_report()->cumulative_lost, 12);
    EXPECT_DOUBLE_EQ(ours.peer_report()->jitter_ms, 10.0);
    auto other = reporter({77});
    other.on_rtcp(written.span(), at_ms(0));
    EXPECT_FALSE(other.peer_report());
}

TEST(RtcpReporter, reports_the_loss_of_what_it_receives) {
    auto ours = reporter(kOurs);
    for (int n = 0; n < 8; ++n) {
        if (n == 3) continue;
        ours.on_received(header(static_cast<std::uint16_t>(n), static_cast<std::uint32_t>(n * 160)), 160,
                         at_ms(n * 20));
    }
    const auto report = parse_rtcp(report_of(ours, 200).span());
    ASSERT_EQ(report->block_count, 1u);
    EXPECT_EQ(report->blocks[0].ssrc, kSsrc);
    EXPECT_EQ(report->blocks[0].fraction_lost, 32);
    EXPECT_EQ(report->blocks[0].cumulative_lost, 1);
    EXPECT_EQ(report->blocks[0].last_sr, 0u) << "no SR was received";
}

TEST(RtcpReporter, intervals_are_random_between_half_and_one_and_a_half) {
    Duration least = Duration::max();
    Duration most = Duration::min();
    for (std::uint32_t seed = 1; seed < 200; ++seed) {
        auto ours = reporter(kOurs, seed * 2654435761u);
        report_of(ours, 0);
        least = std::min(least, ours.next_due() - at_ms(0));
        most = std::max(most, ours.next_due() - at_ms(0));
    }
    EXPECT_GE(least, milliseconds(2500));
    EXPECT_LE(most, milliseconds(7500));
    EXPECT_LT(least, milliseconds(3000));
    EXPECT_GT(most, milliseconds(7000));
}

TEST(RtcpReporter, the_first_report_comes_early) {
    const auto ours = reporter(kOurs);
    EXPECT_LE(ours.next_due(), at_ms(3750));
}

TEST(RtcpReporter, bye_of_the_received_stream_is_heard_and_a_new_stream_revives) {
    auto ours = reporter(kOurs);
    auto theirs = reporter(kTheirs);
    ours.on_received(header(1, 0, false, kTheirs), 160, at_ms(0));
    Written written;
    written.size = theirs.write_bye(written.bytes, at_ms(1), wall_ms(1));
    EXPECT_TRUE(ours.on_rtcp(written.span(), at_ms(2)));
    EXPECT_TRUE(ours.peer_left());
    ours.on_received(header(1, 0, false, {5}), 160, at_ms(3));
    EXPECT_FALSE(ours.peer_left());
}

TEST(RtcpReporter, garbage_is_refused) {
    auto ours = reporter(kOurs);
    EXPECT_FALSE(ours.on_rtcp(from_hex("80c9"), at_ms(0)));
}

TEST(RtcpReporter, who_only_listens_learns_the_round_trip_by_reference_times) {
    auto ours = reporter(kOurs);
    auto theirs = reporter(kTheirs);
    ours.set_extended({.reference_time = true});
    const auto asked = report_of(ours, 100);
    EXPECT_FALSE(parse_rtcp(asked.span())->sender_info);
    EXPECT_TRUE(parse_rtcp(asked.span())->extended.reference_time);
    EXPECT_TRUE(theirs.on_rtcp(asked.span(), at_ms(140)));
    const auto answered = report_of(theirs, 1140);
    ASSERT_EQ(parse_rtcp(answered.span())->extended.answers().size(), 1u);
    EXPECT_TRUE(ours.on_rtcp(answered.span(), at_ms(1190)));
    ASSERT_TRUE(ours.round_trip());
    EXPECT_NEAR(std::chrono::duration<double>(*ours.round_trip()).count(), 0.090, 0.0001);
    EXPECT_TRUE(parse_rtcp(report_of(theirs, 2000).span())->extended.answers().empty()) << "answered once";
}

TEST(RtcpReporter, a_sender_sends_no_reference_time) {
    auto ours = reporter(kOurs);
    ours.set_extended({.reference_time = true, .voip_metrics = true});
    ours.on_sent(header(1, 1000, false, kOurs), 160, at_ms(0));
    EXPECT_FALSE(parse_rtcp(report_of(ours, 100).span())->extended.reference_time);
}

TEST(RtcpReporter, voip_metrics_go_to_peers_that_want_or_send_them) {
    auto ours = reporter(kOurs);
    auto theirs = reporter(kTheirs);
    ours.set_voip_metrics({.r_factor = 93, .mos_cq = 44});
    theirs.set_voip_metrics({.r_factor = 80, .mos_cq = 40});
    ours.on_received(header(1, 1000, false, kTheirs), 160, at_ms(0));
    theirs.on_received(header(1, 1000, false, kOurs), 160, at_ms(0));
    EXPECT_TRUE(parse_rtcp(report_of(ours, 100).span())->extended.metrics().empty());
    theirs.set_extended({.voip_metrics = true});
    EXPECT_TRUE(ours.on_rtcp(report_of(theirs, 200).span(), at_ms(210)));
    ASSERT_TRUE(ours.peer_metrics());
    EXPECT_EQ(ours.peer_metrics()->mos_cq, 40);
    const auto sent = parse_rtcp(report_of(ours, 300).span())->extended;
    ASSERT_EQ(sent.metrics().size(), 1u);
    EXPECT_EQ(sent.metrics()[0].ssrc, kTheirs);
    EXPECT_EQ(sent.metrics()[0].r_factor, 93);
}

TEST(RtcpReporter, metrics_about_somebody_else_are_not_ours) {
    auto ours = reporter(kOurs);
    Written written;
    written.size =
        write_rtcp(written.bytes, {kTheirs, "c", {}, {}, false, {.voip = VoipMetrics{.ssrc = {77}}}});
    EXPECT_TRUE(ours.on_rtcp(written.span(), at_ms(10)));
    EXPECT_FALSE(ours.peer_metrics());
}

}  // namespace
}  // namespace causeway::rtp
