#include "gateway/http/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace causeway::http {
namespace {

using std::chrono::milliseconds;
constexpr Instant kStart{std::chrono::hours(1)};

TEST(RateLimiter, allows_a_burst_and_then_the_rate) {
    RateLimiter limiter(10, 20);
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(limiter.allow(kStart));
    EXPECT_FALSE(limiter.allow(kStart));
    EXPECT_FALSE(limiter.allow(kStart + milliseconds(99)));
    EXPECT_TRUE(limiter.allow(kStart + milliseconds(101)));
    EXPECT_FALSE(limiter.allow(kStart + milliseconds(102)));
}

TEST(RateLimiter, saves_no_more_than_a_burst) {
    RateLimiter limiter(10, 20);
    EXPECT_TRUE(limiter.allow(kStart));
    int allowed = 0;
    while (limiter.allow(kStart + std::chrono::hours(1))) ++allowed;
    EXPECT_EQ(allowed, 20);
}

}  // namespace
}  // namespace causeway::http
