#include "sip/ua/session_timer.hpp"

#include <gtest/gtest.h>

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};
const TimerPolicy kHalfHour{.expires = 1800s, .least = 90s};

TEST(SessionTimer, is_refreshed_at_half_time_and_ends_half_a_minute_early) {
    const SessionTimer timer{1800s, true};
    EXPECT_EQ(timer.refresh_at(kStart), kStart + 900s);
    EXPECT_EQ(timer.ends_at(kStart), kStart + 1768s);
}

TEST(SessionTimer, ends_a_third_early_when_it_is_short) {
    EXPECT_EQ((SessionTimer{90s, false}.ends_at(kStart)), kStart + 60s);
}

TEST(SessionTimer, a_small_interval_is_refused_only_to_those_who_know_why) {
    EXPECT_TRUE(is_too_small({.expires = 60s, .supported = true}, kHalfHour));
    EXPECT_FALSE(is_too_small({.expires = 60s, .supported = false}, kHalfHour));
    EXPECT_FALSE(is_too_small({.expires = 90s, .supported = true}, kHalfHour));
    EXPECT_FALSE(is_too_small({.supported = true}, kHalfHour));
}

TEST(SessionTimer, the_caller_refreshes_when_it_can_and_says_nothing_else) {
    const auto answer = answer_timer({.expires = 1200s, .supported = true}, kHalfHour, std::nullopt);
    EXPECT_EQ(answer.timer, (SessionTimer{1200s, false}));
    EXPECT_EQ(answer.refresher, Refresher::uac);
    EXPECT_TRUE(answer.require);
}

TEST(SessionTimer, the_callers_wish_for_a_refresher_is_followed) {
    const auto answer = answer_timer({.expires = 1200s, .refresher = Refresher::uas, .supported = true},
                                     kHalfHour, std::nullopt);
    EXPECT_EQ(answer.timer, (SessionTimer{1200s, true}));
    EXPECT_FALSE(answer.require);
}

TEST(SessionTimer, we_refresh_for_a_caller_that_knows_no_timers) {
    const auto answer = answer_timer({}, kHalfHour, std::nullopt);
    EXPECT_EQ(answer.timer, (SessionTimer{1800s, true}));
    EXPECT_EQ(answer.refresher, Refresher::uas);
    EXPECT_FALSE(answer.require);
}

TEST(SessionTimer, without_a_wish_on_either_side_there_is_none) {
    EXPECT_FALSE(answer_timer({.supported = true}, {}, std::nullopt).timer);
}

TEST(SessionTimer, a_longer_wish_than_ours_is_shortened_and_never_below_a_least) {
    EXPECT_EQ(answer_timer({.expires = 7200s, .supported = true}, kHalfHour, {}).timer->interval, 1800s);
    EXPECT_EQ(
        answer_timer({.expires = 7200s, .min_se = 3600s, .supported = true}, kHalfHour, {}).timer->interval,
        3600s);
    EXPECT_EQ(answer_timer({.expires = 10s}, {.expires = 0s, .least = 90s}, {}).timer->interval, 90s);
}

TEST(SessionTimer, who_refreshes_now_goes_on_when_the_request_leaves_it_open) {
    const SessionTimer ours{1800s, true};
    EXPECT_TRUE(answer_timer({.expires = 1800s, .supported = true}, kHalfHour, ours).timer->we_refresh);
}

TEST(SessionTimer, the_answer_decides_who_refreshes) {
    EXPECT_EQ(timer_of_answer({.expires = 600s, .refresher = Refresher::uas}, 1800s),
              (SessionTimer{600s, false}));
    EXPECT_EQ(timer_of_answer({.expires = 600s, .refresher = Refresher::uac}, 1800s),
              (SessionTimer{600s, true}));
    EXPECT_EQ(timer_of_answer({.expires = 600s}, 1800s), (SessionTimer{600s, true}));
}

TEST(SessionTimer, we_refresh_alone_when_the_answer_knows_no_timers) {
    EXPECT_EQ(timer_of_answer({}, 1800s), (SessionTimer{1800s, true}));
    EXPECT_FALSE(timer_of_answer({}, 0s));
}

TEST(SessionTimer, absurd_intervals_are_bounded) {
    EXPECT_EQ(timer_of_answer({.expires = 4'000'000'000s}, 0s)->interval, 86'400s);
    EXPECT_FALSE(timer_of_answer({.expires = 0s}, 0s));
}

TEST(SessionTimer, a_refusal_names_the_next_try_and_nonsense_names_none) {
    EXPECT_EQ(after_too_small({.min_se = 300s}, 90s), 300s);
    EXPECT_FALSE(after_too_small({.min_se = 90s}, 90s)) << "it would go on for ever";
    EXPECT_FALSE(after_too_small({}, 90s));
    EXPECT_FALSE(after_too_small({.min_se = 4'000'000'000s}, 90s));
}

TEST(SessionTimer, says_its_interval_and_who_refreshes) {
    EXPECT_EQ(session_expires_value(1800s, Refresher::uas), "1800;refresher=uas");
    EXPECT_EQ(session_expires_value(1800s, Refresher::uac), "1800;refresher=uac");
    EXPECT_EQ(session_expires_value(90s, std::nullopt), "90");
}

TEST(Glare, the_owner_of_the_call_id_waits_longer_than_the_other_ever_does) {
    for (std::uint32_t chance = 0; chance < 1000; ++chance) {
        const Duration owner = pause_after_glare(true, chance);
        const Duration other = pause_after_glare(false, chance);
        EXPECT_GE(owner, 2100ms);
        EXPECT_LE(owner, 4000ms);
        EXPECT_GE(other, 0ms);
        EXPECT_LE(other, 2000ms);
        EXPECT_EQ(owner % 10ms, 0ms);
    }
}

}  // namespace
}  // namespace causeway::sip
