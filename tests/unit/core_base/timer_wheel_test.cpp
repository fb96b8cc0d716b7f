#include "core/loop/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace causeway {
namespace {

using namespace std::chrono_literals;

class TimerWheelTest : public testing::Test {
  protected:
    ~TimerWheelTest() override {
        for (WheelNode& node : nodes_)
            if (node.linked) wheel_.remove(node);
    }
    WheelNode& arm(Instant deadline) {
        nodes_.push_back({});
        nodes_.back().deadline = deadline;
        wheel_.insert(nodes_.back(), now_);
        return nodes_.back();
    }
    std::vector<Instant> fire(Instant now) {
        std::vector<Instant> fired;
        now_ = now;
        wheel_.advance(now);
        while (const WheelNode* const node = wheel_.pop()) fired.push_back(node->deadline);
        return fired;
    }

    Instant start_{17h + 123456789ns};
    Instant now_ = start_;
    TimerWheel wheel_{start_};
    std::deque<WheelNode> nodes_;
};

TEST_F(TimerWheelTest, an_empty_wheel_wants_nothing) {
    EXPECT_FALSE(wheel_.next());
    EXPECT_TRUE(fire(start_ + 1h).empty());
}

TEST_F(TimerWheelTest, never_fires_early_and_less_than_a_millisecond_late) {
    std::mt19937_64 random(1);
    for (const Duration reach : std::initializer_list<Duration>{5ms, 100ms, 5s, 10min, 30h}) {
        Instant now = start_;
        for (int n = 0; n < 100; ++n) {
            arm(start_ + Duration(static_cast<Duration::rep>(random()) & 0x7FFFFFFFFFFFFFFF) % reach);
        }
        std::size_t fired = 0;
        // Woken exactly when the wheel asks for it.
        while (const auto next = wheel_.next()) {
            now = std::max(now, *next);
            for (const Instant deadline : fire(now)) {
                ++fired;
                EXPECT_LE(deadline, now);
                EXPECT_LT(now - deadline, 1ms);
            }
        }
        EXPECT_EQ(fired, 100u);
        nodes_.clear();
        // A wheel does not go back.
        start_ = now + 1ms;
        fire(start_);
    }
}

TEST_F(TimerWheelTest, fires_in_the_order_of_deadlines_after_any_pause) {
    std::mt19937_64 random(2);
    for (int n = 0; n < 1000; ++n)
        arm(start_ - 50ms + std::chrono::microseconds(static_cast<long>(random() % 200'000'000)));
    const auto fired = fire(start_ + 250s);
    EXPECT_EQ(fired.size(), 1000u);
    EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end()));
}

TEST_F(TimerWheelTest, the_same_deadline_keeps_the_order_of_arming) {
    std::vector<const WheelNode*> armed;
    for (int n = 0; n < 3; ++n) armed.push_back(&arm(start_ + 70ms));
    wheel_.advance(start_ + 1s);
    for (const WheelNode* const node : armed) EXPECT_EQ(wheel_.pop(), node);
}

TEST_F(TimerWheelTest, what_is_removed_does_not_fire_wherever_it_lies) {
    const std::vector<Duration> ahead{-1s, 1ms, 63ms, 65ms, 5s, 5min, 5h};
    for (const Duration delay : ahead) wheel_.remove(arm(start_ + delay));
    EXPECT_FALSE(wheel_.next());
    for (const Duration delay : ahead) arm(start_ + delay);
    wheel_.advance(start_ + 64ms);
    // Those in the firing list may be taken out, too.
    for (WheelNode& node : nodes_)
        if (node.linked) wheel_.remove(node);
    EXPECT_EQ(wheel_.pop(), nullptr);
    EXPECT_FALSE(wheel_.next());
}

TEST_F(TimerWheelTest, what_becomes_due_while_firing_waits_for_the_next_round) {
    arm(start_ + 1ms);
    wheel_.advance(start_ + 10ms);
    WheelNode* const node = wheel_.pop();
    ASSERT_NE(node, nullptr);
    wheel_.insert(*node, now_);
    EXPECT_EQ(wheel_.pop(), nullptr);
    EXPECT_EQ(fire(start_ + 10ms).size(), 1u);
}

TEST_F(TimerWheelTest, a_deadline_of_this_very_moment_is_due) {
    arm(start_);
    EXPECT_EQ(fire(start_).size(), 1u);
}

TEST_F(TimerWheelTest, a_chain_of_frames_does_not_drift) {
    Instant due = start_ + 20ms;
    WheelNode* node = &arm(due);
    for (int frame = 0; frame < 5000; ++frame, due += 20ms) {
        ASSERT_TRUE(wheel_.next());
        ASSERT_LT(*wheel_.next() - due, 1ms);
        // Cascades wake the loop now and then before the time.
        while (*wheel_.next() < due) ASSERT_TRUE(fire(*wheel_.next()).empty());
        wheel_.advance(*wheel_.next());
        ASSERT_EQ(wheel_.pop(), node);
        node->deadline = due + 20ms;
        wheel_.insert(*node, now_);
    }
    EXPECT_EQ(due, start_ + 20ms + 5000 * 20ms);
}

TEST_F(TimerWheelTest, a_deadline_beyond_all_levels_is_kept) {
    arm(Instant::max());
    EXPECT_TRUE(fire(start_ + 24h * 365).empty());
    EXPECT_TRUE(wheel_.next());
}

}  // namespace
}  // namespace causeway
