// One direction of a call's audio: packets of one leg in, packets for the other leg out, either passed on
// under a new header or decoded, smoothed and encoded anew; pressed digits cross as values. The owner's
// thread; pure: no socket, no clock; no allocation per packet. RFC 3550 §5.1, RFC 4733 §2.5.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/rtp/dtmf.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/rewriter.hpp"
#include "gateway/media/dtmf_tone.hpp"
#include "gateway/media/frame_clock.hpp"
#include "gateway/media/lane_counters.hpp"
#include "gateway/media/level_meter.hpp"
#include "gateway/media/playout.hpp"
#include "gateway/media/tone_detector.hpp"
#include "transcode/codec.hpp"
#include "transcode/comfort_noise.hpp"
#include "transcode/level_control.hpp"
#include "transcode/plan.hpp"

namespace causeway {
class Footprint;
}

namespace causeway::media {

/// Where a lane's packets go. `packet` is the sink's to spend; `header` and `payload_size` say what it holds.
class PacketSink {
  public:
    virtual ~PacketSink() = default;
    virtual void send(rtp::PacketBuffer& packet, const rtp::RtpHeader& header, std::size_t payload_size,
                      Instant now) = 0;
    /// A digit was pressed on the side that the lane comes from, once per press. Already sent on.
    virtual void on_digit(char digit, int duration_ms) = 0;
};

struct LaneSettings {
    Ssrc ssrc{};  ///< of everything that the lane sends, whatever its plan
    SequenceNumber first_sequence{};
    RtpTime first_timestamp{};
    /// Frames of silence are due at this instant and whole frames after it. Sound has the clock of its
    /// sender.
    Instant grid{};
    /// A transcoding lane sends silence while nothing comes: telephones and their NATs want a steady stream.
    bool fill_silence = false;
    /// Silence is described instead (RFC 3389), to a receiver who understands that.
    bool silence_suppression = false;
    int jitter_max_ms = 200;
    transcode::OpusSettings opus{};
};

class Lane {
  public:
    /// `counters` and `sink` must outlive the lane.
    Lane(const LaneSettings& settings, LaneCounters& counters, PacketSink& sink);

    /// How to carry from now on; the outgoing stream goes on without a break. On an Error (no such codec)
    /// the lane stays as it was.
    Result<void> set_plan(const transcode::LanePlan& plan, Instant now);
    /// How to carry the other formats that were agreed with the sender: RFC 3264 §5.1 lets it change between
    /// them at any time. A lane that meets a few such packets in a row goes over to their plan.
    void set_alternatives(std::vector<transcode::LanePlan> plans);
    /// An inactive lane (the state at first) sends nothing and drops what comes.
    void set_active(bool active, Instant now);
    bool active() const { return active_; }

    /// An RTP packet of the side that the lane comes from; changed in place when it is passed through.
    void receive(rtp::PacketBuffer& packet, const rtp::RtpView& view, Instant now);
    /// Sends the digit as RFC 4733 event or, without such a format, as tones. False (and a counter) when it
    /// cannot be sent.
    bool send_digit(char digit, int duration_ms, Instant now);

    /// Does what is due. Call at `deadline` or later.
    void tick(Instant now);
    std::optional<Instant> deadline() const;

    /// Share of packets that get lost behind the lane, 0..100.
    void set_expected_loss(int percent);
    /// What the path behind the lane carries, bits per second.
    void set_bitrate(int bits_per_second);
    /// 0..10, of encoders that know it; takes effect with the next frame.
    void set_complexity(int complexity);
    /// The AMR mode that the sender asks to be sent: for the lane towards it.
    std::optional<int> mode_request() const;
    void request_mode(int mode);
    /// Of the transcoded audio since the last call.
    int take_level_dbov() { return meter_.take_dbov(); }
    /// The plan in force; nullopt before the first.
    const std::optional<transcode::LanePlan>& plan() const { return plan_; }
    /// Null for a lane that passes through.
    const Playout* playout() const { return playout_.get(); }

    /// What a packet touches here when it is passed through.
    void add_to(Footprint& footprint) const;
    /// What `deadline` touches.
    void add_deadline_to(Footprint& footprint) const;

  private:
    /// True when the packet's format is now the lane's.
    bool go_over(PayloadType type, Instant now);
    const sdp::EventFormat* event_format(PayloadType type) const;
    void receive_event(const rtp::RtpView& view, const sdp::EventFormat& format, Instant now);
    void receive_noise(rtp::PacketBuffer& packet, const rtp::RtpView& view, Instant now);
    void relay(rtp::PacketBuffer& packet, rtp::RtpView view, PayloadType type, Instant now);
    /// A packet of the source that does not go on as such: its number must not look lost.
    void leave_out(const rtp::RtpHeader& header, Instant now);
    /// The same for the stream that is passed through, before or after.
    void close_up(const rtp::RtpHeader& header);
    void on_events(const rtp::DtmfEvents& events, Instant now);
    Result<void> prepare_audio(const transcode::LanePlan& plan);
    void prepare_events(const transcode::LanePlan& plan);
    void start_silence(Instant now);
    /// Packets have come: when is there sound to be sent?
    void follow_packets(Instant now);
    Instant frame_deadline() const;
    void make_frames(Instant now);
    void make_frame(Instant now);
    void send_audio(std::span<const std::int16_t> pcm, Instant now);
    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload, PayloadType& type);
    void send_event(Instant now);
    bool suspended() const { return sender_ && sender_->pressed(); }
    bool events_due() const { return sender_ && sender_->active(); }

    // Given.
    const LaneSettings settings_;
    LaneCounters& counters_;
    PacketSink& sink_;
    std::optional<transcode::LanePlan> plan_;
    std::vector<transcode::LanePlan> alternatives_;
    int complexity_;  ///< of Opus, also for encoders to come
    // Owned.
    rtp::Rewriter rewriter_;
    std::unique_ptr<Playout> playout_;  ///< with `encoder_`: the lane transcodes
    std::unique_ptr<transcode::Encoder> encoder_;
    std::unique_ptr<transcode::LevelControl> level_;  ///< null: the level stays as it is
    std::optional<rtp::DtmfReceiver> receiver_;
    std::optional<rtp::DtmfSender> sender_;
    DtmfTone tone_;
    std::optional<ToneDetector> detector_;
    LevelMeter meter_;
    transcode::SilenceDetector silence_;
    // State.
    bool active_ = false;
    PayloadType stranger_{};  ///< payload type of the newest packets, when it is not the plan's
    int strangers_ = 0;       ///< how many of them in a row
    std::optional<Instant> went_over_;
    FrameClock clock_;  ///< runs while frames are made
    Instant event_due_{};
    RtpTime event_start_{};
    bool spurt_ = true;      ///< the next audio packet is the first after a pause
    int expected_loss_ = 0;  ///< this and the bit rate: also for encoders to come
    std::optional<int> bitrate_;
    /// The source that is passed through. Numbers of packets left out are closed up.
    struct Relayed {
        std::optional<Ssrc> ssrc;
        SequenceNumber newest{};
        std::uint16_t left_out = 0;
    } relayed_;
};

}  // namespace causeway::media
