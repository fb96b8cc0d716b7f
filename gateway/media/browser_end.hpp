// The browser's leg of a call as its bridge keeps it: the transport's events to the lane towards SIP and to
// the listener, the lane's packets to the transport. On the call's media thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/media/bridge.hpp"
#include "gateway/media/browser_feedback.hpp"
#include "gateway/media/leg_end.hpp"
#include "webrtc/browser_leg.hpp"

namespace causeway::media {

class Bridge::BrowserEnd final : public LegEnd,
                                 public webrtc::BrowserLegListener,
                                 public BrowserFeedback::Resender {
  public:
    BrowserEnd(Bridge& bridge, Ssrc ssrc, const std::string& cname);

    /// Null until `open` of the bridge.
    std::unique_ptr<webrtc::BrowserLeg> transport;

    /// Once, with the answer: feedback goes and counts from now on.
    void agree(const FeedbackSettings& settings);
    /// After each change of plan: whether the lane makes something that can follow the way to the browser.
    void steer(Lane& lane_to_browser);

    void send(rtp::PacketBuffer& packet, const rtp::RtpHeader& header, std::size_t payload_size,
              Instant now) override;
    void on_digit(char digit, int duration_ms) override;
    void add_receiving_to(Footprint& footprint) const override;
    void add_sending_to(Footprint& footprint) const override;

  private:
    bool send_rtp(rtp::PacketBuffer& packet) override;
    bool send_rtcp(std::span<const std::uint8_t> packet) override;
    bool send_again(std::span<const std::uint8_t> packet) override;
    void note_loss(double fraction, Lane& lane_to_peer, Instant now) override;
    void send_feedback(Instant now);
    void follow_bitrate(Lane& lane_to_browser);

    void on_local_candidate(std::string_view candidate) override;
    void on_connected() override;
    void on_failed(const EndReason& reason) override;
    void on_rtp(rtp::PacketBuffer& packet, Instant now) override;
    void on_rtcp(std::span<const std::uint8_t> packet, Instant now) override;

    Bridge& bridge_;
    std::unique_ptr<BrowserFeedback> feedback_;
    int bitrate_ = 0;  ///< as the lane was told; 0: not yet
};

}  // namespace causeway::media
