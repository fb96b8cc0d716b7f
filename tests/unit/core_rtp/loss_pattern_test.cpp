// RFC 3611 §4.7.1, §4.7.2.
#include "core/rtp/loss_pattern.hpp"

#include <gtest/gtest.h>

#include <set>

namespace causeway::rtp {
namespace {

/// Packets 0..count-1 and enough after them that all are settled.
LossPattern pattern(int count, const std::set<int>& lost, const std::set<int>& discarded = {},
                    std::uint16_t first = 65500) {
    LossPattern made;
    for (int n = 0; n < count + 32; ++n) {
        const SequenceNumber sequence{static_cast<std::uint16_t>(first + n)};
        if (!lost.count(n)) made.on_packet(sequence);
        if (discarded.count(n)) made.on_discarded(sequence);
    }
    return made;
}

TEST(LossPattern, a_whole_stream_is_one_gap_without_loss) {
    const auto made = pattern(100, {});
    EXPECT_EQ(made.totals().expected, 100u);
    EXPECT_EQ(made.totals().bad(), 0u);
    EXPECT_EQ(made.bursts().gap_packets, 100);
    EXPECT_EQ(made.bursts().burst_packets, 0);
}

TEST(LossPattern, losses_sixteen_apart_are_isolated_and_belong_to_the_gap) {
    const auto made = pattern(100, {20, 37, 54});
    EXPECT_EQ(made.totals().lost, 3u);
    EXPECT_EQ(made.totals().runs, 3u);
    EXPECT_EQ(made.bursts().burst_packets, 0);
    EXPECT_EQ(made.bursts().gap_packets, 100);
    EXPECT_DOUBLE_EQ(made.bursts().gap_density, 0.03);
}

TEST(LossPattern, the_example_of_the_rfc) {
    // RFC 3611 §4.7.2: "11110111111111111111111X111X1011110111111111111111111X111111..." as a burst of 12
    // between gaps, with 33 % bad; 1 received, 0 lost, X discarded. Gmin is 16.
    const std::string fates =
        "111111111111111111110111111111111111111111X111X1011110111111111111111111X111111111111111111";
    std::set<int> lost, discarded;
    for (int n = 0; n < static_cast<int>(fates.size()); ++n) {
        if (fates[static_cast<std::size_t>(n)] == '0') lost.insert(n);
        if (fates[static_cast<std::size_t>(n)] == 'X') discarded.insert(n);
    }
    const auto made = pattern(static_cast<int>(fates.size()), lost, discarded);
    EXPECT_EQ(made.totals().lost, 3u);
    EXPECT_EQ(made.totals().discarded, 3u);
    const auto bursts = made.bursts();
    EXPECT_EQ(bursts.burst_packets, 12);
    EXPECT_DOUBLE_EQ(bursts.burst_density, 4.0 / 12);
    EXPECT_DOUBLE_EQ(bursts.gap_packets, static_cast<double>(fates.size() - 12) / 2);
    EXPECT_DOUBLE_EQ(bursts.gap_density, 2.0 / static_cast<double>(fates.size() - 12));
}

TEST(LossPattern, a_burst_under_way_counts) {
    const auto made = pattern(50, {44, 45, 49});
    EXPECT_EQ(made.bursts().burst_packets, 6);
    EXPECT_EQ(made.bursts().gap_packets, 44);
    EXPECT_EQ(made.totals().runs, 2u);
}

TEST(LossPattern, what_comes_late_but_within_the_window_is_not_lost) {
    LossPattern made;
    for (int n = 0; n < 100; ++n) {
        if (n % 10 != 3) made.on_packet({static_cast<std::uint16_t>(n)});
        if (n % 10 == 9) made.on_packet({static_cast<std::uint16_t>(n - 6)});
    }
    EXPECT_EQ(made.totals().lost, 0u);
}

TEST(LossPattern, duplicates_and_old_packets_change_nothing) {
    auto made = pattern(100, {10});
    const auto before = made.totals();
    made.on_packet({65531});
    made.on_packet({65510});
    made.on_discarded({65510});
    EXPECT_EQ(made.totals().expected, before.expected);
    EXPECT_EQ(made.totals().lost, 1u);
    EXPECT_EQ(made.totals().discarded, 0u);
}

}  // namespace
}  // namespace causeway::rtp
