#include "sip/ua/rate_limit.hpp"

#include <algorithm>

namespace causeway::sip {

RateLimit::RateLimit(double per_second, double burst)
    : per_second_(per_second), burst_(burst), crowd_{burst, Instant{}} {}

bool RateLimit::take(const SocketAddress& source, Instant now) {
    const SocketAddress address = source.with_port(0);
    auto found = buckets_.find(address);
    if (found == buckets_.end()) {
        if (buckets_.size() >= kMostSources) forget_idle(now);
        if (buckets_.size() >= kMostSources) return take(crowd_, now);
        found = buckets_.emplace(address, Bucket{burst_, now}).first;
    }
    return take(found->second, now);
}

bool RateLimit::take(Bucket& bucket, Instant now) const {
    const std::chrono::duration<double> passed = now - bucket.filled;
    bucket.tokens = std::min(burst_, bucket.tokens + passed.count() * per_second_);
    bucket.filled = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
}

void RateLimit::forget_idle(Instant now) {
    // A flood from invented sources must not buy a sweep with every datagram.
    if (now - swept_ < std::chrono::seconds(1)) return;
    swept_ = now;
    std::erase_if(buckets_, [&](const auto& entry) {
        const std::chrono::duration<double> passed = now - entry.second.filled;
        return entry.second.tokens + passed.count() * per_second_ >= burst_;
    });
}

}  // namespace causeway::sip
