// The conversation about loss and bandwidth with a browser, beside sender and receiver reports:
// transport-wide feedback both ways, REMB, NACK both ways. On the call's media thread; pure: `now` is an
// argument; nothing allocated per packet. RFC 4585, RFC 5506,
// draft-holmer-rmcat-transport-wide-cc-extensions-01.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"
#include "core/rtp/bitrate_controller.hpp"
#include "core/rtp/nack_tracker.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/rtcp_feedback.hpp"
#include "core/rtp/send_history.hpp"
#include "core/rtp/transport_feedback.hpp"
#include "gateway/media/lane_counters.hpp"
#include "webrtc/browser_sdp_feedback.hpp"

namespace causeway {
class Footprint;
}

namespace causeway::media {

struct FeedbackSettings {
    webrtc::AgreedFeedback agreed;
    Ssrc ssrc{};        ///< of what we send
    std::string cname;  ///< RFC 3550 §6.1: a compound packet names it
    int bitrate = 32000;
};

class BrowserFeedback final : private rtp::FeedbackListener {
  public:
    /// Where packets go that the browser asks for.
    class Resender {
      public:
        virtual ~Resender() = default;
        virtual bool send_again(std::span<const std::uint8_t> packet) = 0;
    };

    /// `counters` and `resender` must outlive it.
    BrowserFeedback(FeedbackSettings settings, LaneCounters& counters, Resender& resender);

    /// Something of ours follows `bitrate`: packets are numbered, so that the browser can tell how they came.
    void set_steering(bool steering);

    /// A packet that is about to be encrypted and sent; numbers it when that was agreed.
    void before_sent(rtp::PacketBuffer& packet, Instant now);
    /// The same as it left.
    void after_sent(std::span<const std::uint8_t> packet);
    /// A whole RTP packet of the browser's, before anything in it is changed.
    void on_rtp(std::span<const std::uint8_t> packet, Instant now);
    /// A compound RTCP packet of the browser's, of sound framing. Answers NACKs.
    void on_rtcp(std::span<const std::uint8_t> compound, Instant now);
    /// What the browser's receiver report says of our stream, 0..1.
    void on_loss(double fraction, Instant now);

    /// What is to be said now: ask after each packet. An answer to a NACK takes `round_trip`, and what comes
    /// `patience` later than in time is of no use. Bytes of a whole RTCP packet, 0: nothing. `out` has
    /// kEnough bytes.
    std::size_t write(std::span<std::uint8_t> out, std::optional<Duration> round_trip, Duration patience,
                      Instant now);
    static constexpr std::size_t kEnough = 1400;

    /// What a packet touches here.
    void add_to(Footprint& footprint) const;

    /// What may be sent, bits per second.
    int bitrate() const { return bitrate_ ? bitrate_->bitrate() : settings_.bitrate; }
    /// News about loss, once: 0..1.
    std::optional<double> take_loss() { return bitrate_ ? bitrate_->take_loss() : std::nullopt; }

  private:
    void on_nack(SequenceNumber lost) override;
    void on_transport_feedback(const rtp::TransportFeedback& feedback) override;
    void on_remb(std::uint64_t bits_per_second) override;

    // Given.
    const FeedbackSettings settings_;
    LaneCounters& counters_;
    Resender& resender_;
    // Owned.
    std::unique_ptr<rtp::SendHistory> history_;  ///< with NACK only
    rtp::NackTracker missing_;
    std::unique_ptr<rtp::TransportArrivals> arrivals_;  ///< with transport-wide feedback only
    std::unique_ptr<rtp::BitrateController> bitrate_;   ///< since something follows it
    // State.
    bool steering_ = false;
    std::uint16_t next_transport_sequence_ = 0;
    std::optional<Ssrc> media_;  ///< of what the browser sends
    Instant feedback_due_{};
    Instant now_{};  ///< while a compound packet is read
};

}  // namespace causeway::media
