#include "tests/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace causeway::load {
namespace {

// Values below 2^kSubBits are exact; above, each power of two has 2^kSubBits buckets.
constexpr int kSubBits = 6;
constexpr std::uint64_t kSub = 1U << kSubBits;
constexpr int kMaxBits = 42;  // more than an hour
constexpr std::size_t kBuckets = kSub * (kMaxBits - kSubBits + 1);

std::size_t bucket_of(std::uint64_t value) {
    if (value < kSub) return static_cast<std::size_t>(value);
    const int shift = static_cast<int>(std::bit_width(value)) - 1 - kSubBits;
    const std::size_t bucket = kSub * static_cast<std::size_t>(shift + 1) + ((value >> shift) - kSub);
    return std::min(bucket, kBuckets - 1);
}

/// The middle of a bucket.
std::int64_t value_of(std::size_t bucket) {
    if (bucket < kSub) return static_cast<std::int64_t>(bucket);
    const int shift = static_cast<int>(bucket / kSub) - 1;
    const std::uint64_t low = (kSub + bucket % kSub) << shift;
    return static_cast<std::int64_t>(low + (std::uint64_t{1} << shift) / 2);
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::add(std::int64_t value) {
    value = std::max<std::int64_t>(value, 0);
    ++buckets_[bucket_of(static_cast<std::uint64_t>(value))];
    ++count_;
    max_ = std::max(max_, value);
    sum_ += static_cast<double>(value);
}

void Histogram::merge(const Histogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    max_ = std::max(max_, other.max_);
    sum_ += other.sum_;
}

void Histogram::clear() {
    *this = Histogram();
}

double Histogram::mean() const {
    return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::int64_t Histogram::quantile(double share) const {
    if (count_ == 0) return 0;
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
        seen += buckets_[i];
        if (seen >= std::max<std::uint64_t>(wanted, 1)) return std::min(value_of(i), max_);
    }
    return max_;
}

}  // namespace causeway::load
