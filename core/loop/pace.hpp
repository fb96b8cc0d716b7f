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
    static constexpr Duration kTick = std::chrono::milliseconds(2);
    static constexpr Duration kHastyTick = std::chrono::microseconds(250);
    static constexpr Duration kHaste = std::chrono::milliseconds(20);
    static constexpr Duration kWindow = std::chrono::milliseconds(128);
    static constexpr std::size_t kManyPerSecond = 2000;
    static constexpr std::size_t kFewPerSecond = 1200;

    explicit Pace(Instant now) : window_began_(now) {}

    /// After each round: how many events it served.
    void served(std::size_t events, Instant now);
    /// An exchange of several datagrams begins, and somebody waits for its end: ticks are short for a while.
    void hasten(Instant now) { hasty_until_ = now + kHaste; }
    bool ticking() const { return ticking_; }
    /// The tick after `round_began`, when that round's loop may look at its sockets again. While ticking
    /// only.
    Instant tick_after(Instant round_began) const;

  private:
    // State.
    Instant window_began_;
    std::size_t events_ = 0;
    bool ticking_ = false;
    Instant hasty_until_{};
};

}  // namespace causeway
