#include "core/loop/busy_meter.hpp"

#include <gtest/gtest.h>

namespace causeway {
namespace {

using namespace std::chrono_literals;

class BusyMeterTest : public testing::Test {
  protected:
    /// Rounds of 10 ms in which the loop works for `work`.
    void run(int rounds, Duration work) {
        for (int n = 0; n < rounds; ++n) {
            now_ += work;
            meter_.begin_wait(now_);
            now_ += 10ms - work;
            meter_.end_wait(now_);
        }
    }

    Instant now_{1h};
    BusyMeter meter_{now_};
};

TEST_F(BusyMeterTest, a_new_loop_is_idle) {
    EXPECT_EQ(meter_.share(now_), 0);
    EXPECT_FALSE(meter_.wants_to_end_waits());
}

TEST_F(BusyMeterTest, tells_the_share_of_the_last_second_that_was_not_waited) {
    run(200, 3ms);
    EXPECT_NEAR(meter_.share(now_), 0.3, 0.001);
    run(50, 9ms);
    EXPECT_NEAR(meter_.share(now_), 0.6, 0.001);
    run(50, 9ms);
    EXPECT_NEAR(meter_.share(now_), 0.9, 0.001);
}

TEST_F(BusyMeterTest, a_long_wait_forgets_what_was_before_it) {
    run(200, 9ms);
    EXPECT_TRUE(meter_.wants_to_end_waits());
    meter_.begin_wait(now_);
    now_ += 2s;
    meter_.end_wait(now_);
    EXPECT_EQ(meter_.share(now_), 0);
    EXPECT_FALSE(meter_.wants_to_end_waits());
}

TEST_F(BusyMeterTest, a_loop_stuck_in_one_round_is_fully_busy) {
    run(100, 1ms);
    EXPECT_NEAR(meter_.share(now_ + 500ms), 0.1, 0.001);
    EXPECT_EQ(meter_.share(now_ + 1001ms), 1);
}

TEST_F(BusyMeterTest, a_loop_that_waits_is_not_taken_for_stuck) {
    run(100, 1ms);
    meter_.begin_wait(now_);
    EXPECT_NEAR(meter_.share(now_ + 1h), 0.1, 0.001);
}

}  // namespace
}  // namespace causeway
