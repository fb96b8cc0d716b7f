// How loud the audio of one direction is, for statistics: a sum of squares per sample, a logarithm per look.
// One thread.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>

namespace causeway::media {

class LevelMeter {
  public:
    void add(std::span<const std::int16_t> pcm) {
        for (const std::int16_t sample : pcm)
            squares_ += static_cast<std::uint64_t>(std::int64_t{sample} * sample);
        samples_ += pcm.size();
    }

    /// Level since the last call in dBov as RFC 6465 §3 has it: 0 is a full-scale square wave, -127 silence
    /// or nothing heard.
    int take_dbov() {
        const double mean = samples_ == 0 ? 0 : static_cast<double>(squares_) / static_cast<double>(samples_);
        squares_ = 0;
        samples_ = 0;
        if (mean < 1) return kSilence;
        const double level = 10 * std::log10(mean / (32768.0 * 32768.0));
        return level < kSilence ? kSilence : static_cast<int>(std::lround(level));
    }

    static constexpr int kSilence = -127;

  private:
    std::uint64_t squares_ = 0;
    std::uint64_t samples_ = 0;
};

}  // namespace causeway::media
