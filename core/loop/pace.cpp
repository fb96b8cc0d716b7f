#include "core/loop/pace.hpp"

namespace causeway {

void Pace::served(std::size_t events, Instant now) {
    events_ += events;
    const Duration length = now - window_began_;
    if (length < kWindow) return;
    const double per_second = static_cast<double>(events_) / std::chrono::duration<double>(length).count();
    if (per_second < static_cast<double>(ticking() ? kFewPerSecond : kManyPerSecond)) {
        tick_ = Duration::zero();
    } else {
        tick_ = per_second < static_cast<double>(kVeryManyPerSecond) ? kTick : 2 * kTick;
    }
    window_began_ = now;
    events_ = 0;
}

Instant Pace::tick_after(Instant round_began) const {
    return Instant((round_began.time_since_epoch() / tick_ + 1) * tick_);
}

}  // namespace causeway
