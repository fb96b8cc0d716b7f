// Token buckets per source, so that one stranger's flood does not become the stack's memory. Pure: `now` is
// an argument.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "core/base/clock.hpp"
#include "core/base/socket_address.hpp"

namespace causeway::sip {

/// One bucket per IP address. Bounded: beyond `kMostSources` addresses the ones with a full bucket are
/// forgotten, and if none is full all share what is left of one bucket. Not thread-safe.
class RateLimit {
  public:
    static constexpr std::size_t kMostSources = 4096;

    RateLimit(double per_second, double burst);

    /// Takes one token of the source's bucket; false when there is none.
    bool take(const SocketAddress& source, Instant now);

  private:
    struct Bucket {
        double tokens;
        Instant filled;
    };
    bool take(Bucket& bucket, Instant now) const;
    void forget_idle(Instant now);

    double per_second_;
    double burst_;
    std::unordered_map<SocketAddress, Bucket> buckets_;
    Bucket crowd_;
    Instant swept_{};
};

}  // namespace causeway::sip
