#include "gateway/media/browser_end.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "core/base/footprint.hpp"

namespace causeway::media {
namespace {

// RFC 4585 §3.4: SAVPF has no least interval of 5 s; 140 bytes so often are far below 5 % of the stream.
constexpr Duration kReportInterval = std::chrono::milliseconds(2500);
constexpr int kBitrateStep = 500;  // the encoder need not hear of less
constexpr Duration kPatience = std::chrono::milliseconds(100);
constexpr Duration kLeastPatience = std::chrono::milliseconds(60);
constexpr Duration kGrowth = std::chrono::milliseconds(40);

}  // namespace

Bridge::BrowserEnd::BrowserEnd(Bridge& bridge, Ssrc ssrc, const std::string& cname)
    : LegEnd(ssrc, cname, bridge.shared_.lane_counters, bridge.loop_.now(), kReportInterval),
      bridge_(bridge) {}

void Bridge::BrowserEnd::on_digit(char digit, int duration_ms) {
    bridge_.shared_.listener.on_sip_digit(bridge_.call_, digit, duration_ms);
}

void Bridge::BrowserEnd::agree(const FeedbackSettings& settings) {
    feedback_ = std::make_unique<BrowserFeedback>(settings, bridge_.shared_.lane_counters, *this);
}

void Bridge::BrowserEnd::steer(Lane& lane_to_browser) {
    const auto& plan = lane_to_browser.plan();
    // Only Opus has more than one rate, and only what is made here can be made smaller.
    const bool steerable = plan && !plan->pass_through && plan->to.codec == sdp::Codec::opus;
    feedback_->set_steering(steerable);
    if (steerable) follow_bitrate(lane_to_browser);
}

void Bridge::BrowserEnd::follow_bitrate(Lane& lane_to_browser) {
    const int bitrate = feedback_->bitrate();
    const bool at_most = bitrate == bridge_.shared_.settings.opus.bitrate;
    if (bitrate == bitrate_ || (std::abs(bitrate - bitrate_) < kBitrateStep && !at_most)) return;
    bitrate_ = bitrate;
    lane_to_browser.set_bitrate(bitrate);
}

void Bridge::BrowserEnd::note_loss(double fraction, Lane& lane_to_peer, Instant now) {
    LegEnd::note_loss(fraction, lane_to_peer, now);
    feedback_->on_loss(fraction, now);
}

void Bridge::BrowserEnd::send(rtp::PacketBuffer& packet, const rtp::RtpHeader& header,
                              std::size_t payload_size, Instant now) {
    feedback_->before_sent(packet, now);
    LegEnd::send(packet, header, payload_size, now);
}

void Bridge::BrowserEnd::add_receiving_to(Footprint& footprint) const {
    LegEnd::add_receiving_to(footprint);
    footprint.add(*static_cast<const webrtc::BrowserLegListener*>(this), transport, feedback_);
    if (feedback_) feedback_->add_to(footprint);
}

void Bridge::BrowserEnd::add_sending_to(Footprint& footprint) const {
    LegEnd::add_sending_to(footprint);
    footprint.add(transport, feedback_);
    if (feedback_) feedback_->add_to(footprint);
    if (transport) transport->add_sending_to(footprint);
}

bool Bridge::BrowserEnd::send_rtp(rtp::PacketBuffer& packet) {
    if (!transport->send_rtp(packet)) return false;
    feedback_->after_sent(packet.packet());
    return true;
}

bool Bridge::BrowserEnd::send_again(std::span<const std::uint8_t> packet) {
    return transport->send_again(packet);
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
    bridge_.on_browser_lost(reason);
}

void Bridge::BrowserEnd::on_rtp(rtp::PacketBuffer& packet, Instant now) {
    // It was silent for so long that it was given up.
    if (!bridge_.browser_up_) bridge_.on_browser_connected();
    feedback_->on_rtp(packet.packet(), now);
    bridge_.carry(*this, bridge_.to_sip_, bridge_.to_browser_, packet, now);
    send_feedback(now);
}

void Bridge::BrowserEnd::send_feedback(Instant now) {
    const Playout* const playout = bridge_.to_sip_.playout();
    // The buffer may grow a little for what comes again; whoever receives what we pass on has one, too.
    const Duration patience =
        playout == nullptr
            ? kPatience
            : std::clamp(std::chrono::milliseconds(playout->delay_ms()) + kGrowth, kLeastPatience,
                         std::max(kLeastPatience, bridge_.shared_.settings.jitter_max));
    std::array<std::uint8_t, BrowserFeedback::kEnough> out;
    const std::size_t size = feedback_->write(out, round_trip(), patience, now);
    if (size > 0) send_rtcp(std::span(out).first(size));
}

void Bridge::BrowserEnd::on_rtcp(std::span<const std::uint8_t> packet, Instant now) {
    Lane& lane = bridge_.to_browser_;
    if (!take_rtcp(packet, lane, now)) return;
    feedback_->on_rtcp(packet, now);
    if (const auto loss = feedback_->take_loss()) LegEnd::note_loss(*loss, lane, now);
    follow_bitrate(lane);
}

}  // namespace causeway::media
