// The sound of one call at the demo exchange: plays to the caller, or gives back what the caller sends.
// On the exchange's loop thread.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "core/base/error.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/rewriter.hpp"
#include "core/sdp/audio_media.hpp"
#include "gateway/demo/numbers.hpp"
#include "gateway/demo/sound_source.hpp"
#include "sip/rtp/sip_rtp_leg.hpp"
#include "transcode/codec.hpp"

namespace causeway::demo {

class Line : public sip::SipRtpLegListener {
  public:
    /// An Error when no port is free.
    static Result<std::unique_ptr<Line>> open(EventLoop& loop, sip::PortAllocator& ports, Counters& counters);

    SocketAddress local_rtp() const { return leg_->local_rtp(); }
    /// `agreed`: the peer's address, and the formats that both sides take. Speaks the first.
    Result<> connect(const sdp::AudioMedia& agreed);
    /// From now on; replaces what was played. Before `connect` nothing is sent.
    void play(Sound sound);

  private:
    static constexpr std::size_t kFrameSamples = 160;  ///< 20 ms at 8 kHz

    explicit Line(EventLoop& loop);
    void on_rtp(rtp::PacketBuffer& packet, Instant now) override;
    void on_rtcp(std::span<const std::uint8_t>, Instant) override {}
    void send_frame(Instant now);

    // Given.
    EventLoop& loop_;
    // Owned.
    std::unique_ptr<sip::SipRtpLeg> leg_;
    std::unique_ptr<transcode::Encoder> encoder_;
    Timer frame_timer_;
    rtp::Rewriter rewriter_;
    rtp::PacketBuffer packet_;
    // State.
    std::optional<SoundSource> source_;  ///< nullopt: echo
    PayloadType payload_type_{};
    RtpTime timestamp_{};
    bool talk_spurt_begins_ = true;
    bool listened_to_ = true;
    Instant next_frame_{};
};

}  // namespace causeway::demo
