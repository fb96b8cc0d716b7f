#include "gateway/media/direction_quality.hpp"

#include <algorithm>

#include "gateway/media/codec_quality.hpp"

namespace causeway::media {
namespace {

constexpr double kPacketMs = 20;

/// BurstR of G.107 §7.5: mean length of the losses, over that of random loss of the same rate.
double burst_ratio(const LossCounts& counts) {
    if (counts.runs == 0 || counts.expected == 0) return 1;
    const double length = static_cast<double>(counts.bad) / static_cast<double>(counts.runs);
    const double loss = static_cast<double>(counts.bad) / static_cast<double>(counts.expected);
    return std::max(1.0, length * (1 - loss));
}

double bits_per_second(const LossCounts& counts) {
    if (counts.packets == 0) return 0;
    const double bytes = static_cast<double>(counts.bytes) / static_cast<double>(counts.packets);
    return bytes * 8 * 1000 / kPacketMs;
}

}  // namespace

double one_way_delay_ms(const PathFigures& path, double look_ahead_ms) {
    // A buffer that nobody tells of holds a packet, and waits twice the mean jitter.
    const double buffer = path.buffer_ms.value_or(kPacketMs + 2 * path.jitter_ms);
    return path.round_trip_ms.value_or(0) / 2 + buffer + kPacketMs + look_ahead_ms;
}

LossCounts DirectionQuality::window(const LossCounts& counts) {
    const LossCounts& last = history_[(seconds_ + kSeconds - 1) % kSeconds];
    const bool anew = seconds_ > 0 && (counts.expected < last.expected || counts.packets < last.packets);
    if (anew) seconds_ = 0;
    const LossCounts since = seconds_ >= kSeconds ? history_[seconds_ % kSeconds] : LossCounts{};
    history_[seconds_++ % kSeconds] = counts;
    const auto grown = [](std::uint64_t from, std::uint64_t to) { return to > from ? to - from : 0; };
    return {grown(since.expected, counts.expected), grown(since.bad, counts.bad),
            grown(since.runs, counts.runs), grown(since.packets, counts.packets),
            grown(since.bytes, counts.bytes)};
}

void DirectionQuality::judge(const LossCounts& counts, const PathFigures& path,
                             const sdp::AudioFormat& format) {
    const LossCounts recent = window(counts);
    if (recent.expected == 0) return pass();
    rate(recent, 100 * static_cast<double>(recent.bad) / static_cast<double>(recent.expected), path, format);
}

void DirectionQuality::judge_interval(double loss_percent, const PathFigures& path,
                                      const sdp::AudioFormat& format, const LossCounts& sent) {
    const LossCounts recent = window(sent);
    if (recent.packets == 0) return pass();
    rate(recent, loss_percent, path, format);
}

void DirectionQuality::rate(const LossCounts& recent, double loss_percent, const PathFigures& path,
                            const sdp::AudioFormat& format) {
    const auto codec = codec_quality(format, bits_per_second(recent));
    if (!codec) return pass();
    band_ = codec->band;
    rtp::VoicePath voice{.band = codec->band,
                         .impairment = codec->impairment,
                         .loss_robustness = codec->loss_robustness,
                         .loss_percent = loss_percent,
                         .burst_ratio = burst_ratio(recent)};
    listening_mos_ = rtp::rate(voice).mos;
    delay_ms_ = voice.delay_ms = one_way_delay_ms(path, codec->look_ahead_ms);
    remember(rtp::rate(voice), path);
}

void DirectionQuality::adopt(const rtp::VoiceQuality& told, const PathFigures& path) {
    delay_ms_ = one_way_delay_ms(path, 0);
    remember(told, path);
}

void DirectionQuality::remember(const rtp::VoiceQuality& quality, const PathFigures& path) {
    now_ = quality;
    mos_sum_ += quality.mos;
    ++judged_;
    summary_.mos_min = std::min(summary_.mos_min.value_or(quality.mos), quality.mos);
    summary_.mos_avg = mos_sum_ / static_cast<double>(judged_);
    summary_.jitter_max_ms = std::max(summary_.jitter_max_ms, path.jitter_ms);
    if (path.round_trip_ms)
        summary_.round_trip_max_ms = std::max(summary_.round_trip_max_ms.value_or(0), *path.round_trip_ms);
}

}  // namespace causeway::media
