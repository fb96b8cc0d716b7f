#include "core/loop/busy_meter.hpp"

#include <algorithm>
#include <numeric>

namespace causeway {

BusyMeter::BusyMeter(Instant now)
    : slice_began_(now), wait_began_(now), working_since_(now.time_since_epoch().count()) {}

void BusyMeter::begin_wait(Instant now) {
    wait_began_ = now;
    working_since_.store(0, std::memory_order_relaxed);
}

void BusyMeter::end_wait(Instant now) {
    waited_ += now - wait_began_;
    working_since_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    if (now - slice_began_ >= kSlice) end_slice(now);
}

void BusyMeter::end_slice(Instant now) {
    const Duration length = now - slice_began_;
    const double waited = static_cast<double>(waited_.count()) / static_cast<double>(length.count());
    // A long wait is worth all the slices that it covers.
    const auto covered = std::min(static_cast<std::size_t>(length / kSlice), kSlices);
    for (std::size_t n = 0; n < covered; ++n) {
        slices_[next_] = std::clamp(1 - waited, 0.0, 1.0);
        next_ = (next_ + 1) % kSlices;
    }
    const double sum = std::accumulate(slices_.begin(), slices_.end(), 0.0);
    share_.store(sum / static_cast<double>(kSlices), std::memory_order_relaxed);
    slice_began_ = now;
    waited_ = Duration::zero();
}

double BusyMeter::share(Instant now) const {
    const Duration::rep since = working_since_.load(std::memory_order_relaxed);
    const bool stuck = since != 0 && now.time_since_epoch() - Duration(since) > kSlice * kSlices;
    return stuck ? 1 : share_.load(std::memory_order_relaxed);
}

}  // namespace causeway
