// Delay against the quickest packet, and its quantile.
#include "core/rtp/delay_estimator.hpp"

#include <algorithm>

#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

constexpr Duration kWindow = std::chrono::seconds(2);
/// Beyond this the time line has jumped; no buffer would wait so long.
constexpr Duration kJump = std::chrono::seconds(2);
constexpr float kQuantile = 0.98F;
constexpr float kGrowth = 1.002F;  ///< of the weights per packet: forgets in about 500 packets
constexpr float kMaxWeight = 1e9F;

}  // namespace

Duration DelayEstimator::delay_against(const Reference& reference, RtpTime timestamp, Instant now) const {
    const std::int64_t ticks = distance(timestamp, reference.timestamp);
    return now - reference.arrival - std::chrono::nanoseconds(ticks * 1'000'000'000 / clock_rate_);
}

Instant DelayEstimator::on_packet(RtpTime timestamp, Instant now) {
    const Reference here{now, timestamp};
    Duration delay = base_ ? delay_against(*base_, timestamp, now) : Duration::max();
    if (delay > kJump || delay < -kJump) {
        base_ = candidate_ = here;
        window_start_ = now;
        return now;
    }
    if (delay < Duration::zero()) {
        base_ = here;
        delay = Duration::zero();
    }
    if (delay_against(candidate_, timestamp, now) < Duration::zero()) candidate_ = here;
    if (now - window_start_ >= kWindow) {
        base_ = candidate_;
        candidate_ = here;
        window_start_ = now;
    }
    if (delay <= limit_) count(delay);
    return now - delay;
}

void DelayEstimator::on_late_packet(RtpTime timestamp, Instant now) {
    if (!base_) return;
    const Duration delay = delay_against(*base_, timestamp, now);
    if (delay >= Duration::zero() && delay <= limit_) count(delay);
}

void DelayEstimator::count(Duration delay) {
    const auto bucket = std::min<std::size_t>(kBuckets - 1, static_cast<std::size_t>(delay / kBucket));
    histogram_[bucket] += weight_;
    total_ += weight_;
    weight_ *= kGrowth;
    if (weight_ < kMaxWeight) return;
    total_ = 0;
    for (auto& count : histogram_) total_ += count /= weight_;
    weight_ = 1;
}

Duration DelayEstimator::quantile() const {
    const float wanted = total_ * kQuantile;
    float sum = 0;
    for (std::size_t n = 0; n < kBuckets && total_ > 0; ++n) {
        sum += histogram_[n];
        if (sum >= wanted) return kBucket * static_cast<int>(n + 1);
    }
    return Duration::zero();
}

void DelayEstimator::forget_base() {
    base_.reset();
}

}  // namespace causeway::rtp
