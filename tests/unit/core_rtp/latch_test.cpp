// RFC 4961, RFC 7362 §4.
#include "core/rtp/latch.hpp"

#include <gtest/gtest.h>

#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;

SocketAddress address(const char* text) {
    return SocketAddress::parse(text).value();
}

const SocketAddress kSignalled = address("192.0.2.1:4000");
const SocketAddress kNat = address("198.51.100.7:40001");
const SocketAddress kStranger = address("203.0.113.66:5");

Latch signalled_latch() {
    Latch latch;
    latch.set_signalled(kSignalled);
    return latch;
}

TEST(Latch, sends_to_the_signalled_address_until_a_packet_came) {
    auto latch = signalled_latch();
    EXPECT_EQ(latch.target(), kSignalled);
    EXPECT_TRUE(latch.accept(kNat, at_ms(0)));
    EXPECT_EQ(latch.target(), kNat);
}

TEST(Latch, nothing_signalled_is_nowhere_to_send) {
    Latch latch;
    EXPECT_FALSE(latch.target());
    auto held = signalled_latch();
    held.accept(kNat, at_ms(0));
    held.set_signalled(std::nullopt);
    EXPECT_FALSE(held.target());
}

TEST(Latch, a_second_source_is_refused) {
    auto latch = signalled_latch();
    latch.accept(kNat, at_ms(0));
    EXPECT_FALSE(latch.accept(kStranger, at_ms(10)));
    EXPECT_EQ(latch.target(), kNat);
}

TEST(Latch, while_learning_the_signalled_address_takes_over_from_a_stranger) {
    auto latch = signalled_latch();
    EXPECT_TRUE(latch.accept(kStranger, at_ms(0)));
    EXPECT_TRUE(latch.accept(kSignalled.with_port(4002), at_ms(100))) << "the same host fits better";
    EXPECT_TRUE(latch.accept(kSignalled, at_ms(200))) << "the exact address fits best";
    EXPECT_FALSE(latch.accept(kSignalled.with_port(4002), at_ms(300)));
    EXPECT_FALSE(latch.accept(kStranger, at_ms(400)));
    EXPECT_EQ(latch.target(), kSignalled);
}

TEST(Latch, an_early_intruder_gives_way_to_the_signalled_address_however_late_it_speaks) {
    auto latch = signalled_latch();
    for (int ms = 0; ms <= 3000; ms += 20) latch.accept(kStranger, at_ms(ms));
    EXPECT_TRUE(latch.accept(kSignalled, at_ms(3001)));
    EXPECT_FALSE(latch.accept(kStranger, at_ms(3002)));
    EXPECT_EQ(latch.target(), kSignalled);
}

TEST(Latch, an_injector_beside_a_living_stream_never_wins) {
    auto latch = signalled_latch();
    for (int ms = 0; ms < 20000; ms += 20) {
        EXPECT_TRUE(latch.accept(kNat, at_ms(ms)));
        for (int n = 0; n < 10; ++n) EXPECT_FALSE(latch.accept(kStranger, at_ms(ms + 1)));
    }
    EXPECT_EQ(latch.target(), kNat);
}

TEST(Latch, a_nat_that_rebinds_is_followed_after_silence_and_a_run_of_packets) {
    auto latch = signalled_latch();
    latch.accept(kNat, at_ms(0));
    const auto rebound = kNat.with_port(50000);
    for (int ms = 100; ms < 2000; ms += 100) EXPECT_FALSE(latch.accept(rebound, at_ms(ms)));
    int refused = 0;
    while (!latch.accept(rebound, at_ms(2000 + 20 * refused))) ++refused;
    EXPECT_EQ(refused, 4);
    EXPECT_EQ(latch.target(), rebound);
    EXPECT_FALSE(latch.accept(kNat, at_ms(2200)));
}

TEST(Latch, two_strangers_taking_turns_make_no_run) {
    auto latch = signalled_latch();
    latch.accept(kNat, at_ms(0));
    for (int n = 0; n < 50; ++n) {
        EXPECT_FALSE(latch.accept(kStranger, at_ms(3000 + n * 20)));
        EXPECT_FALSE(latch.accept(kStranger.with_port(9), at_ms(3010 + n * 20)));
    }
}

TEST(Latch, moves_only_a_few_times) {
    auto latch = signalled_latch();
    latch.accept(kNat, at_ms(0));
    int moves = 0;
    std::int64_t ms = 0;
    for (std::uint16_t port = 1000; port < 1010; ++port) {
        ms += 5000;
        for (int n = 0; n < 10; ++n) moves += latch.accept(kNat.with_port(port), at_ms(ms + n)) && n == 4;
    }
    EXPECT_EQ(moves, 3);
}

TEST(Latch, another_signalled_address_starts_anew_and_the_same_does_not) {
    auto latch = signalled_latch();
    latch.accept(kNat, at_ms(0));
    latch.set_signalled(kSignalled);
    EXPECT_EQ(latch.target(), kNat);
    latch.set_signalled(kSignalled.with_port(6000));
    EXPECT_FALSE(latch.learned());
    EXPECT_TRUE(latch.accept(kStranger, at_ms(1)));
}

}  // namespace
}  // namespace causeway::rtp
