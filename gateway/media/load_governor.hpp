// How a media worker meets load: looks at it four times a second, first makes Opus cheaper, step by step,
// then admits no more calls; takes both back when it is calm again. One worker's; pure, times are arguments.
#pragma once

#include "core/base/clock.hpp"

namespace causeway::media {

struct LoadLimits {
    double most = 1;         ///< share of the thread's time above which no call is admitted; 1: all are
    int complexity = 5;      ///< of Opus, 0..10, while there is time
    int complexity_min = 0;  ///< what it may be lowered to
};

class LoadGovernor {
  public:
    /// Between two looks.
    static constexpr Duration kInterval = std::chrono::milliseconds(250);

    explicit LoadGovernor(const LoadLimits& limits);

    /// `busy`: the share of the last second that the thread did not wait, 0..1. `late`: how much later than
    /// due it came to look. A thread that others keep from running is not busy, but late.
    void look(double busy, Duration late, Instant now);
    /// No call is left.
    void reset();

    /// Of all encoders from now on.
    int complexity() const { return complexity_; }
    /// Calls that may begin until the next look; 0 while none is admitted.
    int room() const { return room_; }

  private:
    void ease(double pressure, Instant now);
    void admit(double busy, double pressure);

    // Given.
    const LoadLimits limits_;
    // State.
    int complexity_;
    int room_;
    bool admits_ = true;
    int late_looks_ = 0;  ///< in a row
    Instant eased_{};     ///< when the complexity was lowered last
    Instant calm_since_{};
    bool calm_ = false;
};

}  // namespace causeway::media
