// The browser's leg of a call as its bridge keeps it: the transport's events to the lane towards SIP and to
// the listener, the lane's packets to the transport. On the call's media thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/media/bridge.hpp"
#include "gateway/media/leg_end.hpp"
#include "webrtc/browser_leg.hpp"

namespace causeway::media {

class Bridge::BrowserEnd final : public LegEnd, public webrtc::BrowserLegListener {
  public:
    BrowserEnd(Bridge& bridge, Ssrc ssrc, const std::string& cname);

    /// Null until `open` of the bridge.
    std::unique_ptr<webrtc::BrowserLeg> transport;

    void on_digit(char digit, int duration_ms) override;

  private:
    bool send_rtp(rtp::PacketBuffer& packet) override;
    bool send_rtcp(std::span<const std::uint8_t> packet) override;

    void on_local_candidate(std::string_view candidate) override;
    void on_connected() override;
    void on_failed(const EndReason& reason) override;
    void on_rtp(rtp::PacketBuffer& packet, Instant now) override;
    void on_rtcp(std::span<const std::uint8_t> packet, Instant now) override;

    Bridge& bridge_;
};

}  // namespace causeway::media
