// How often which delay was seen: fixed memory, 1.6 % exact, mergeable. Not thread-safe; pure.
#pragma once

#include <cstdint>
#include <vector>

namespace causeway::load {

/// Values are nanoseconds by convention; negative ones count as 0.
class Histogram {
  public:
    Histogram();

    void add(std::int64_t value);
    void merge(const Histogram& other);
    void clear();

    std::uint64_t count() const { return count_; }
    std::int64_t max() const { return max_; }
    double mean() const;
    /// The value that `share` (0..1) of all values do not exceed; 0 when there are none.
    std::int64_t quantile(double share) const;

  private:
    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::int64_t max_ = 0;
    double sum_ = 0;
};

}  // namespace causeway::load
