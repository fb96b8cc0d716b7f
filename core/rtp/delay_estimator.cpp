// Delay against the quickest packet, and its quantile.
#include "core/rtp/delay_estimator.hpp"

#include <algorithm>

#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

constexpr Duration kWindow = std::chrono::seconds(2);
/// Beyond this the time line has jumped; no buffer would wait so long.
constexpr Duration kJump = std::chrono::seconds(2);
constexpr float kQuantile = 0.99F;
constexpr float kGrowth = 1.004F;  ///< of the weights per packet: forgets in about 250 packets
constexpr float kMaxWeight = 1e9F;
// Small jitter is what most paths have, and there a millisecond counts.
constexpr std::size_t kFineBuckets = 20;
constexpr Duration kFine = std::chrono::milliseconds(1);
constexpr Duration kCoarse = std::chrono::milliseconds(5);

std::size_t bucket_of(Duration delay) {
    const Duration fine = kFine * static_cast<int>(kFineBuckets);
    if (delay < fine) return static_cast<std::size_t>(delay / kFine);
    return kFineBuckets + static_cast<std::size_t>((delay - fine) / kCoarse);
}

Duration end_of(std::size_t bucket) {
    const auto fine = static_cast<int>(std::min(bucket + 1, kFineBuckets));
    return kFine * fine + kCoarse * (static_cast<int>(bucket) + 1 - fine);
}

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
    histogram_[std::min(kBuckets - 1, bucket_of(delay))] += weight_;
    total_ += weight_;
    weight_ *= kGrowth;
    if (weight_ >= kMaxWeight) {
        total_ = 0;
        for (auto& count : histogram_) total_ += count /= weight_;
        weight_ = 1;
    }
    quantile_ = find_quantile();
}

Duration DelayEstimator::find_quantile() const {
    const float wanted = total_ * kQuantile;
    float sum = 0;
    for (std::size_t n = 0; n < kBuckets && total_ > 0; ++n) {
        sum += histogram_[n];
        if (sum >= wanted) return end_of(n);
    }
    return Duration::zero();
}

void DelayEstimator::forget_base() {
    base_.reset();
}

}  // namespace causeway::rtp
