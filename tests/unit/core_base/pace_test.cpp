#include "core/loop/pace.hpp"

#include <gtest/gtest.h>

namespace causeway {
namespace {

using namespace std::chrono_literals;

class PaceTest : public testing::Test {
  protected:
    void run(int events_per_second) {
        for (int n = 0; n < 1000; ++n) {
            now_ += 1ms;
            carry_ += events_per_second;
            pace_.served(static_cast<std::size_t>(carry_ / 1000), now_);
            carry_ %= 1000;
        }
    }

    Instant now_{1h};
    Pace pace_{now_};
    int carry_ = 0;
};

TEST_F(PaceTest, few_packets_are_served_at_once) {
    EXPECT_FALSE(pace_.ticking());
    run(1900);
    EXPECT_FALSE(pace_.ticking());
}

TEST_F(PaceTest, many_packets_are_served_in_ticks_until_they_are_few) {
    run(2100);
    EXPECT_TRUE(pace_.ticking());
    run(1300);
    EXPECT_TRUE(pace_.ticking());
    run(1100);
    EXPECT_FALSE(pace_.ticking());
}

TEST_F(PaceTest, one_burst_after_a_long_wait_is_not_many) {
    now_ += 10s;
    pace_.served(300, now_);
    EXPECT_FALSE(pace_.ticking());
}

TEST_F(PaceTest, ticks_lie_on_a_grid_and_ahead) {
    run(10000);
    EXPECT_EQ(pace_.tick_after(now_), now_ + 2ms);
    EXPECT_EQ(pace_.tick_after(now_ + 1900us), now_ + 2ms);
}

TEST_F(PaceTest, ticks_are_short_for_a_while_after_an_exchange_began) {
    run(10000);
    pace_.hasten(now_);
    EXPECT_EQ(pace_.tick_after(now_), now_ + 250us);
    EXPECT_EQ(pace_.tick_after(now_ + 19ms + 900us), now_ + 20ms);
    EXPECT_EQ(pace_.tick_after(now_ + 20ms), now_ + 22ms);
}

}  // namespace
}  // namespace causeway
