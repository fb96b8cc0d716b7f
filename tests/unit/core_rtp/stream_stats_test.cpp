// RFC 3550 A.1, A.3, A.8.
#include "core/rtp/stream_stats.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;

void feed(StreamStats& stats, int n, std::int64_t extra_ms = 0) {
    stats.on_packet(header(static_cast<std::uint16_t>(n), static_cast<std::uint32_t>(n) * 160), 160,
                    at_ms(n * 20 + extra_ms));
}

TEST(StreamStats, nothing_received_is_nothing_to_report) {
    StreamStats stats(8000);
    EXPECT_FALSE(stats.take_report());
    EXPECT_EQ(stats.packets(), 0u);
}

TEST(StreamStats, a_regular_stream_has_no_loss_and_no_jitter) {
    StreamStats stats(8000);
    for (int n = 10; n < 110; ++n) feed(stats, n);
    const auto report = stats.take_report();
    ASSERT_TRUE(report);
    EXPECT_EQ(report->ssrc, kSsrc);
    EXPECT_EQ(report->fraction_lost, 0);
    EXPECT_EQ(report->cumulative_lost, 0);
    EXPECT_EQ(report->extended_highest, 109u);
    EXPECT_EQ(report->jitter, 0u);
    EXPECT_EQ(stats.packets(), 100u);
    EXPECT_EQ(stats.bytes(), 16000u);
}

TEST(StreamStats, loss_is_told_per_interval_and_in_all) {
    StreamStats stats(8000);
    for (int n = 0; n < 100; ++n) {
        if (n % 4 != 3 || n == 99) feed(stats, n);
    }
    auto report = stats.take_report();
    EXPECT_EQ(report->cumulative_lost, 24);
    EXPECT_EQ(report->fraction_lost, 24 * 256 / 100);
    EXPECT_NEAR(stats.loss_percent(), 24, 0.5);
    for (int n = 100; n < 200; ++n) feed(stats, n);
    report = stats.take_report();
    EXPECT_EQ(report->cumulative_lost, 24);
    EXPECT_EQ(report->fraction_lost, 0);
    EXPECT_EQ(stats.loss_percent(), 0);
}

TEST(StreamStats, duplicates_make_loss_negative_and_fraction_zero) {
    StreamStats stats(8000);
    for (int n = 0; n < 10; ++n) {
        feed(stats, n);
        feed(stats, n);
    }
    const auto report = stats.take_report();
    EXPECT_EQ(report->cumulative_lost, -10);
    EXPECT_EQ(report->fraction_lost, 0);
    EXPECT_EQ(stats.lost(), 0u);
}

TEST(StreamStats, the_highest_sequence_counts_its_wraps) {
    StreamStats stats(8000);
    for (int n = 65500; n < 65600; ++n) feed(stats, n);
    EXPECT_EQ(stats.take_report()->extended_highest, 65599u);
    EXPECT_EQ(stats.lost(), 0u);
}

TEST(StreamStats, jitter_follows_the_formula_of_a8) {
    StreamStats stats(8000);
    feed(stats, 0);
    feed(stats, 1, 16);  // 16 ms = 128 ticks late: J = 128/16
    EXPECT_DOUBLE_EQ(stats.jitter_ms(), 1.0);
    feed(stats, 2, 16);  // no change of transit: J -= J/16
    EXPECT_DOUBLE_EQ(stats.jitter_ms(), 1.0 - 1.0 / 16);
}

TEST(StreamStats, another_ssrc_starts_anew_but_totals_stay) {
    StreamStats stats(8000);
    for (int n : {0, 1, 2, 5}) feed(stats, n);
    stats.on_packet(header(40000, 7, false, {99}), 160, at_ms(200));
    const auto report = stats.take_report();
    EXPECT_EQ(report->ssrc, Ssrc{99});
    EXPECT_EQ(report->extended_highest, 40000u);
    EXPECT_EQ(report->cumulative_lost, 0);
    EXPECT_EQ(stats.packets(), 5u);
    EXPECT_EQ(stats.lost(), 2u);
}

TEST(StreamStats, a_wild_jump_is_believed_when_the_next_packet_confirms_it) {
    StreamStats stats(8000);
    for (int n = 0; n < 10; ++n) feed(stats, n);
    feed(stats, 30000);
    EXPECT_EQ(stats.take_report()->extended_highest, 9u);
    feed(stats, 30001);
    EXPECT_EQ(stats.take_report()->extended_highest, 30001u);
    EXPECT_EQ(stats.lost(), 0u);
}

}  // namespace
}  // namespace causeway::rtp
