#include "gateway/trunks/weighted_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace causeway::trunks {
namespace {

TEST(WeightedOrder, of_nothing_is_nothing) {
    EXPECT_TRUE(weighted_order({}, 1).empty());
}

TEST(WeightedOrder, keeps_priorities_whatever_the_weights) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const auto order = weighted_order({{20, 65535}, {10, 0}, {10, 1}, {30, 5}}, seed);
        ASSERT_EQ(order.size(), 4u);
        EXPECT_EQ(order[2], 0u);
        EXPECT_EQ(order[3], 3u);
    }
}

TEST(WeightedOrder, is_the_same_for_the_same_seed) {
    const std::vector<Ranked> all{{1, 1}, {1, 1}, {1, 1}, {1, 1}};
    EXPECT_EQ(weighted_order(all, 42), weighted_order(all, 42));
}

TEST(WeightedOrder, gives_each_weight_its_share_of_first_places) {
    std::map<std::size_t, int> firsts;
    constexpr int kCalls = 10'000;
    for (std::uint64_t seed = 0; seed < kCalls; ++seed) {
        ++firsts[weighted_order({{1, 60}, {1, 30}, {1, 10}}, seed).front()];
    }
    EXPECT_NEAR(firsts[0], 6000, 250);
    EXPECT_NEAR(firsts[1], 3000, 250);
    EXPECT_NEAR(firsts[2], 1000, 200);
}

TEST(WeightedOrder, a_weight_of_zero_has_a_very_small_chance_beside_others) {
    int first = 0;
    for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
        first += weighted_order({{1, 100}, {1, 0}}, seed).front() == 1 ? 1 : 0;
    }
    EXPECT_GT(first, 0);
    EXPECT_LT(first, 250);
}

TEST(WeightedOrder, holds_every_position_once) {
    std::vector<Ranked> all;
    for (int i = 0; i < 50; ++i) all.push_back({i % 3, i * 1000});
    auto order = weighted_order(all, 7);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(order[i], i);
}

}  // namespace
}  // namespace causeway::trunks
