// What a receiver knows of one incoming stream: loss, order, jitter. Owner's thread; pure.
// RFC 3550 §6.4.1, A.1, A.3, A.8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/clock.hpp"
#include "core/rtp/loss_pattern.hpp"
#include "core/rtp/packet.hpp"

namespace causeway::rtp {

/// The figures of a report block, as of now.
struct ReceptionReport {
    Ssrc ssrc{};
    std::uint8_t fraction_lost = 0;    ///< of the interval since the last report, in 1/256
    std::int32_t cumulative_lost = 0;  ///< fits 24 bits; negative with duplicates
    std::uint32_t extended_highest = 0;
    std::uint32_t jitter = 0;  ///< clock ticks
};

/// Follows one SSRC at a time; another SSRC, or a restarted sequence, starts anew.
class StreamStats {
  public:
    explicit StreamStats(int clock_rate) : clock_rate_(clock_rate) {}

    /// Formats may change in mid-call. Jitter starts anew when the rate does.
    void set_clock_rate(int clock_rate);
    /// `size` is counted as received bytes: the payload's, as RFC 3550 counts octets.
    void on_packet(const RtpHeader& header, std::size_t size, Instant now);

    /// A packet that was counted came too late to be played, or was one too many.
    void on_discarded(SequenceNumber sequence) { pattern_.on_discarded(sequence); }

    /// nullopt before the first packet of a stream has been believed.
    std::optional<Ssrc> ssrc() const { return ssrc_; }
    /// Over the life of this object, SSRC changes included.
    std::uint64_t packets() const { return packets_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t lost() const;
    double jitter_ms() const;
    /// Of the interval closed by the last `take_report`, 0..100.
    double loss_percent() const { return last_fraction_ * 100.0 / 256.0; }
    /// How loss is spread, of this SSRC.
    const LossPattern& pattern() const { return pattern_; }

    /// Closes the interval for fraction_lost. nullopt when there is no stream to report.
    std::optional<ReceptionReport> take_report();

  private:
    void start(const RtpHeader& header);
    bool update_sequence(std::uint16_t sequence);
    void update_jitter(RtpTime timestamp, Instant now);
    std::int64_t expected() const;
    std::int64_t stream_lost() const;

    // Given.
    int clock_rate_;
    // State.
    std::optional<Ssrc> ssrc_;
    std::uint32_t base_sequence_ = 0;
    std::uint32_t max_sequence_ = 0;  ///< low 16 bits; the wraps are in cycles_
    std::uint32_t cycles_ = 0;
    std::uint32_t bad_sequence_ = 0;
    std::uint64_t received_ = 0;
    std::int64_t expected_prior_ = 0;
    std::uint64_t received_prior_ = 0;
    std::uint64_t lost_before_ = 0;
    std::uint64_t packets_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint8_t last_fraction_ = 0;
    bool jitter_primed_ = false;
    Instant transit_arrival_{};
    RtpTime transit_timestamp_{};
    double jitter_ = 0;
    LossPattern pattern_;
};

}  // namespace causeway::rtp
