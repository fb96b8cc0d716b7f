// Decides how a lane's delay comes to what its jitter buffer asks for: fractions of a frame by moving the
// frames' clock, whole frames by stretching time. So the clock follows the sender's, too. Pure; one thread.
#pragma once

#include "core/base/clock.hpp"

namespace causeway::media {

class DelayControl {
  public:
    explicit DelayControl(Duration frame) : frame_(frame) {}

    /// A packet was taken `slack` later than it should at the earliest (negative: before it could be here).
    void packet_taken(Duration slack);
    /// A frame was given; so much decoded sound is left over.
    void frame_given(Duration left_over);
    /// Sound was taken out (positive) or put in (negative).
    void stretched(Duration by);
    /// A new talk spurt: what was measured before says nothing.
    void restart();

    /// Sound to take out (positive) or to put in (negative).
    Duration excess() const { return excess_; }
    /// By how much the next frame shall be later than a frame after this one; small.
    Duration take_shift();

  private:
    void decide();
    void restart_window();

    // Given.
    Duration frame_;
    // State.
    Duration excess_{};
    Duration shift_{};  ///< of the clock, still to be done
    Duration least_slack_ = Duration::max();
    Duration least_left_ = Duration::max();
    int frames_ = 0;
};

}  // namespace causeway::media
