// Speech enough for encoders to work as they do on voices: a gliding, uneven pitch through three formants
// that change with each syllable, hisses and pauses. The same samples each time.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>
#include <vector>

namespace causeway::test {

class Resonator {
  public:
    double next(double in, double frequency, double bandwidth, int rate) {
        const double radius = std::exp(-std::numbers::pi * bandwidth / rate);
        const double turn = 2 * radius * std::cos(2 * std::numbers::pi * frequency / rate);
        const double out = (1 - radius) * in + turn * first_ - radius * radius * second_;
        second_ = first_;
        first_ = out;
        return out;
    }

  private:
    double first_ = 0;
    double second_ = 0;
};

/// Eight seconds, 6 dB below full scale at most.
inline std::vector<std::int16_t> synthetic_voice(int rate) {
    constexpr std::array<std::array<double, 3>, 5> kVowels{
        {{730, 1090, 2440}, {270, 2290, 3010}, {300, 870, 2240}, {530, 1840, 2480}, {570, 840, 2410}}};
    std::mt19937 random(1);
    std::normal_distribution<double> noise(0, 1);
    std::array<Resonator, 3> formants;
    std::vector<double> sound(static_cast<std::size_t>(8 * rate));
    double phase = 0;
    double white_before = 0;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        const double time = static_cast<double>(i) / rate;
        const auto syllable = static_cast<std::size_t>(4 * time);
        const double within = 4 * time - static_cast<double>(syllable);
        const double white = noise(random);
        phase +=
            (140 + 30 * std::sin(0.8 * std::numbers::pi * time) - 25 * within + 2 * noise(random)) / rate;
        const double pulse = phase >= 1 ? rate / 100.0 : 0;
        if (phase >= 1) phase -= 1;
        const bool pause = syllable % 9 == 8;
        const double voiced = within < 0.65 && !pause ? std::sin(std::numbers::pi * within / 0.65) : 0;
        const bool hissing = within >= 0.65 && within < 0.85 && syllable % 3 == 0;
        const double hiss = hissing ? 0.01 * std::sin(std::numbers::pi * (within - 0.65) / 0.2) : 0;
        for (std::size_t n = 0; n < formants.size(); ++n) {
            const auto order = static_cast<double>(n);
            sound[i] += formants[n].next(voiced * (pulse + 0.3 * white),
                                         kVowels[syllable % kVowels.size()][n], 80 + 40 * order, rate) /
                        (1 + order);
        }
        sound[i] += hiss * (white - white_before) + 0.0005 * white;
        white_before = white;
    }
    double peak = 0;
    for (const double sample : sound) peak = std::max(peak, std::abs(sample));
    std::vector<std::int16_t> samples;
    for (const double sample : sound) {
        samples.push_back(static_cast<std::int16_t>(std::lround(sample / peak * 16384)));
    }
    return samples;
}

}  // namespace causeway::test
