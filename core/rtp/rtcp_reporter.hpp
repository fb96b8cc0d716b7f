// Our half of an RTCP conversation for one sent and one received stream: when to report, what to say, what
// the peer says of us. Owner's thread; sans-IO. RFC 3550 §6.2, §6.3, §6.4; RFC 3611 §4.4, §4.5, §4.7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/base/clock.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/rtcp.hpp"
#include "core/rtp/stream_stats.hpp"

namespace causeway {
class Footprint;
}

namespace causeway::rtp {

struct RtcpReporterSettings {
    Ssrc ssrc{};        ///< what we send; rewritten or generated packets must carry it
    std::string cname;  ///< RFC 7022: random per call, no host name
    int send_clock_rate = 8000;
    int receive_clock_rate = 8000;
    Duration interval = std::chrono::seconds(5);  ///< RFC 3550 §6.2; halved for the first report
    std::uint32_t seed = 1;                       ///< of the interval's randomisation
};

/// Which extended reports the peer has said that it understands (RFC 3611 §5).
struct ExtendedReporting {
    bool reference_time = false;  ///< rcvr-rtt
    bool voip_metrics = false;
};

/// What the peer tells of the stream that we send.
struct PeerReport {
    double loss_percent = 0;  ///< of its last interval
    std::int32_t cumulative_lost = 0;
    double jitter_ms = 0;
    std::uint32_t extended_highest = 0;
    Instant at{};  ///< when it came
};

class RtcpReporter {
  public:
    RtcpReporter(RtcpReporterSettings settings, Instant now);

    /// Each RTP packet that left: its header as sent and its payload bytes.
    void on_sent(const RtpHeader& header, std::size_t payload_bytes, Instant now);
    /// Each RTP packet accepted from the peer.
    void on_received(const RtpHeader& header, std::size_t payload_bytes, Instant now);
    /// A compound RTCP packet of the peer, in clear. False when it is malformed.
    bool on_rtcp(std::span<const std::uint8_t> compound, Instant now);
    /// A re-negotiation may change the clocks.
    void set_clock_rates(int send, int receive);
    /// A peer that sends VoIP metrics or reference times itself needs no such word.
    void set_extended(ExtendedReporting wanted) { extended_ = wanted; }
    /// What the next reports shall say of the received stream; `ssrc` is filled in here.
    void set_voip_metrics(const VoipMetrics& metrics) { voip_metrics_ = metrics; }
    /// A packet given to `on_received` was too late to be played, or one too many.
    void on_discarded(SequenceNumber sequence) { stats_.on_discarded(sequence); }

    /// What `on_sent` touches.
    void add_sending_to(Footprint& footprint) const;

    /// When `write_report` should be called next.
    Instant next_due() const { return next_due_; }
    /// SR when we have sent of late, else RR, with SDES. Sets the next due time. Bytes written; 0 when `out`
    /// is smaller than 400 bytes.
    std::size_t write_report(std::span<std::uint8_t> out, Instant now, WallTime wall);
    /// The last word: report, SDES and BYE.
    std::size_t write_bye(std::span<std::uint8_t> out, Instant now, WallTime wall);

    const StreamStats& received() const { return stats_; }
    std::uint64_t packets_sent() const { return packets_sent_; }
    std::uint64_t bytes_sent() const { return bytes_sent_; }
    /// From LSR and DLSR of the newest report about us, or from LRR and DLRR.
    std::optional<Duration> round_trip() const { return round_trip_; }
    std::optional<PeerReport> peer_report() const { return peer_report_; }
    /// The peer's own judgement of the stream that we send.
    const std::optional<VoipMetrics>& peer_metrics() const { return peer_metrics_; }
    /// The peer said BYE for the stream that we receive.
    bool peer_left() const { return peer_left_; }

  private:
    std::size_t write(std::span<std::uint8_t> out, Instant now, WallTime wall, bool bye);
    void read_block(const ReportBlock& block, Instant now);
    void read_extended(const ExtendedReport& report, Instant now);
    void measure_round_trip(std::uint32_t middle_ntp, std::uint32_t held, Instant now);
    ExtendedBlocks extended_blocks(bool is_sender, std::uint64_t ntp, Instant now);
    void schedule(Instant now, Duration interval);

    // Given.
    RtcpReporterSettings settings_;
    // State.
    StreamStats stats_;
    std::uint32_t random_;
    Instant next_due_;
    std::uint64_t packets_sent_ = 0;
    std::uint64_t bytes_sent_ = 0;
    RtpTime last_sent_timestamp_{};
    std::optional<Instant> last_sent_at_;
    std::uint64_t sent_at_last_report_ = 0;
    std::uint64_t sent_at_report_before_ = 0;
    struct SentReport {
        std::uint32_t middle_ntp = 0;
        Instant at{};
    };
    std::array<SentReport, 4> sent_reports_{};  ///< a peer may answer an older one
    std::size_t next_sent_report_ = 0;
    std::uint32_t peer_middle_ntp_ = 0;
    Instant peer_report_at_{};
    std::optional<Ssrc> peer_sender_;
    std::optional<Duration> round_trip_;
    std::optional<PeerReport> peer_report_;
    bool peer_left_ = false;
    ExtendedReporting extended_;
    std::optional<VoipMetrics> voip_metrics_;
    std::optional<VoipMetrics> peer_metrics_;
    struct ReferenceTime {
        Ssrc from{};
        std::uint32_t middle_ntp = 0;
        Instant at{};
    };
    std::optional<ReferenceTime> unanswered_;  ///< the peer's newest reference time
};

}  // namespace causeway::rtp
