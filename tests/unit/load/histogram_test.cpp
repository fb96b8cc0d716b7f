#include "tests/load/histogram.hpp"

#include <gtest/gtest.h>

namespace causeway::load {
namespace {

TEST(Histogram, tells_nothing_of_nothing) {
    const Histogram empty;
    EXPECT_EQ(empty.count(), 0U);
    EXPECT_EQ(empty.quantile(0.99), 0);
    EXPECT_EQ(empty.mean(), 0);
}

TEST(Histogram, quantiles_are_right_within_two_percent) {
    Histogram values;
    for (int i = 1; i <= 100'000; ++i) values.add(i * 1000);
    EXPECT_NEAR(static_cast<double>(values.quantile(0.5)), 50e6, 1e6);
    EXPECT_NEAR(static_cast<double>(values.quantile(0.99)), 99e6, 2e6);
    EXPECT_EQ(values.quantile(1), 100'000'000);
    EXPECT_NEAR(values.mean(), 50e6, 1e4);
    EXPECT_EQ(values.max(), 100'000'000);
}

TEST(Histogram, small_values_are_exact) {
    Histogram values;
    for (const int value : {1, 2, 3, 4, 50}) values.add(value);
    EXPECT_EQ(values.quantile(0.2), 1);
    EXPECT_EQ(values.quantile(0.6), 3);
    EXPECT_EQ(values.quantile(0.95), 50);
}

TEST(Histogram, a_value_of_hours_and_a_negative_one_have_a_place) {
    Histogram values;
    values.add(-5);
    values.add(std::int64_t{1} << 60);
    EXPECT_EQ(values.count(), 2U);
    EXPECT_EQ(values.quantile(0.5), 0);
    EXPECT_EQ(values.max(), std::int64_t{1} << 60);
}

TEST(Histogram, two_merged_are_one) {
    Histogram a;
    Histogram b;
    a.add(10);
    b.add(20);
    b.add(30);
    a.merge(b);
    EXPECT_EQ(a.count(), 3U);
    EXPECT_EQ(a.quantile(0.5), 20);
    EXPECT_EQ(a.max(), 30);
}

}  // namespace
}  // namespace causeway::load
