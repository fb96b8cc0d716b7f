// A voice made by rule, and how like it another sound is: codecs that model speech are judged by level and
// envelope.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>
#include <span>
#include <vector>

#include "tests/unit/transcode/codec_run.hpp"

namespace causeway::transcode {

/// Syllables: a gliding pulse train through three formants, a little breath, pauses between.
inline Samples voice(int rate, int milliseconds) {
    constexpr std::array<std::array<double, 3>, 4> kVowels{
        {{730, 1090, 2440}, {270, 2290, 3010}, {300, 870, 2240}, {530, 1840, 2480}}};
    std::mt19937 random(7);
    Samples samples(static_cast<std::size_t>(rate) * static_cast<std::size_t>(milliseconds) / 1000);
    double phase = 0;
    std::array<double, 3> before{};
    std::array<double, 3> last{};
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double time = static_cast<double>(i) / rate;
        const double syllable = std::fmod(time, 0.3) / 0.3;
        const auto vowel = kVowels[static_cast<std::size_t>(time / 0.3) % kVowels.size()];
        const double loudness = syllable < 0.7 ? std::sin(std::numbers::pi * syllable / 0.7) : 0.0;
        phase += (110 + 25 * std::sin(2 * time)) / rate;
        double excitation = (static_cast<double>(random() % 1000) / 1000 - 0.5) * 0.05;
        if (phase >= 1) {
            phase -= 1;
            excitation += 1;
        }
        double sound = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const double radius = std::exp(-std::numbers::pi * 90 / rate);
            const double now = excitation +
                               2 * radius * std::cos(2 * std::numbers::pi * vowel[k] / rate) * last[k] -
                               radius * radius * before[k];
            before[k] = last[k];
            last[k] = now;
            sound += now / static_cast<double>(1 + k);
        }
        samples[i] = static_cast<std::int16_t>(std::lround(std::clamp(loudness * sound * 3000, -3e4, 3e4)));
    }
    return samples;
}

inline std::vector<double> envelope(std::span<const std::int16_t> samples, int rate) {
    const auto piece = static_cast<std::size_t>(rate / 50);
    std::vector<double> levels;
    for (; samples.size() >= piece; samples = samples.subspan(piece)) {
        const double energy =
            std::accumulate(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(piece), 0.0,
                            [](double sum, double s) { return sum + s * s; });
        levels.push_back(std::sqrt(energy / static_cast<double>(piece)));
    }
    return levels;
}

inline double correlation(std::span<const double> a, std::span<const double> b) {
    const std::size_t count = std::min(a.size(), b.size());
    double mean_a = 0, mean_b = 0, ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < count; ++i) {
        mean_a += a[i] / static_cast<double>(count);
        mean_b += b[i] / static_cast<double>(count);
    }
    for (std::size_t i = 0; i < count; ++i) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return ab / std::sqrt(aa * bb);
}

/// The best correlation of the envelopes over delays up to 40 ms, in steps of 2.5 ms.
inline double likeness(const Samples& heard, const Samples& sent, int rate) {
    double best = -1;
    const auto reference = envelope(sent, rate);
    for (std::size_t delay = 0; delay <= static_cast<std::size_t>(rate / 25);
         delay += static_cast<std::size_t>(rate / 400)) {
        best = std::max(best, correlation(envelope(std::span(heard).subspan(delay), rate), reference));
    }
    return best;
}

}  // namespace causeway::transcode
