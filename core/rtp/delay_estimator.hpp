// How irregularly packets arrive, and how long a buffer should wait for them. Owner's thread; pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"

namespace causeway::rtp {

/// Measures each packet's delay against the quickest of the last 2..4 s (so that clock drift and other routes
/// are followed) and keeps a slowly forgetting histogram of it.
class DelayEstimator {
  public:
    /// Delays beyond `limit` are no jitter that waiting could help: they are left out of the histogram.
    DelayEstimator(int clock_rate, Duration limit) : clock_rate_(clock_rate), limit_(limit) {}

    /// The instant at which the packet would have come the quickest way; never after `now`.
    Instant on_packet(RtpTime timestamp, Instant now);
    /// A packet that came too late to be played teaches too, but does not move the base.
    void on_late_packet(RtpTime timestamp, Instant now);
    /// Delay that covers 99 % of the packets: in steps of 1 ms up to 20 ms, of 5 ms beyond.
    Duration quantile() const { return quantile_; }
    /// Forgets where time stood (a new stream), keeps what the path is like.
    void forget_base();

  private:
    struct Reference {
        Instant arrival{};
        RtpTime timestamp{};
    };
    Duration delay_against(const Reference& reference, RtpTime timestamp, Instant now) const;
    void count(Duration delay);
    Duration find_quantile() const;

    static constexpr std::size_t kBuckets = 128;

    // Given.
    int clock_rate_;
    Duration limit_;
    // State.
    std::optional<Reference> base_;
    Reference candidate_{};  ///< quickest of the running window
    Instant window_start_{};
    std::array<float, kBuckets> histogram_{};
    float total_ = 0;
    Duration quantile_{};  ///< as of the newest packet: it is asked for more often than it changes
    float weight_ = 1;     ///< of the next packet; grows in place of shrinking all the others
};

}  // namespace causeway::rtp
