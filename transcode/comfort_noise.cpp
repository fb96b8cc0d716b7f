#include "transcode/comfort_noise.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace causeway::transcode {

namespace {

constexpr float kFullScale = 32768;
constexpr int kCoefficientRate = 8000;   // RFC 3551 §6: payload type 13 has a clock of 8000 Hz
constexpr int kHangoverMs = 200;         // ends of words are weak
constexpr int kRepeatMs = 400;           // also what keeps a NAT's binding
constexpr int kRelevantStep = 3;         // dB
constexpr float kAboveFloor = 4;         // 6 dB
constexpr float kFloorRise = 1.02F;      // per 20 ms: 0.09 dB, 4 dB a second
constexpr float kLeastFloor = 8;         // mean square; rounding noise
constexpr float kMostFloor = 300 * 300;  // -41 dBov: louder background is sound worth sending

float mean_square(std::span<const std::int16_t> pcm) {
    float sum = 0;
    for (const std::int16_t sample : pcm) sum += static_cast<float>(sample) * sample;
    return pcm.empty() ? 0 : sum / static_cast<float>(pcm.size());
}

}  // namespace

void ComfortNoise::describe(std::span<const std::uint8_t> payload) {
    if (payload.empty()) return;
    // RFC 3389 §3.1: the upper bit is not used.
    const int level = payload[0] & 0x7F;
    float gain = level == 0x7F ? 0 : kFullScale * std::pow(10.0F, static_cast<float>(-level) / 20);
    // The spectrum belongs to 8000 Hz; at other rates the level alone has to do.
    const std::size_t order = sample_rate_ == kCoefficientRate ? payload.size() - 1 : 0;
    order_ = std::min(order, kMostCoefficients);
    for (std::size_t i = 0; i < order_; ++i) {
        // RFC 3389 §3.2: 0..254 stand for -1..1; the ends would ring for ever.
        const float k = (static_cast<float>(payload[i + 1]) - 127) / 128;
        reflection_[i] = std::clamp(k, -0.98F, 0.98F);
        gain *= std::sqrt(1 - reflection_[i] * reflection_[i]);
    }
    wanted_gain_ = gain;
}

void ComfortNoise::render(std::span<std::int16_t> pcm) {
    constexpr float kUniform = 1.7320508F;  // a uniform variable of -1..1 times this has power 1
    const float glide = 100.0F / static_cast<float>(sample_rate_);
    for (std::int16_t& sample : pcm) {
        random_ = random_ * 1664525 + 1013904223;
        gain_ += (wanted_gain_ - gain_) * glide;
        float value = static_cast<float>(static_cast<std::int32_t>(random_)) * (kUniform / 2147483648.0F);
        value *= gain_;
        for (std::size_t i = order_; i-- > 0;) {
            value -= reflection_[i] * backward_[i];
            backward_[i + 1] = backward_[i] + reflection_[i] * value;
        }
        backward_[0] = value;
        sample = static_cast<std::int16_t>(std::lround(std::clamp(value, -32768.0F, 32767.0F)));
    }
}

SilenceDetector::Verdict SilenceDetector::judge(std::span<const std::int16_t> pcm) {
    const float power = std::max(mean_square(pcm), 1.0F);
    // The background is the least that was heard, and it may grow.
    floor_ = floor_ == 0 ? power : std::min(power, floor_ * kFloorRise);
    const float background = std::clamp(floor_, kLeastFloor, kMostFloor);
    quiet_ms_ = power > background * kAboveFloor ? 0 : quiet_ms_ + frame_ms_;
    if (quiet_ms_ <= kHangoverMs) {
        silent_ = false;
        silence_ = power;
        return Verdict::speech;
    }
    silence_ += (power - silence_) * 0.2F;
    const bool changed = std::abs(int{level_dbov()} - int{described_}) >= kRelevantStep;
    described_ms_ago_ += frame_ms_;
    if (silent_ && !changed && described_ms_ago_ < kRepeatMs) return Verdict::nothing;
    silent_ = true;
    described_ms_ago_ = 0;
    described_ = level_dbov();
    return Verdict::describe;
}

std::uint8_t SilenceDetector::level_dbov() const {
    const float level = -10 * std::log10(std::max(silence_, 1.0F) / (kFullScale * kFullScale));
    return static_cast<std::uint8_t>(std::clamp(std::lround(level), 0L, 127L));
}

}  // namespace causeway::transcode
