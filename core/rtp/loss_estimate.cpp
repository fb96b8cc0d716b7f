#include "core/rtp/loss_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace causeway::rtp {

namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kRise = 0.75;          // of the way, with each report
constexpr double kFallSeconds = 10.0;   // to 37 %
constexpr double kPrepareFrom = 0.015;  // redundancy has a price: bits
constexpr double kPrepareTo = 0.007;

}  // namespace

void LossEstimate::on_report(double fraction, Instant now) {
    fraction = std::clamp(fraction, 0.0, 1.0);
    const double elapsed = std::max(0.0, Seconds(now - reported_).count());
    reported_ = now;
    const double share = fraction > smoothed_ ? kRise : 1.0 - std::exp(-elapsed / kFallSeconds);
    smoothed_ += (fraction - smoothed_) * share;
    preparing_ = smoothed_ >= (preparing_ ? kPrepareTo : kPrepareFrom);
}

int LossEstimate::percent() const {
    if (!preparing_) return 0;
    return std::clamp(static_cast<int>(std::lround(smoothed_ * 100)), 1, kMost);
}

}  // namespace causeway::rtp
