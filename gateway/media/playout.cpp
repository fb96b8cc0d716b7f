#include "gateway/media/playout.hpp"

#include <algorithm>
#include <utility>

namespace causeway::media {
namespace {

constexpr int kLongestPacketMs = 120;  // RFC 6716 §3.2.5: no Opus packet is longer
constexpr int kFadeMs = 100;
constexpr int kPopsPerFrame = 64;  // far above what a buffer can hold: only a fault would come here

std::size_t samples_in(int milliseconds, int sample_rate) {
    return static_cast<std::size_t>(milliseconds) * static_cast<std::size_t>(sample_rate) / 1000;
}

}  // namespace

Result<std::unique_ptr<Playout>> Playout::make(const PlayoutSettings& settings, LaneCounters& counters) {
    auto decoder = transcode::make_decoder(settings.format, settings.sample_rate);
    if (!decoder) return decoder.error();
    return std::unique_ptr<Playout>(new Playout(settings, std::move(*decoder), counters));
}

Playout::Playout(const PlayoutSettings& settings, std::unique_ptr<transcode::Decoder> decoder,
                 LaneCounters& counters)
    : frame_samples_(samples_in(settings.frame_ms, settings.sample_rate)),
      fade_samples_(samples_in(kFadeMs, settings.sample_rate)),
      clock_rate_(sdp::rtp_clock_rate(settings.format.codec)),
      sample_rate_(static_cast<std::uint32_t>(settings.sample_rate)),
      max_delay_ms_(settings.max_delay_ms),
      counters_(counters),
      decoder_(std::move(decoder)),
      buffer_({.clock_rate = static_cast<int>(clock_rate_),
               .frame_ms = settings.frame_ms,
               .max_delay_ms = settings.max_delay_ms}),
      pcm_(frame_samples_ + samples_in(2 * kLongestPacketMs, settings.sample_rate)),
      frame_(frame_samples_),
      quiet_samples_(fade_samples_) {}

std::span<const std::int16_t> Playout::next_frame(Instant now) {
    for (int pops = 0; held_ < frame_samples_ && pops < kPopsPerFrame; ++pops) fill(now);
    const std::size_t given = std::min(held_, frame_samples_);
    std::copy_n(pcm_.begin(), given, frame_.begin());
    std::fill(frame_.begin() + static_cast<std::ptrdiff_t>(given), frame_.end(), std::int16_t{0});
    std::copy(pcm_.begin() + static_cast<std::ptrdiff_t>(given),
              pcm_.begin() + static_cast<std::ptrdiff_t>(held_), pcm_.begin());
    held_ -= given;
    return frame_;
}

void Playout::fill(Instant now) {
    const rtp::JitterFrame frame = buffer_.pop(now);
    switch (frame.kind) {
        case rtp::JitterFrame::Kind::packet:
            play(frame);
            break;
        case rtp::JitterFrame::Kind::skip:
            // Decoded into the room behind what is held, and not counted: the decoder's state goes on.
            decoder_->decode(frame.payload, room());
            break;
        case rtp::JitterFrame::Kind::lost:
            replace_lost(frame);
            break;
        case rtp::JitterFrame::Kind::empty:
            fill_empty(samples_of(frame.ticks));
            break;
    }
}

void Playout::play(const rtp::JitterFrame& frame) {
    const std::size_t samples = decoder_->decode(frame.payload, room());
    if (samples == 0) {
        counters_.unreadable_payload.add();
        fill_empty(samples_of(frame.ticks));
        return;
    }
    held_ += samples;
    quiet_samples_ = 0;
}

void Playout::replace_lost(const rtp::JitterFrame& frame) {
    const std::size_t samples = std::min(samples_of(frame.ticks), room().size());
    concealed_samples_ += samples;
    held_ += frame.payload.empty() ? decoder_->conceal(samples, room())
                                   : decoder_->recover(frame.payload, samples, room());
}

void Playout::fill_empty(std::size_t samples) {
    samples = std::clamp<std::size_t>(samples, 1, room().size());
    if (idle()) {
        std::fill_n(room().begin(), samples, std::int16_t{0});
        held_ += samples;
        return;
    }
    held_ += decoder_->conceal(samples, room());
    quiet_samples_ += samples;
    concealed_samples_ += samples;
}

void Playout::reset() {
    buffer_.reset();
    held_ = 0;
    quiet_samples_ = fade_samples_;
}

std::span<std::int16_t> Playout::room() {
    return std::span(pcm_).subspan(held_);
}

std::size_t Playout::samples_of(std::uint32_t ticks) const {
    return static_cast<std::size_t>(std::uint64_t{ticks} * sample_rate_ / clock_rate_);
}

}  // namespace causeway::media
