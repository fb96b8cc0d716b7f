// How busy a loop was of late: the share of the last second or so that it did not wait. Written by the loop's
// thread, read by any.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "core/base/clock.hpp"

namespace causeway {

class BusyMeter {
  public:
    static constexpr Duration kSlice = std::chrono::milliseconds(250);

    explicit BusyMeter(Instant now);

    /// The loop's thread, around each wait.
    void begin_wait(Instant now);
    void end_wait(Instant now);
    /// The loop's thread: whether a wait should end within `kSlice`, so that an idle loop is seen to be idle.
    bool wants_to_end_waits() const { return share_.load(std::memory_order_relaxed) > 0.005; }

    /// Any thread: 0..1. A loop that has been in one round for a second is fully busy.
    double share(Instant now) const;

  private:
    static constexpr std::size_t kSlices = 4;
    void end_slice(Instant now);

    // State of the loop's thread.
    Instant slice_began_;
    Instant wait_began_;
    Duration waited_{};
    std::array<double, kSlices> slices_{};
    std::size_t next_ = 0;
    // For all to read.
    std::atomic<double> share_{0};
    std::atomic<Duration::rep> working_since_;  ///< 0 while waiting
};

}  // namespace causeway
