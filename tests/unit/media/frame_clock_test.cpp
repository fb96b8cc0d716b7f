// The clock of a lane's frames, and what decides about its moves.
#include "gateway/media/frame_clock.hpp"

#include <gtest/gtest.h>

#include "core/rtp/sequence.hpp"
#include "gateway/media/delay_control.hpp"

namespace causeway::media {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Instant kStart{std::chrono::hours(1)};
constexpr Duration kFrame = milliseconds(20);

class FrameClockTest : public testing::Test {
  protected:
    FrameClockTest() {
        clock.set_frame(kFrame, 160);
        clock.start(kStart, RtpTime{0xFFFFFFF0});
    }
    int ticks() const { return rtp::distance(clock.time(), RtpTime{0xFFFFFFF0}); }
    FrameClock clock;
};

TEST_F(FrameClockTest, a_late_talk_spurt_leaves_an_honest_gap) {
    EXPECT_TRUE(clock.join(kStart + milliseconds(15)));
    EXPECT_EQ(clock.due(), kStart + milliseconds(15));
    EXPECT_EQ(ticks(), 120);
    EXPECT_FALSE(clock.join(kStart + milliseconds(15))) << "it is there already";
}

TEST_F(FrameClockTest, what_an_early_talk_spurt_ran_ahead_is_paid_back_in_silence) {
    EXPECT_FALSE(clock.join(kStart - milliseconds(12)));
    EXPECT_EQ(clock.due(), kStart - milliseconds(12));
    EXPECT_EQ(ticks(), 0);
    for (int n = 0; n < 50; ++n) clock.advance_in_silence();
    EXPECT_EQ(clock.due(), kStart + 50 * kFrame);
    EXPECT_EQ(ticks(), 50 * 160);
}

TEST_F(FrameClockTest, early_talk_spurts_do_not_add_up_to_a_frame) {
    for (int n = 0; n < 20; ++n) clock.join(clock.due() - milliseconds(7));
    EXPECT_GT(clock.due(), kStart - kFrame);
}

TEST_F(FrameClockTest, a_talk_spurt_that_is_frames_away_is_waited_for) {
    EXPECT_FALSE(clock.join(kStart + milliseconds(20)));
    EXPECT_EQ(clock.due(), kStart);
}

/// Gives `frames` frames, each with one packet.
Duration shift_after(DelayControl& control, Duration slack, Duration left_over, int frames) {
    Duration shift{};
    for (int n = 0; n < frames; ++n) {
        control.packet_taken(slack);
        control.frame_given(left_over);
        const Duration step = control.take_shift();
        EXPECT_LE(step, milliseconds(2));
        EXPECT_GE(step, milliseconds(-1));
        shift += step;
        slack += step;
    }
    return shift;
}

TEST(DelayControl, parts_of_a_frame_are_met_by_the_clock) {
    for (const int off : {-8, -3, 3, 8, 15}) {
        DelayControl control(kFrame);
        EXPECT_NEAR(static_cast<double>(shift_after(control, milliseconds(off), {}, 60).count()),
                    static_cast<double>(Duration(milliseconds(-off - 1)).count()), 6e5)
            << off;
        EXPECT_EQ(control.excess(), Duration::zero());
    }
}

TEST(DelayControl, a_right_clock_is_left_alone) {
    DelayControl control(kFrame);
    EXPECT_EQ(shift_after(control, microseconds(-700), {}, 200), Duration::zero());
}

TEST(DelayControl, whole_frames_are_met_by_stretching) {
    DelayControl control(kFrame);
    shift_after(control, milliseconds(45), milliseconds(3), 25);
    EXPECT_EQ(control.excess(), milliseconds(43)) << "two frames and what is left over";
    control.stretched(milliseconds(10));
    EXPECT_EQ(control.excess(), milliseconds(33));
    DelayControl late(kFrame);
    shift_after(late, milliseconds(-41), {}, 25);
    EXPECT_EQ(late.excess(), milliseconds(-40));
}

TEST(DelayControl, much_that_waits_is_seen_at_once) {
    DelayControl control(kFrame);
    shift_after(control, milliseconds(200), {}, 5);
    EXPECT_EQ(control.excess(), milliseconds(200));
}

}  // namespace
}  // namespace causeway::media
