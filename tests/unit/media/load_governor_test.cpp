#include "gateway/media/load_governor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace causeway::media {
namespace {

using namespace std::chrono_literals;

/// A worker whose calls cost what they cost at the complexity in force, seen with a second's delay.
class LoadGovernorTest : public testing::Test {
  protected:
    void look(double busy, Duration late = 0ms) {
        now_ += LoadGovernor::kInterval;
        governor_.look(busy, late, now_);
    }
    void look_for(Duration time, double busy, Duration late = 0ms) {
        for (; time > 0ms; time -= LoadGovernor::kInterval) look(busy, late);
    }
    /// `calls` that transcode, for a while. What the governor refuses does not come.
    void talk(Duration time, int calls) {
        for (; time > 0ms; time -= LoadGovernor::kInterval) {
            if (governor_.room() > 0) calls_ = std::max(calls_, calls);
            const double per_call = 0.003 + 0.0006 * governor_.complexity();
            seen_.push_back(std::min(1.0, calls_ * per_call));
            const auto window = seen_.end() - std::min<std::ptrdiff_t>(4, std::ssize(seen_));
            double busy = 0;
            for (auto one = window; one != seen_.end(); ++one) busy += *one;
            look(busy / static_cast<double>(seen_.end() - window));
        }
    }

    Instant now_{1h};
    LoadGovernor governor_{{.most = 0.85, .complexity = 5, .complexity_min = 1}};
    int calls_ = 0;
    std::vector<double> seen_;
};

TEST_F(LoadGovernorTest, an_idle_worker_gives_opus_what_was_configured_and_takes_calls) {
    EXPECT_EQ(governor_.complexity(), 5);
    EXPECT_GT(governor_.room(), 100);
    look_for(10s, 0.3);
    EXPECT_EQ(governor_.complexity(), 5);
    EXPECT_GT(governor_.room(), 100);
}

TEST_F(LoadGovernorTest, rising_load_makes_opus_cheaper_before_any_call_is_refused) {
    int before = 5;
    for (double busy = 0.3; busy < 0.85; busy += 0.005) {
        look(busy);
        EXPECT_GE(governor_.complexity(), before - 1) << "step by step";
        before = governor_.complexity();
        EXPECT_GT(governor_.room(), 0) << busy;
        if (busy < 0.6) {
            EXPECT_EQ(governor_.complexity(), 5) << busy;
        }
    }
    EXPECT_EQ(governor_.complexity(), 1);
}

TEST_F(LoadGovernorTest, a_sudden_load_takes_the_least_complexity_at_once) {
    look(0.1);
    look(0.95);
    EXPECT_EQ(governor_.complexity(), 1);
    EXPECT_EQ(governor_.room(), 0);
}

TEST_F(LoadGovernorTest, calls_are_refused_above_the_limit_and_taken_again_well_below_it) {
    look(0.86);
    EXPECT_EQ(governor_.room(), 0);
    look(0.83);
    EXPECT_EQ(governor_.room(), 0) << "at the edge, callers would be taken and refused in turns";
    look(0.7);
    EXPECT_GT(governor_.room(), 0);
}

TEST_F(LoadGovernorTest, near_the_limit_few_calls_may_come_between_two_looks) {
    look(0.8);
    EXPECT_LE(governor_.room(), 25);
    EXPECT_GE(governor_.room(), 1);
    look(0.845);
    EXPECT_LE(governor_.room(), 3);
}

TEST_F(LoadGovernorTest, complexity_comes_back_slowly_when_it_is_calm) {
    look(0.95);
    look_for(4s, 0.3);
    EXPECT_EQ(governor_.complexity(), 1);
    look_for(2s, 0.3);
    EXPECT_EQ(governor_.complexity(), 2);
    look_for(30s, 0.3);
    EXPECT_EQ(governor_.complexity(), 5);
}

TEST_F(LoadGovernorTest, between_calm_and_tense_nothing_changes) {
    look_for(1s, 0.7);
    const int settled = governor_.complexity();
    look_for(60s, 0.6);
    EXPECT_EQ(governor_.complexity(), settled);
}

TEST_F(LoadGovernorTest, it_settles_instead_of_swinging) {
    talk(30s, 130);
    const int settled = governor_.complexity();
    EXPECT_LT(settled, 5);
    for (int n = 0; n < 60; ++n) {
        talk(1s, 130);
        EXPECT_LE(std::abs(governor_.complexity() - settled), 1);
        EXPECT_GT(governor_.room(), 0);
    }
}

TEST_F(LoadGovernorTest, calls_that_run_keep_their_time_when_more_want_to_come) {
    for (int calls = 1; calls < 1000; ++calls) talk(LoadGovernor::kInterval, calls);
    EXPECT_GT(calls_, 200);
    EXPECT_LT(seen_.back(), 0.9);
}

TEST_F(LoadGovernorTest, a_thread_that_others_keep_from_running_takes_no_more_calls) {
    look_for(500ms, 0.2, 100ms);
    EXPECT_GT(governor_.room(), 0) << "a hiccup";
    look_for(1s, 0.2, 100ms);
    EXPECT_EQ(governor_.room(), 0);
    EXPECT_EQ(governor_.complexity(), 1);
    look(0.2);
    EXPECT_GT(governor_.room(), 0);
}

TEST_F(LoadGovernorTest, without_calls_nothing_is_left_of_old_load) {
    look(0.95);
    governor_.reset();
    EXPECT_EQ(governor_.complexity(), 5);
    EXPECT_GT(governor_.room(), 100);
}

TEST_F(LoadGovernorTest, a_limit_of_one_refuses_nobody_but_saves_all_the_same) {
    LoadGovernor governor({.most = 1, .complexity = 9, .complexity_min = 0});
    governor.look(1, 0ms, now_);
    EXPECT_GT(governor.room(), 0);
    EXPECT_EQ(governor.complexity(), 0);
}

}  // namespace
}  // namespace causeway::media
