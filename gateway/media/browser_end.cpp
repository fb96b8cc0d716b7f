#include "gateway/media/browser_end.hpp"

#include <string>

namespace causeway::media {
namespace {

// RFC 4585 §3.4: SAVPF has no least interval of 5 s; 140 bytes so often are far below 5 % of the stream.
constexpr Duration kReportInterval = std::chrono::milliseconds(2500);

}  // namespace

Bridge::BrowserEnd::BrowserEnd(Bridge& bridge, Ssrc ssrc, const std::string& cname)
    : LegEnd(ssrc, cname, bridge.shared_.lane_counters, bridge.loop_.now(), kReportInterval),
      bridge_(bridge) {}

void Bridge::BrowserEnd::on_digit(char digit, int duration_ms) {
    bridge_.shared_.listener.on_sip_digit(bridge_.call_, digit, duration_ms);
}

bool Bridge::BrowserEnd::send_rtp(rtp::PacketBuffer& packet) {
    return transport->send_rtp(packet);
}

bool Bridge::BrowserEnd::send_rtcp(std::span<const std::uint8_t> packet) {
    return transport->send_rtcp(packet);
}

void Bridge::BrowserEnd::on_local_candidate(std::string_view candidate) {
    bridge_.shared_.listener.on_local_candidate(bridge_.call_, std::string(candidate));
}

void Bridge::BrowserEnd::on_connected() {
    bridge_.on_browser_connected();
}

void Bridge::BrowserEnd::on_failed(const EndReason& reason) {
    bridge_.fail(reason);
}

void Bridge::BrowserEnd::on_rtp(rtp::PacketBuffer& packet, Instant now) {
    take_rtp(packet, bridge_.to_sip_, now);
    bridge_.arm_lanes();
}

void Bridge::BrowserEnd::on_rtcp(std::span<const std::uint8_t> packet, Instant now) {
    take_rtcp(packet, bridge_.to_browser_, now);
}

}  // namespace causeway::media
