#include "gateway/demo/sound_source.hpp"

#include <cmath>
#include <numbers>

#include "gateway/demo/announcement.hpp"

namespace causeway::demo {
namespace {

constexpr double kSampleRate = 8000;
/// 16 dB below full scale, the level of a normal test tone.
constexpr double kToneAmplitude = 32767 * 0.158;
constexpr std::size_t kRingbackOn = 2 * 8000;
constexpr std::size_t kRingbackCycle = 6 * 8000;

}  // namespace

double SoundSource::sine(double frequency) const {
    return std::sin(2 * std::numbers::pi * frequency * static_cast<double>(position_) / kSampleRate);
}

bool SoundSource::fill(std::span<std::int16_t> frame) {
    if (sound_ == Sound::echo) return false;
    if (sound_ == Sound::announcement && position_ >= announcement().size()) return false;
    for (std::int16_t& sample : frame) {
        double value = 0;
        if (sound_ == Sound::tone) value = kToneAmplitude * sine(1004);
        if (sound_ == Sound::ringback && position_ % kRingbackCycle < kRingbackOn) {
            value = kToneAmplitude / 2 * (sine(440) + sine(480));
        }
        if (sound_ == Sound::announcement && position_ < announcement().size()) {
            value = announcement_sample(position_);
        }
        sample = static_cast<std::int16_t>(std::lround(value));
        ++position_;
    }
    return true;
}

}  // namespace causeway::demo
