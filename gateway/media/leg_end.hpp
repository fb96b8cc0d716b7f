// One leg of a call as the bridge keeps it, whatever its transport: the stream that is sent and the stream
// that is received, their RTCP, their figures, and how long it has been silent. On the call's media thread;
// the transport is the derived class's. RFC 3550 §6, RFC 3611.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/counters.hpp"
#include "core/base/ids.hpp"
#include "core/rtp/loss_estimate.hpp"
#include "core/rtp/rtcp_reporter.hpp"
#include "gateway/media/direction_quality.hpp"
#include "gateway/media/lane.hpp"
#include "gateway/media/media_port.hpp"

namespace causeway::media {

class LegEnd : public PacketSink {
  public:
    /// `report_interval`: RFC 3550 §6.2, or shorter where the profile allows (RFC 4585 §3.4).
    LegEnd(Ssrc ssrc, const std::string& cname, LaneCounters& counters, Instant now,
           Duration report_interval = std::chrono::seconds(5));

    /// A lane's packet for this leg.
    void send(rtp::PacketBuffer& packet, const rtp::RtpHeader& header, std::size_t payload_size,
              Instant now) override;
    /// A packet of this leg's peer goes to `lane`, and into the books.
    void take_rtp(rtp::PacketBuffer& packet, Lane& lane, Instant now);
    /// What the peer reports of our stream also tells `lane_to_peer` how much loss to expect.
    /// False (and a counter) when it is malformed.
    bool take_rtcp(std::span<const std::uint8_t> packet, Lane& lane_to_peer, Instant now);

    /// From now on reports are sent.
    void start_reporting() { reporting_ = true; }
    void stop_reporting() { reporting_ = false; }
    /// When `report` wants to be called; nullopt while nothing is reported.
    std::optional<Instant> report_due() const;
    void report(Instant now);
    void say_bye(Instant now);
    void set_clock_rates(std::uint32_t send, std::uint32_t receive);

    /// The extended reports that the peer's description allows (RFC 3611 §5).
    void set_extended(const sdp::ExtendedReports& wanted);
    /// Once a second: judges both directions. `from_here` carries what the peer sends, `to_here` what it
    /// gets.
    void judge(const Lane& from_here, const Lane& to_here, int received_level_dbov, Instant now);

    /// Whether the peer should be sending. The watch begins when that becomes true.
    void expect(bool expected, Instant now);
    bool silent(Duration timeout, Instant now) const;

    /// What is touched by a packet of the peer's, by one towards the peer; not in the transport.
    virtual void add_receiving_to(Footprint& footprint) const;
    virtual void add_sending_to(Footprint& footprint) const;

    StreamStatistics received_figures(int level_dbov) const;
    StreamStatistics sent_figures(int level_dbov) const;

  protected:
    virtual bool send_rtp(rtp::PacketBuffer& packet) = 0;
    virtual bool send_rtcp(std::span<const std::uint8_t> packet) = 0;
    /// Of our stream, on its way to the peer: prepares `lane_to_peer` for more of it.
    virtual void note_loss(double fraction, Lane& lane_to_peer, Instant now);
    std::optional<Duration> round_trip() const { return reporter_.round_trip(); }

  private:
    void judge_received(const Lane& from_here);
    void judge_sent(const Lane& to_here, Instant now);
    void follow_playout(const Lane& from_here);
    rtp::VoipMetrics own_metrics(const Lane& from_here, int level_dbov) const;
    std::optional<double> round_trip_ms() const;

    // Given.
    LaneCounters& counters_;
    // State.
    rtp::RtcpReporter reporter_;
    std::uint32_t send_clock_rate_ = 8000;
    std::uint32_t receive_clock_rate_ = 8000;
    rtp::LossEstimate loss_;
    std::optional<std::uint32_t> reported_highest_;  ///< of the newest peer report that counted
    bool reporting_ = false;
    bool expected_ = false;
    DirectionQuality received_;
    DirectionQuality sent_;
    std::uint64_t discarded_ = 0;
    std::uint64_t concealed_ms_ = 0;          ///< by playouts that are gone
    std::uint64_t playout_concealed_ms_ = 0;  ///< by the one that is there
    std::optional<double> buffer_ms_;         ///< ours; none while packets pass through
    Instant heard_;                           ///< last packet, or when packets began to be expected
};

}  // namespace causeway::media
