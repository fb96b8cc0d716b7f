#include "gateway/trunks/health.hpp"

#include <gtest/gtest.h>

namespace causeway::trunks {
namespace {

TEST(Health, is_good_until_so_many_failures_in_a_row) {
    Health health(3, 2);
    EXPECT_TRUE(health.up());
    EXPECT_FALSE(health.heard(false));
    EXPECT_FALSE(health.heard(false));
    EXPECT_TRUE(health.heard(false));
    EXPECT_FALSE(health.up());
}

TEST(Health, an_answer_between_failures_starts_the_count_anew) {
    Health health(2, 2);
    health.heard(false);
    health.heard(true);
    EXPECT_FALSE(health.heard(false));
    EXPECT_TRUE(health.up());
}

TEST(Health, comes_back_after_so_many_answers_in_a_row) {
    Health health(1, 2);
    health.heard(false);
    EXPECT_FALSE(health.heard(true));
    EXPECT_FALSE(health.heard(false));
    EXPECT_FALSE(health.heard(true));
    EXPECT_TRUE(health.heard(true));
    EXPECT_TRUE(health.up());
    EXPECT_FALSE(health.heard(true)) << "a change is told once";
}

}  // namespace
}  // namespace causeway::trunks
