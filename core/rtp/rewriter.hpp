// One unbroken outgoing stream made of whatever sources feed it: sequence and timestamp go on when the source
// changes SSRC, restarts, jumps, or gives way to packets of our own. Owner's thread; pure. RFC 3550 §5.1.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/clock.hpp"
#include "core/rtp/packet.hpp"

namespace causeway::rtp {

/// Small gaps and reordering of the source stay visible to the receiver; a number is never used twice, so
/// that SRTP's index never jumps or repeats. The sequence starts in its lower half (RFC 3711 §3.3.1).
class Rewriter {
  public:
    /// `first_sequence` and `first_timestamp` random in production.
    Rewriter(Ssrc ssrc, int clock_rate, SequenceNumber first_sequence, RtpTime first_timestamp);

    /// The header for passing on `in` (same payload type and marker; a marker is added after a change of
    /// source). nullopt: a duplicate, or too old to be placed; drop it.
    std::optional<RtpHeader> next(const RtpHeader& in, Instant now);

    /// The header of a packet that we make. `timestamp` is on the outgoing time line: begin with
    /// `time_at(now)` and add clock ticks; the packets of one RFC 4733 event share one. Times may lie behind
    /// the last ones.
    RtpHeader next_generated(PayloadType type, bool marker, RtpTime timestamp, Instant now);

    /// Where the outgoing time line stands at `now`.
    RtpTime time_at(Instant now) const;

    /// A re-negotiated format with another clock (RFC 7160 §4.1): time goes on, in new ticks.
    void set_clock_rate(int clock_rate, Instant now);

    Ssrc ssrc() const { return ssrc_; }

  private:
    bool continues(const RtpHeader& in, Instant now) const;
    void join(const RtpHeader& in, Instant now);
    bool seen(SequenceNumber sequence);
    void note_sent(SequenceNumber sequence, RtpTime timestamp, Instant now);

    // Given.
    Ssrc ssrc_;
    int clock_rate_;
    // State: what went out.
    SequenceNumber last_sequence_;  ///< highest sent
    RtpTime last_timestamp_;        ///< latest sent
    std::optional<Instant> last_at_;
    // State: the source being passed on.
    std::optional<Ssrc> source_;
    SequenceNumber source_first_{};  ///< older ones would collide with what went out before
    SequenceNumber source_highest_{};
    RtpTime source_timestamp_{};
    Instant source_at_{};
    std::uint16_t sequence_offset_ = 0;
    std::uint32_t timestamp_offset_ = 0;
    std::uint64_t window_ = 0;  ///< bit n: source_highest_ - n was passed on
    bool generated_since_ = false;
};

}  // namespace causeway::rtp
