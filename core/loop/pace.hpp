// When a loop should serve in ticks: with many packets a second, waking for each costs more than the packet
// does. Pure: `now` is an argument. The loop's thread.
#pragma once

#include <cstddef>

#include "core/base/clock.hpp"

namespace causeway {

/// Ticks begin when more than kManyPerSecond events a second are served, and end below kFewPerSecond: with
/// few calls nothing is ever delayed.
class Pace {
  public:
    static constexpr Duration kTick = std::chrono::milliseconds(1);
    static constexpr Duration kWindow = std::chrono::milliseconds(128);
    static constexpr std::size_t kManyPerSecond = 2000;
    static constexpr std::size_t kFewPerSecond = 1200;
    static constexpr std::size_t kVeryManyPerSecond = 15000;

    explicit Pace(Instant now) : window_began_(now) {}

    /// After each round: how many events it served.
    void served(std::size_t events, Instant now);
    bool ticking() const { return tick_ > Duration::zero(); }
    /// The tick after `round_began`, when that round's loop may look at its sockets again. While ticking
    /// only.
    Instant tick_after(Instant round_began) const;

  private:
    // State.
    Instant window_began_;
    std::size_t events_ = 0;
    Duration tick_{};  ///< 0: none
};

}  // namespace causeway
