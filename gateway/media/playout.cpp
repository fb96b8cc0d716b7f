#include "gateway/media/playout.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace causeway::media {
namespace {

constexpr int kLongestPacketMs = 120;  // RFC 6716 §3.2.5: no Opus packet is longer
constexpr int kSpareMs = 20;           // a seam before it, a period of stretched time behind it
constexpr int kFadeMs = 100;
constexpr int kStretchedMs = 20;  // what a splice wants to see
/// Opus says something at least every 400 ms of a pause, AMR every 160; after this the sender is gone.
constexpr int kCodecPauseMs = 1000;
/// ITU-T G.729 Annex B: silence is described again only when it changes. Noise of a sender that is gone ends
/// with the call's watch for silence.
constexpr int kG729PauseMs = 3'600'000;
constexpr std::size_t kDtxBytes = 2;  // RFC 6716 §3.1: a TOC with nothing behind it
constexpr int kSeamMs = 5;
/// Of kPatience; the rest is for a clock that is not that exact.
constexpr int kSpentPatience = 10;
constexpr int kPopsPerFrame = 64;  // far above what a buffer can hold: only a fault would come here

std::size_t samples_in(int milliseconds, int sample_rate) {
    return static_cast<std::size_t>(milliseconds) * static_cast<std::size_t>(sample_rate) / 1000;
}

/// L16 is as large as what it becomes; all others are far smaller.
std::size_t usual_payload(const PlayoutSettings& settings) {
    const sdp::Codec codec = settings.format.codec;
    const bool is_plain = codec == sdp::Codec::l16 || codec == sdp::Codec::l16_wb;
    if (!is_plain) return rtp::JitterBufferSettings{}.usual_payload;
    return sizeof(std::int16_t) * samples_in(settings.frame_ms, static_cast<int>(sdp::rtp_clock_rate(codec)));
}

int longest_codec_pause_ms(sdp::Codec codec) {
    return codec == sdp::Codec::g729 ? kG729PauseMs : kCodecPauseMs;
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
      codec_pause_samples_(samples_in(longest_codec_pause_ms(settings.format.codec), settings.sample_rate)),
      clock_rate_(sdp::rtp_clock_rate(settings.format.codec)),
      sample_rate_(static_cast<std::uint32_t>(settings.sample_rate)),
      max_delay_ms_(settings.max_delay_ms),
      counters_(counters),
      frame_time_(std::chrono::milliseconds(settings.frame_ms)),
      is_opus_(settings.format.codec == sdp::Codec::opus),
      decoder_(std::move(decoder)),
      noise_(settings.sample_rate),
      stretch_(settings.sample_rate),
      control_(frame_time_),
      buffer_({.clock_rate = static_cast<int>(clock_rate_),
               .frame_ms = settings.frame_ms,
               .max_delay_ms = settings.max_delay_ms,
               .patience_ms = kSpentPatience,
               .usual_payload = usual_payload(settings),
               .repairs = is_opus_}),
      pcm_(frame_samples_ + samples_in(kLongestPacketMs + kSpareMs, settings.sample_rate)),
      frame_(frame_samples_),
      quiet_samples_(fade_samples_) {}

std::span<const std::int16_t> Playout::next_frame(Instant due, Instant now) {
    for (int pops = 0; held_ < frame_samples_ && pops < kPopsPerFrame; ++pops) fill(due, now);
    if (control_.excess() != Duration::zero() && !pausing()) stretch(due, now);
    const std::size_t given = std::min(held_, frame_samples_);
    std::copy_n(pcm_.begin(), given, frame_.begin());
    std::fill(frame_.begin() + static_cast<std::ptrdiff_t>(given), frame_.end(), std::int16_t{0});
    std::copy(pcm_.begin() + static_cast<std::ptrdiff_t>(given),
              pcm_.begin() + static_cast<std::ptrdiff_t>(held_), pcm_.begin());
    held_ -= given;
    control_.frame_given(duration_of(held_));
    return frame_;
}

bool Playout::ready() {
    if (held_ >= frame_samples_) return true;
    const auto wanted =
        static_cast<std::uint32_t>(std::uint64_t{frame_samples_ - held_} * clock_rate_ / sample_rate_);
    return buffer_.ready(wanted) >= wanted;
}

std::optional<Instant> Playout::spurt_due() {
    const std::optional<Instant> due = buffer_.spurt_due();
    return due ? std::optional(*due + settling_time()) : due;
}

Duration Playout::take_shift() {
    return std::exchange(settle_, Duration::zero()) + control_.take_shift();
}

/// Packets of 30 ms and frames of 20 ms: the second frame needs the second packet, which comes 10 ms after it
/// is due unless the first frame waits.
Duration Playout::settling_time() const {
    const std::size_t packet = samples_of(buffer_.packet_ticks());
    return frame_time_ - duration_of(std::gcd(packet, frame_samples_));
}

void Playout::learn_length(std::size_t samples) {
    const auto ticks = static_cast<std::uint32_t>(std::uint64_t{samples} * clock_rate_ / sample_rate_);
    if (ticks == buffer_.packet_ticks()) return;
    const Duration before = settling_time();
    buffer_.learn_length(ticks);
    settle_ += settling_time() - before;
}

void Playout::stretch(Instant due, Instant now) {
    const Duration excess = control_.excess();
    if (excess > Duration::zero()) return shorten(excess, due, now);
    const auto haste =
        -excess > 2 * frame_time_ ? transcode::TimeStretch::Haste::some : transcode::TimeStretch::Haste::none;
    const std::size_t added = stretch_.lengthen(pcm_, held_, samples_of_time(-excess), haste);
    held_ += added;
    if (added != 0) control_.stretched(-duration_of(added));
}

void Playout::shorten(Duration excess, Instant due, Instant now) {
    // More must be here than is taken away.
    const std::size_t enough =
        std::max(frame_samples_, samples_in(kStretchedMs, static_cast<int>(sample_rate_)));
    while (held_ < enough && buffer_.ready(1) != 0) fill(due, now);
    std::size_t most = samples_of_time(excess);
    if (buffer_.ready(1) == 0) most = std::min(most, held_ - std::min(held_, frame_samples_));
    const auto haste = excess > 4 * frame_time_   ? transcode::TimeStretch::Haste::great
                       : excess > 2 * frame_time_ ? transcode::TimeStretch::Haste::some
                                                  : transcode::TimeStretch::Haste::none;
    const std::size_t removed = stretch_.shorten(std::span(pcm_).first(held_), most, haste);
    held_ -= removed;
    shortened_ += removed;
    if (removed != 0) control_.stretched(duration_of(removed));
    while (held_ < frame_samples_ && buffer_.ready(1) != 0) fill(due, now);
}

void Playout::fill(Instant due, Instant now) {
    const rtp::JitterFrame frame = buffer_.pop(now);
    switch (frame.kind) {
        case rtp::JitterFrame::Kind::packet:
            play(frame, due);
            break;
        case rtp::JitterFrame::Kind::noise:
            begin_noise(frame);
            break;
        case rtp::JitterFrame::Kind::lost:
            replace_lost(frame);
            break;
        case rtp::JitterFrame::Kind::empty:
            fill_empty(samples_of(frame.ticks));
            break;
    }
}

void Playout::play(const rtp::JitterFrame& frame, Instant due) {
    if (frame.talk_spurt) control_.restart();
    control_.packet_taken(due - frame.nominal - buffer_.release());
    // What was dropped is bridged: the decoder blends from its concealment to what comes.
    if (frame.after_drop)
        held_ += decoder_->conceal(samples_in(kSeamMs, static_cast<int>(sample_rate_)), room());
    const std::size_t samples = decoder_->decode(frame.payload, room());
    if (samples == 0) {
        counters_.unreadable_payload.add();
        fill_empty(samples_of(frame.ticks));
        return;
    }
    held_ += samples;
    quiet_samples_ = paused_samples_ = 0;
    const bool silent = decoder_->is_pausing() || (is_opus_ && frame.payload.size() <= kDtxBytes);
    pause_ = silent ? Pause::codec : Pause::none;
    if (pause_ == Pause::none) learn_length(samples);
}

void Playout::begin_noise(const rtp::JitterFrame& frame) {
    noise_.describe(frame.payload);
    pause_ = Pause::noise;
    quiet_samples_ = 0;
    fill_empty(samples_of(frame.ticks));
}

void Playout::replace_lost(const rtp::JitterFrame& frame) {
    const std::size_t samples = std::min(samples_of(frame.ticks), room().size());
    concealed_samples_ += samples;
    held_ += frame.payload.empty() ? decoder_->conceal(samples, room())
                                   : decoder_->recover(frame.payload, samples, room());
}

void Playout::fill_empty(std::size_t samples) {
    samples = std::clamp<std::size_t>(samples, 1, room().size());
    // Silence has no grain: no more of it is made than the frame takes.
    const std::size_t missing = frame_samples_ - std::min(held_, frame_samples_);
    const std::size_t filled = std::clamp<std::size_t>(samples, 1, std::max<std::size_t>(missing, 1));
    paused_samples_ += samples;
    if (pause_ == Pause::noise) {
        noise_.render(room().first(filled));
        held_ += filled;
    } else if (pause_ == Pause::codec) {
        // The decoder knows the noise of the pause. One that heard nothing more is not waited for.
        held_ += decoder_->conceal(samples, room());
        if (paused_samples_ > codec_pause_samples_) pause_ = Pause::none;
    } else if (idle()) {
        std::fill_n(room().begin(), filled, std::int16_t{0});
        held_ += filled;
    } else {
        held_ += decoder_->conceal(samples, room());
        quiet_samples_ += samples;
        concealed_samples_ += samples;
    }
}

void Playout::reset() {
    buffer_.reset();
    held_ = 0;
    quiet_samples_ = fade_samples_;
    pause_ = Pause::none;
    control_.restart();
}

std::span<std::int16_t> Playout::room() {
    return std::span(pcm_).subspan(held_);
}

std::size_t Playout::samples_of(std::uint32_t ticks) const {
    return static_cast<std::size_t>(std::uint64_t{ticks} * sample_rate_ / clock_rate_);
}

std::size_t Playout::samples_of_time(Duration time) const {
    return static_cast<std::size_t>(time * sample_rate_ / std::chrono::seconds(1));
}

Duration Playout::duration_of(std::size_t samples) const {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(samples) * 1'000'000'000 / sample_rate_);
}

}  // namespace causeway::media
