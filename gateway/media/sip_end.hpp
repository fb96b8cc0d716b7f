// The SIP leg of a call as its bridge keeps it: the socket's packets to the lane towards the browser, the
// lane's packets to the socket. On the call's media thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "gateway/media/bridge.hpp"
#include "gateway/media/leg_end.hpp"
#include "sip/rtp/sip_rtp_leg.hpp"

namespace causeway::media {

class Bridge::SipEnd final : public LegEnd, public sip::SipRtpLegListener {
  public:
    SipEnd(Bridge& bridge, Ssrc ssrc, const std::string& cname);

    /// Null until `open` of the bridge.
    std::unique_ptr<sip::SipRtpLeg> transport;

    void on_digit(char digit, int duration_ms) override;
    void add_receiving_to(Footprint& footprint) const override;
    void add_sending_to(Footprint& footprint) const override;

  private:
    bool send_rtp(rtp::PacketBuffer& packet) override;
    bool send_rtcp(std::span<const std::uint8_t> packet) override;

    void on_rtp(rtp::PacketBuffer& packet, Instant now) override;
    void on_rtcp(std::span<const std::uint8_t> packet, Instant now) override;
    void on_failed(const std::string& detail) override;

    Bridge& bridge_;
};

}  // namespace causeway::media
