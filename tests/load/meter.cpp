#include "tests/load/meter.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/random.hpp"
#include "core/rtp/big_endian.hpp"
#include "tests/load/udp_port.hpp"

namespace causeway::load {
namespace {

constexpr std::uint32_t kStampMagic = 0x4c6f6164;
constexpr std::int64_t kSecond = 1'000'000'000;
/// A burst that was sent longer ago belongs to another round of the loop.
constexpr std::int64_t kLongestDelay = 2 * kSecond;
constexpr double kLongestPacket_s = 0.12;
constexpr double kLongestPause_s = 10;
/// Packets that may be on their way, or wait in a buffer, at either end of a window.
constexpr double kFewPackets = 5;

}  // namespace

void Tally::merge(const Tally& other) {
    sent += other.sent;
    received += other.received;
    lost += other.lost;
    missing += other.missing;
    duplicates += other.duplicates;
    reordered += other.reordered;
    silent_streams += other.silent_streams;
    delay.merge(other.delay);
    audio_delay.merge(other.audio_delay);
    jitter.merge(other.jitter);
    longest_gap.merge(other.longest_gap);
}

void Stamp::write(std::span<std::uint8_t> payload) const {
    std::uint8_t* const at = payload.data() + payload.size() - kSize;
    rtp::write_u32(at, kStampMagic);
    rtp::write_u32(at + 4, call);
    rtp::write_u32(at + 8, number);
    rtp::write_u64(at + 12, static_cast<std::uint64_t>(sent));
}

std::optional<Stamp> Stamp::read(std::span<const std::uint8_t> payload) {
    if (payload.size() < kSize) return std::nullopt;
    const std::uint8_t* const at = payload.data() + payload.size() - kSize;
    if (rtp::read_u32(at) != kStampMagic) return std::nullopt;
    return Stamp{rtp::read_u32(at + 4), rtp::read_u32(at + 8),
                 static_cast<std::int64_t>(rtp::read_u64(at + 12))};
}

LoopSource::LoopSource(const SoundLoop& loop, const Window& window, std::uint32_t call, bool stamped)
    : loop_(loop),
      window_(window),
      call_(call),
      stamped_(stamped),
      // Calls play different parts of the loop at a time, so that loud and quiet frames mix.
      frame_(random_u32() % loop.frames.size()) {}

std::size_t LoopSource::next(std::span<std::uint8_t> out) {
    const auto& frame = loop_.frames[frame_];
    const std::int64_t now = wire_time();
    if (frame_ == loop_.marker_frame) last_marker_ = now + loop_.marker_offset;
    frame_ = (frame_ + 1) % loop_.frames.size();
    const std::size_t size = std::min(frame.size(), out.size());
    std::copy_n(frame.begin(), size, out.begin());
    if (window_.holds(now)) ++sent_;
    if (stamped_ && size >= Stamp::kSize) Stamp{call_, number_++, now}.write(out.first(size));
    return size;
}

SequenceWatch::Verdict SequenceWatch::see(std::uint32_t number) {
    if (!started_) {
        started_ = true;
        first_ = highest_ = number;
        seen_ = 1;
        return Verdict::fresh;
    }
    if (number > highest_) {
        const std::uint64_t ahead = number - highest_;
        seen_ = ahead >= 64 ? 1 : seen_ << ahead | 1;
        highest_ = number;
        return Verdict::fresh;
    }
    const std::uint64_t behind = highest_ - number;
    if (behind >= 64) return Verdict::late;
    const std::uint64_t bit = std::uint64_t{1} << behind;
    if ((seen_ & bit) != 0) return Verdict::duplicate;
    seen_ |= bit;
    return Verdict::late;
}

void SequenceWatch::restart() {
    *this = SequenceWatch();
}

StreamMeter::StreamMeter(const Window& window, Tally& tally, const LoopSource& peer, sdp::Codec codec,
                         std::uint32_t call, bool stamped, bool listens)
    : window_(window),
      tally_(tally),
      peer_(peer),
      call_(call),
      stamped_(stamped),
      clock_rate_(static_cast<double>(sdp::rtp_clock_rate(codec))),
      sample_rate_(listening_rate_of(codec)),
      finder_(sample_rate_) {
    if (!listens || stamped) return;
    auto decoder = transcode::make_decoder({codec, PayloadType{}, {}}, sample_rate_);
    if (decoder) decoder_ = std::move(*decoder);
}

StreamMeter::~StreamMeter() = default;

void StreamMeter::packet(const rtp::RtpView& packet, std::int64_t arrived) {
    const std::uint16_t sequence = packet.sequence().value;
    const bool first = first_packet_ == 0;
    if (first) first_packet_ = arrived;
    // Unwrapped within a stream's life; 65536 ahead, so that early reordering does not go below zero.
    unwrapped_ =
        first ? 65536U + sequence
              : unwrapped_ + static_cast<std::uint32_t>(static_cast<std::int16_t>(sequence - last_sequence_));
    note_packet_time(packet, !first && static_cast<std::uint16_t>(sequence - last_sequence_) == 1);
    last_sequence_ = sequence;
    if (decoder_) listen(packet.payload(), arrived);

    std::uint32_t number = unwrapped_;
    if (stamped_) {
        const auto stamp = Stamp::read(packet.payload());
        if (!stamp || stamp->call != call_ || !window_.holds(stamp->sent)) return;
        number = stamp->number;
        tally_.delay.add(arrived - stamp->sent);
    } else if (!window_.holds(arrived)) {
        last_packet_ = 0;
        return;
    }
    switch (sequence_.see(number)) {
        case SequenceWatch::Verdict::duplicate:
            ++duplicates_;
            return;
        case SequenceWatch::Verdict::late:
            ++reordered_;
            break;
        case SequenceWatch::Verdict::fresh:
            break;
    }
    ++received_;
    heard_time_ += packet_time_ + left_out_;
    measure_jitter(packet.timestamp().value, arrived);
}

void StreamMeter::note_packet_time(const rtp::RtpView& packet, bool next) {
    const std::uint32_t timestamp = packet.timestamp().value;
    const std::uint32_t step = timestamp - newest_timestamp_;
    newest_timestamp_ = timestamp;
    left_out_ = 0;
    if (!next || step == 0) return;
    if (step <= kLongestPacket_s * clock_rate_) {
        packet_time_ = step;
    } else if (packet.marker() && step <= kLongestPause_s * clock_rate_) {
        // RFC 3551 §4.1: the first packet after silence that was not sent is marked.
        left_out_ = step - packet_time_;
    }
}

void StreamMeter::count_missing(std::uint64_t lost) {
    if (packet_time_ == 0) return;
    // Both sides may pack differently: time is compared, not packets.
    const double sent = static_cast<double>(peer_.sent_in_window()) * kFrame_ms / 1000;
    const double heard = static_cast<double>(heard_time_) / clock_rate_;
    const double packet = packet_time_ / clock_rate_;
    const double packets = (sent - heard) / packet - static_cast<double>(lost);
    const double few = kFewPackets * std::max(1.0, kFrame_ms / 1000.0 / packet);
    if (packets > few + 0.5) tally_.missing += static_cast<std::uint64_t>(packets);
}

void StreamMeter::measure_jitter(std::uint32_t timestamp, std::int64_t arrived) {
    if (last_packet_ != 0) {
        longest_gap_ = std::max(longest_gap_, arrived - last_packet_);
        const auto steps = static_cast<std::int32_t>(timestamp - last_timestamp_);
        const double expected = steps / clock_rate_ * static_cast<double>(kSecond);
        const double away = std::abs(static_cast<double>(arrived - last_packet_) - expected);
        // A jump of the timestamp is a new talk spurt, not jitter.
        if (away < static_cast<double>(kSecond)) jitter_ += (away - jitter_) / 16;
    }
    last_packet_ = arrived;
    last_timestamp_ = timestamp;
}

void StreamMeter::listen(std::span<const std::uint8_t> payload, std::int64_t arrived) {
    std::array<std::int16_t, 16000 / 1000 * 120> pcm;
    const std::size_t size = decoder_->decode(payload, pcm);
    const auto heard = finder_.hear({pcm.data(), size}, arrived);
    if (!heard || !window_.holds(arrived) || peer_.last_marker() == 0) return;
    if (*heard - peer_.last_marker() < kLongestDelay) tally_.audio_delay.add(*heard - peer_.last_marker());
}

void StreamMeter::begin_window() {
    sequence_.restart();
    received_ = duplicates_ = reordered_ = heard_time_ = 0;
    longest_gap_ = last_packet_ = 0;
}

void StreamMeter::end_window() {
    const std::uint64_t expected = stamped_ ? peer_.sent_in_window() : sequence_.expected();
    tally_.sent += peer_.sent_in_window();
    tally_.received += received_;
    const std::uint64_t lost = expected > received_ ? expected - received_ : 0;
    tally_.lost += lost;
    tally_.duplicates += duplicates_;
    tally_.reordered += reordered_;
    if (received_ == 0) {
        ++tally_.silent_streams;
        return;
    }
    if (!stamped_) count_missing(lost);
    tally_.jitter.add(static_cast<std::int64_t>(jitter_));
    tally_.longest_gap.add(longest_gap_);
}

}  // namespace causeway::load
