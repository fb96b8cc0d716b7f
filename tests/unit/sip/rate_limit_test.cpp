#include "sip/ua/rate_limit.hpp"

#include <gtest/gtest.h>

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;

const Instant kStart = Instant{} + 1h;

SocketAddress source(unsigned n) {
    return *SocketAddress::parse("10." + std::to_string(n >> 16 & 255) + "." + std::to_string(n >> 8 & 255) +
                                     "." + std::to_string(n & 255),
                                 static_cast<std::uint16_t>(n));
}

TEST(RateLimit, a_burst_passes_and_then_the_rate_holds) {
    RateLimit limit(10, 5);
    int passed = 0;
    for (int i = 0; i < 100; ++i) passed += limit.take(source(1), kStart) ? 1 : 0;
    EXPECT_EQ(passed, 5);
    EXPECT_FALSE(limit.take(source(1), kStart + 90ms));
    EXPECT_TRUE(limit.take(source(1), kStart + 200ms));
}

TEST(RateLimit, one_sources_flood_takes_nothing_from_another) {
    RateLimit limit(10, 5);
    while (limit.take(source(1), kStart)) {
    }
    EXPECT_TRUE(limit.take(source(2), kStart));
}

TEST(RateLimit, ports_of_one_host_share_a_bucket) {
    RateLimit limit(1, 1);
    EXPECT_TRUE(limit.take(source(1).with_port(1), kStart));
    EXPECT_FALSE(limit.take(source(1).with_port(2), kStart));
}

TEST(RateLimit, invented_sources_without_end_share_what_is_left) {
    RateLimit limit(1, 2);
    for (unsigned n = 0; n < RateLimit::kMostSources; ++n) EXPECT_TRUE(limit.take(source(n), kStart));
    unsigned passed = 0;
    for (unsigned n = 0; n < 1000; ++n) passed += limit.take(source(100'000 + n), kStart) ? 1U : 0U;
    EXPECT_EQ(passed, 2U);
    EXPECT_TRUE(limit.take(source(200'000), kStart + 10s)) << "idle sources are forgotten";
}

}  // namespace
}  // namespace causeway::sip
