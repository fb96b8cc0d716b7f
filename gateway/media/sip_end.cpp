#include "gateway/media/sip_end.hpp"

#include <string>

#include "core/base/footprint.hpp"

namespace causeway::media {

Bridge::SipEnd::SipEnd(Bridge& bridge, Ssrc ssrc, const std::string& cname)
    : LegEnd(ssrc, cname, bridge.shared_.lane_counters, bridge.loop_.now()), bridge_(bridge) {}

void Bridge::SipEnd::on_digit(char digit, int duration_ms) {
    auto& listener = bridge_.shared_.listener;
    const bool is_own = this == bridge_.sip_.get();
    // What the second telephone gets comes from the first.
    is_own ? listener.on_browser_digit(bridge_.call_, digit, duration_ms)
           : listener.on_sip_digit(bridge_.call_, digit, duration_ms);
}

void Bridge::SipEnd::add_receiving_to(Footprint& footprint) const {
    LegEnd::add_receiving_to(footprint);
    footprint.add(*static_cast<const sip::SipRtpLegListener*>(this), transport);
}

void Bridge::SipEnd::add_sending_to(Footprint& footprint) const {
    LegEnd::add_sending_to(footprint);
    footprint.add(transport);
    if (transport) transport->add_sending_to(footprint);
}

bool Bridge::SipEnd::send_rtp(rtp::PacketBuffer& packet) {
    return transport->send_rtp(packet);
}

bool Bridge::SipEnd::send_rtcp(std::span<const std::uint8_t> packet) {
    return transport->send_rtcp(packet);
}

void Bridge::SipEnd::on_rtp(rtp::PacketBuffer& packet, Instant now) {
    if (Lane* const lane = bridge_.lane_from(*this))
        bridge_.carry(*this, *lane, bridge_.lane_to(*this), packet, now);
}

void Bridge::SipEnd::on_rtcp(std::span<const std::uint8_t> packet, Instant now) {
    take_rtcp(packet, bridge_.lane_to(*this), now);
}

void Bridge::SipEnd::on_failed(const std::string& detail) {
    bridge_.fail({.cause = EndCause::dtls_failed,
                  .by = Side::sip,
                  .detail = "The telephone's encryption: " + detail,
                  .sip_status = std::nullopt});
}

}  // namespace causeway::media
