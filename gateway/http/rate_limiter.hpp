// A token bucket: so many per second, with a burst. Pure.
#pragma once

#include <algorithm>

#include "core/base/clock.hpp"

namespace causeway::http {

/// Starts full. `now` must not go back.
class RateLimiter {
  public:
    RateLimiter(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

    /// Takes one token if there is one.
    bool allow(Instant now) {
        if (last_ != Instant{}) {
            const double seconds = std::chrono::duration<double>(now - last_).count();
            tokens_ = std::min(burst_, tokens_ + seconds * per_second_);
        }
        last_ = now;
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }

  private:
    double per_second_;
    double burst_;
    double tokens_;
    Instant last_{};
};

}  // namespace causeway::http
