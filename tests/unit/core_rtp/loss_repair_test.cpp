#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/rtp/loss_estimate.hpp"
#include "core/rtp/nack_tracker.hpp"
#include "core/rtp/send_history.hpp"

namespace causeway::rtp {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const Instant kStart = Instant{} + std::chrono::hours(1);
constexpr Ssrc kSource{1};
constexpr Duration kTrip = milliseconds(20);
constexpr Duration kPatience = milliseconds(100);

std::vector<int> asked(NackTracker& tracker, Instant now, Duration trip = kTrip) {
    std::vector<int> numbers;
    for (const SequenceNumber number : tracker.due(trip, kPatience, now)) numbers.push_back(number.value);
    return numbers;
}

TEST(NackTracker, what_is_missing_is_asked_for_twice_and_then_given_up) {
    NackTracker tracker;
    tracker.on_packet(kSource, {0xFFFE}, kStart);
    EXPECT_TRUE(tracker.idle());
    tracker.on_packet(kSource, {1}, kStart);
    EXPECT_THAT(asked(tracker, kStart), ElementsAre(0xFFFF, 0));
    EXPECT_THAT(asked(tracker, kStart + milliseconds(39)), IsEmpty());
    EXPECT_THAT(asked(tracker, kStart + milliseconds(40)), ElementsAre(0xFFFF, 0));
    EXPECT_THAT(asked(tracker, kStart + milliseconds(79)), IsEmpty());
    EXPECT_THAT(asked(tracker, kStart + milliseconds(80)), IsEmpty());
    EXPECT_TRUE(tracker.idle());
}

TEST(NackTracker, what_has_come_is_not_asked_for_again) {
    NackTracker tracker;
    tracker.on_packet(kSource, {10}, kStart);
    tracker.on_packet(kSource, {13}, kStart);
    EXPECT_THAT(asked(tracker, kStart), ElementsAre(11, 12));
    tracker.on_packet(kSource, {11}, kStart + milliseconds(21));
    EXPECT_THAT(asked(tracker, kStart + milliseconds(40)), ElementsAre(12));
}

TEST(NackTracker, nothing_is_asked_for_that_would_come_too_late) {
    NackTracker tracker;
    tracker.on_packet(kSource, {10}, kStart);
    tracker.on_packet(kSource, {12}, kStart);
    EXPECT_THAT(asked(tracker, kStart, milliseconds(101)), IsEmpty());
    EXPECT_TRUE(tracker.idle());
    tracker.on_packet(kSource, {14}, kStart);
    EXPECT_THAT(asked(tracker, kStart, milliseconds(99)), ElementsAre(13));
}

TEST(NackTracker, long_outages_and_new_sources_are_not_mended) {
    NackTracker tracker;
    tracker.on_packet(kSource, {10}, kStart);
    tracker.on_packet(kSource, {10 + NackTracker::kMost + 1}, kStart);
    EXPECT_TRUE(tracker.idle());
    tracker.on_packet({2}, {500}, kStart);
    tracker.on_packet(kSource, {45}, kStart);
    EXPECT_TRUE(tracker.idle());
    std::uint16_t sequence = 45;
    for (int i = 0; i < 100; ++i)
        tracker.on_packet(kSource, {sequence = static_cast<std::uint16_t>(sequence + 2)}, kStart);
    EXPECT_EQ(asked(tracker, kStart).size(), NackTracker::kMost);
}

TEST(SendHistory, a_packet_is_given_as_it_was_twice_at_most) {
    SendHistory history;
    const std::vector<std::uint8_t> packet{1, 2, 3};
    history.keep({7}, packet);
    EXPECT_THAT(history.give({7}, kStart), ElementsAre(1, 2, 3));
    EXPECT_THAT(history.give({7}, kStart), ElementsAre(1, 2, 3));
    EXPECT_THAT(history.give({7}, kStart), IsEmpty());
    EXPECT_THAT(history.give({8}, kStart), IsEmpty());
}

TEST(SendHistory, only_the_last_ones_are_kept_and_none_that_are_too_long) {
    SendHistory history;
    const std::vector<std::uint8_t> packet{1};
    history.keep({0xFFFF}, packet);
    for (std::uint16_t i = 0; i < SendHistory::kPackets; ++i) history.keep({i}, packet);
    EXPECT_THAT(history.give({0xFFFF}, kStart), IsEmpty());
    EXPECT_THAT(history.give({0}, kStart), ElementsAre(1));
    history.keep({5}, std::vector<std::uint8_t>(SendHistory::kLongest + 1));
    EXPECT_THAT(history.give({5}, kStart), IsEmpty());
    history.keep({6}, std::vector<std::uint8_t>(SendHistory::kLongest));
    EXPECT_EQ(history.give({6}, kStart).size(), SendHistory::kLongest);
}

TEST(SendHistory, it_gives_no_more_in_a_second_than_a_call_sends) {
    SendHistory history;
    const std::vector<std::uint8_t> packet{1};
    for (std::uint16_t i = 0; i < SendHistory::kPackets; ++i) history.keep({i}, packet);
    int given = 0;
    for (std::uint16_t i = 0; i < SendHistory::kPackets; ++i)
        given += history.give({i}, kStart).empty() ? 0 : 1;
    EXPECT_EQ(given, SendHistory::kPerSecond);
    EXPECT_THAT(history.give({63}, kStart + milliseconds(999)), IsEmpty());
    EXPECT_THAT(history.give({63}, kStart + seconds(1)), ElementsAre(1));
}

TEST(LossEstimate, it_rises_at_once_and_falls_slowly) {
    LossEstimate loss;
    EXPECT_EQ(loss.percent(), 0);
    loss.on_report(0.10, kStart);
    EXPECT_EQ(loss.percent(), 8);  // three quarters of the way
    loss.on_report(0.10, kStart + seconds(5));
    EXPECT_EQ(loss.percent(), 9);
    loss.on_report(0, kStart + seconds(10));
    EXPECT_EQ(loss.percent(), 6);  // times e^-0.5
    Instant now = kStart + seconds(10);
    for (int i = 0; i < 10; ++i) loss.on_report(0, now += seconds(5));
    EXPECT_EQ(loss.percent(), 0);
}

TEST(LossEstimate, nothing_is_prepared_for_hardly_any_loss_and_never_for_more_than_helps) {
    LossEstimate loss;
    loss.on_report(0.015, kStart);
    EXPECT_EQ(loss.percent(), 0);
    loss.on_report(0.03, kStart + seconds(5));
    EXPECT_EQ(loss.percent(), 3);
    loss.on_report(0.01, kStart + seconds(10));
    loss.on_report(0.01, kStart + seconds(40));
    EXPECT_EQ(loss.percent(), 1) << "once prepared, it stays so down to 0.7 %";
    for (int i = 0; i < 5; ++i) loss.on_report(7.0, kStart + seconds(45 + i));
    EXPECT_EQ(loss.percent(), LossEstimate::kMost);
}

}  // namespace
}  // namespace causeway::rtp
