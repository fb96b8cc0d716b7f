#include "core/loop/pace.hpp"

namespace causeway {

void Pace::served(std::size_t events, Instant now) {
    events_ += events;
    const Duration length = now - window_began_;
    if (length < kWindow) return;
    const double per_second = static_cast<double>(events_) / std::chrono::duration<double>(length).count();
    ticking_ = per_second >= static_cast<double>(ticking_ ? kFewPerSecond : kManyPerSecond);
    window_began_ = now;
    events_ = 0;
}

Instant Pace::tick_after(Instant round_began) const {
    const Duration tick = round_began < hasty_until_ ? kHastyTick : kTick;
    return Instant((round_began.time_since_epoch() / tick + 1) * tick);
}

}  // namespace causeway
