// RFC 3550 §5.1.
#include "core/rtp/rewriter.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;

constexpr Ssrc kOut{0xABCD};

Rewriter rewriter(std::uint16_t first = 1000) {
    return Rewriter(kOut, 8000, {first}, {5000});
}

TEST(Rewriter, the_first_packet_opens_the_stream_with_a_marker) {
    auto out = rewriter();
    EXPECT_EQ(out.next(header(7, 99, false, kSsrc, 8), at_ms(0)), header(1000, 5000, true, kOut, 8));
    EXPECT_EQ(out.next(header(8, 259, false, kSsrc, 8), at_ms(20)), header(1001, 5160, false, kOut, 8));
}

TEST(Rewriter, starts_in_the_lower_half_of_the_sequence) {
    auto out = rewriter(0xF000);
    EXPECT_EQ(out.next(header(7, 99), at_ms(0))->sequence, SequenceNumber{0x7000});
}

TEST(Rewriter, loss_and_reordering_stay_visible) {
    auto out = rewriter();
    out.next(header(10, 1600), at_ms(0));
    EXPECT_EQ(out.next(header(13, 2080), at_ms(60))->sequence, SequenceNumber{1003});
    EXPECT_EQ(out.next(header(12, 1920), at_ms(61)), header(1002, 5320, false, kOut));
    EXPECT_EQ(out.next(header(14, 2240), at_ms(80))->sequence, SequenceNumber{1004});
}

TEST(Rewriter, a_duplicate_is_dropped) {
    auto out = rewriter();
    out.next(header(10, 1600), at_ms(0));
    out.next(header(11, 1760), at_ms(20));
    EXPECT_FALSE(out.next(header(11, 1760), at_ms(20)));
    EXPECT_FALSE(out.next(header(10, 1600), at_ms(21)));
    EXPECT_TRUE(out.next(header(12, 1920), at_ms(40)));
}

TEST(Rewriter, another_source_goes_on_where_the_last_one_was) {
    auto out = rewriter();
    out.next(header(10, 1600), at_ms(0));
    const auto next = out.next(header(40000, 3'000'000'000, false, {9}), at_ms(100));
    EXPECT_EQ(next, header(1001, 5000 + 800, true, kOut));
    EXPECT_EQ(out.next(header(40001, 3'000'000'160, false, {9}), at_ms(120)),
              header(1002, 5960, false, kOut));
}

TEST(Rewriter, a_restart_or_timestamp_jump_of_the_same_source_is_smoothed) {
    auto out = rewriter();
    out.next(header(10, 1600), at_ms(0));
    EXPECT_EQ(out.next(header(30000, 1760), at_ms(20)), header(1001, 5160, true, kOut));
    EXPECT_EQ(out.next(header(30001, 900'000'000), at_ms(40)), header(1002, 5320, true, kOut));
}

TEST(Rewriter, a_true_pause_keeps_its_length) {
    auto out = rewriter();
    out.next(header(10, 1600), at_ms(0));
    EXPECT_EQ(out.next(header(11, 1600 + 80'000, true), at_ms(10'000)),
              header(1001, 5000 + 80'000, true, kOut));
}

TEST(Rewriter, a_source_that_counted_through_a_hold_does_not_jump_out) {
    auto out = rewriter();
    out.next(header(10, 0), at_ms(0));
    const auto next = out.next(header(10 + 40000, 40000u * 160), at_ms(40000 * 20));
    EXPECT_EQ(next->sequence, SequenceNumber{1001});
    EXPECT_EQ(next->timestamp, RtpTime{5000 + 40000u * 160});
}

TEST(Rewriter, generated_packets_push_the_source_on) {
    auto out = rewriter();
    out.next(header(10, 1600), at_ms(0));
    const RtpTime start = out.time_at(at_ms(20));
    EXPECT_EQ(start, RtpTime{5160});
    EXPECT_EQ(out.next_generated({101}, true, start, at_ms(20)), header(1001, 5160, true, kOut, 101));
    EXPECT_EQ(out.next_generated({101}, false, start, at_ms(40)), header(1002, 5160, false, kOut, 101));
    EXPECT_EQ(out.next(header(11, 1600 + 480), at_ms(60)), header(1003, 5480, false, kOut));
}

TEST(Rewriter, a_straggler_from_before_generated_packets_is_dropped) {
    auto out = rewriter();
    out.next(header(10, 1600), at_ms(0));
    out.next(header(12, 1920), at_ms(40));
    out.next_generated({101}, true, out.time_at(at_ms(60)), at_ms(60));
    EXPECT_FALSE(out.next(header(11, 1760), at_ms(61)));
}

TEST(Rewriter, no_number_is_used_twice_whatever_comes) {
    auto out = rewriter();
    std::set<std::uint32_t> used;
    std::uint32_t random = 12345;
    for (int n = 0; n < 20000; ++n) {
        random = random * 1664525 + 1013904223;
        const auto jitter = static_cast<int>(random >> 24) % 16;
        std::optional<RtpHeader> sent;
        if (n % 50 == 49) {
            sent = out.next_generated({101}, false, out.time_at(at_ms(n * 20)), at_ms(n * 20));
        } else {
            const auto ssrc = Ssrc{static_cast<std::uint32_t>(n / 3000)};
            sent = out.next(header(static_cast<std::uint16_t>(n - jitter),
                                   static_cast<std::uint32_t>((n - jitter) * 160), false, ssrc),
                            at_ms(n * 20));
        }
        if (!sent) continue;
        ASSERT_TRUE(used.insert(sent->sequence.value).second) << n;
    }
    EXPECT_GT(used.size(), 10000u);
}

TEST(Rewriter, another_clock_goes_on_in_new_ticks) {
    auto out = rewriter();
    out.next(header(10, 1600), at_ms(0));
    out.set_clock_rate(48000, at_ms(20));
    EXPECT_EQ(out.next(header(11, 0), at_ms(40)), header(1001, 5160 + 960, true, kOut));
}

TEST(Rewriter, survives_the_wrap_of_the_source_for_hours) {
    auto out = rewriter(0);
    std::uint16_t expected = 0;
    for (int n = 0; n < 200'000; ++n) {
        const auto sent = out.next(header(static_cast<std::uint16_t>(n), static_cast<std::uint32_t>(n) * 160),
                                   at_ms(std::int64_t{n} * 20));
        ASSERT_TRUE(sent);
        ASSERT_EQ(sent->sequence.value, expected++);
    }
}

}  // namespace
}  // namespace causeway::rtp
