#include "gateway/media/browser_feedback.hpp"

#include <utility>

#include "core/base/footprint.hpp"
#include "core/rtp/big_endian.hpp"
#include "core/rtp/header_extension.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/rtcp.hpp"

namespace causeway::media {
namespace {

/// About 80 bytes on the wire each: 3 kbit/s, which is what RFC 3550 §6.2 grants beside a voice.
constexpr Duration kFeedbackInterval = std::chrono::milliseconds(200);

Ssrc ssrc_of(std::span<const std::uint8_t> packet) {
    return {rtp::read_u32(&packet[8])};
}

SequenceNumber sequence_of(std::span<const std::uint8_t> packet) {
    return {rtp::read_u16(&packet[2])};
}

}  // namespace

BrowserFeedback::BrowserFeedback(FeedbackSettings settings, LaneCounters& counters, Resender& resender)
    : settings_(std::move(settings)),
      counters_(counters),
      resender_(resender),
      history_(settings_.agreed.nack ? std::make_unique<rtp::SendHistory>() : nullptr),
      arrivals_(settings_.agreed.transport_cc() ? std::make_unique<rtp::TransportArrivals>() : nullptr) {}

void BrowserFeedback::set_steering(bool steering) {
    steering_ = steering;
    if (steering && !bitrate_) bitrate_ = std::make_unique<rtp::BitrateController>(settings_.bitrate);
}

void BrowserFeedback::on_loss(double fraction, Instant now) {
    if (bitrate_) bitrate_->on_loss(fraction, now);
}

void BrowserFeedback::before_sent(rtp::PacketBuffer& packet, Instant now) {
    if (!steering_ || !settings_.agreed.transport_cc()) return;
    const std::uint16_t sequence = next_transport_sequence_;
    if (!rtp::add_transport_sequence(packet, *settings_.agreed.transport_sequence_id, sequence)) return;
    ++next_transport_sequence_;
    bitrate_->on_sent(sequence, now);
}

void BrowserFeedback::after_sent(std::span<const std::uint8_t> packet) {
    // SRTP leaves the header in clear (RFC 3711 §3.1).
    if (history_ && packet.size() >= rtp::kRtpHeaderSize) history_->keep(sequence_of(packet), packet);
}

void BrowserFeedback::on_rtp(std::span<const std::uint8_t> packet, Instant now) {
    if (packet.size() < rtp::kRtpHeaderSize) return;
    media_ = ssrc_of(packet);
    if (settings_.agreed.nack) missing_.on_packet(*media_, sequence_of(packet), now);
    if (!arrivals_) return;
    if (const auto sequence = rtp::read_transport_sequence(packet, *settings_.agreed.transport_sequence_id))
        arrivals_->on_packet(*sequence, now);
}

void BrowserFeedback::add_to(Footprint& footprint) const {
    footprint.add(settings_, history_);
    missing_.add_to(footprint);
    footprint.add(arrivals_, bitrate_, steering_, media_, feedback_due_);
}

void BrowserFeedback::on_rtcp(std::span<const std::uint8_t> compound, Instant now) {
    now_ = now;
    if (!rtp::read_feedback(compound, settings_.ssrc, *this)) counters_.malformed_feedback.add();
}

void BrowserFeedback::on_nack(SequenceNumber lost) {
    if (!history_) return;
    const auto packet = history_->give(lost, now_);
    const bool sent = !packet.empty() && resender_.send_again(packet);
    (sent ? counters_.nack_answered : counters_.nack_unanswered).add();
}

void BrowserFeedback::on_transport_feedback(const rtp::TransportFeedback& feedback) {
    if (bitrate_ && settings_.agreed.transport_cc()) bitrate_->on_feedback(feedback, now_);
}

void BrowserFeedback::on_remb(std::uint64_t bits_per_second) {
    if (bitrate_ && settings_.agreed.remb) bitrate_->on_remb(bits_per_second, now_);
}

std::size_t BrowserFeedback::write(std::span<std::uint8_t> out, std::optional<Duration> round_trip,
                                   Duration patience, Instant now) {
    if (!media_) return 0;
    std::span<const SequenceNumber> lost;
    if (round_trip && !missing_.idle()) lost = missing_.due(*round_trip, patience, now);
    const bool feedback = arrivals_ && arrivals_->pending() && now >= feedback_due_;
    if (lost.empty() && !feedback) return 0;

    // RFC 5506 §3.4: without consent to reduced size a compound packet begins with a report and a CNAME.
    std::size_t size = 0;
    if (!settings_.agreed.reduced_size)
        size = rtp::write_rtcp(out, {.sender = settings_.ssrc,
                                     .cname = settings_.cname,
                                     .sender_info = {},
                                     .block = {},
                                     .bye = false});
    if (!lost.empty()) {
        size += rtp::write_nack(out.subspan(size), settings_.ssrc, *media_, lost);
        counters_.nack_asked.add(lost.size());
    }
    if (feedback) {
        size += arrivals_->write(out.subspan(size), settings_.ssrc, *media_);
        feedback_due_ = now + kFeedbackInterval;
    }
    return size;
}

}  // namespace causeway::media
