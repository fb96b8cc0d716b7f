#include "gateway/demo/line.hpp"

#include "core/base/random.hpp"
#include "core/rtp/packet.hpp"
#include "sip/rtp/port_allocator.hpp"

namespace causeway::demo {
namespace {

constexpr std::chrono::milliseconds kFrame{20};
/// Later than this, frames are skipped instead of sent in a burst.
constexpr std::chrono::milliseconds kTooLate{200};

}  // namespace

Line::Line(EventLoop& loop)
    : loop_(loop),
      frame_timer_(loop, [this](Instant now) { send_frame(now); }),
      rewriter_(Ssrc{random_u32()}, 8000, SequenceNumber{random_u16()}, RtpTime{random_u32()}) {}

Result<std::unique_ptr<Line>> Line::open(EventLoop& loop, sip::PortAllocator& ports, Counters& counters) {
    std::unique_ptr<Line> line(new Line(loop));
    auto leg = sip::SipRtpLeg::open(loop, ports, counters, make_call_id(), *line);
    if (!leg) return leg.error();
    line->leg_ = std::move(*leg);
    return line;
}

Result<> Line::connect(const sdp::AudioMedia& agreed) {
    auto encoder = transcode::make_encoder(agreed.formats.front(), 8000, {});
    if (!encoder) return encoder.error();
    encoder_ = std::move(*encoder);
    payload_type_ = agreed.formats.front().payload_type;
    // RFC 3264 §8.4: whoever holds wants to hear nothing.
    listened_to_ =
        agreed.direction == sdp::Direction::sendrecv || agreed.direction == sdp::Direction::recvonly;
    leg_->set_remote(agreed);
    return {};
}

void Line::play(Sound sound) {
    source_.reset();
    frame_timer_.disarm();
    if (sound == Sound::echo) return;
    source_.emplace(sound);
    timestamp_ = rewriter_.time_at(loop_.now());
    talk_spurt_begins_ = true;
    next_frame_ = loop_.now();
    frame_timer_.arm(next_frame_);
}

void Line::send_frame(Instant now) {
    std::array<std::int16_t, kFrameSamples> pcm;
    // The announcement has come to its end: from now on the caller hears itself.
    if (!source_ || !source_->fill(pcm)) return source_.reset();
    if (encoder_ && listened_to_) {
        std::array<std::uint8_t, kFrameSamples> payload;
        const std::size_t size = encoder_->encode(pcm, payload);
        const auto header = rewriter_.next_generated(payload_type_, talk_spurt_begins_, timestamp_, now);
        if (rtp::write_packet(packet_, header, std::span(payload).first(size))) leg_->send_rtp(packet_);
        talk_spurt_begins_ = false;
    }
    timestamp_.value += kFrameSamples;
    next_frame_ += kFrame;
    if (now - next_frame_ > kTooLate) next_frame_ = now;
    frame_timer_.arm(next_frame_);
}

void Line::on_rtp(rtp::PacketBuffer& packet, Instant now) {
    if (source_ || !encoder_ || !listened_to_) return;
    auto view = rtp::RtpView::parse(packet.packet());
    if (!view) return;
    // Digits come back like speech, so that a caller can test both.
    const auto header = rewriter_.next(view->header(), now);
    if (!header) return;
    view->set_header(*header);
    leg_->send_rtp(packet);
}

}  // namespace causeway::demo
