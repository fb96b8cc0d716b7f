// Sine tones for audio tests and their measurement by Goertzel's algorithm: what arrives is judged by
// frequency and level, not by counting packets.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

namespace causeway::test {

/// `count` samples of a sine. `decibel` counts from a full-scale sine: amplitude 32767 * 10^(decibel/20),
/// which is 3 dB above RFC 6465's dBov. `start` continues an earlier piece without a click.
inline std::vector<std::int16_t> generate(double frequency, double decibel, int rate, std::size_t count,
                                          std::size_t start = 0) {
    const double amplitude = 32767.0 * std::pow(10.0, decibel / 20.0);
    const double step = 2.0 * std::numbers::pi * frequency / rate;
    std::vector<std::int16_t> samples(count);
    for (std::size_t i = 0; i < count; ++i) {
        samples[i] = static_cast<std::int16_t>(
            std::lround(amplitude * std::sin(step * static_cast<double>(start + i))));
    }
    return samples;
}

/// The level of the sine of `frequency` within `samples`, on the scale of `generate`; -127 at least. Use
/// stretches of whole periods or of 20 ms and more. A Hann window keeps neighbours out (about 4 / duration).
inline double level_at(double frequency, std::span<const std::int16_t> samples, int rate) {
    const double step = 2.0 * std::numbers::pi * frequency / rate;
    const double coefficient = 2.0 * std::cos(step);
    const auto count = static_cast<double>(samples.size());
    double previous = 0;
    double before = 0;
    double weight = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double window =
            0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * (static_cast<double>(i) + 0.5) / count);
        const double now = samples[i] / 32767.0 * window + coefficient * previous - before;
        before = previous;
        previous = now;
        weight += window;
    }
    const double power =
        std::max(previous * previous + before * before - coefficient * previous * before, 0.0);
    const double amplitude = weight > 0 ? 2.0 * std::sqrt(power) / weight : 0.0;
    return std::max(20.0 * std::log10(std::max(amplitude, 1e-9)), -127.0);
}

/// The level of everything in `samples`, on the same scale: a sine of x dB measures x.
inline double level(std::span<const std::int16_t> samples) {
    double sum = 0;
    for (const std::int16_t sample : samples) sum += sample / 32767.0 * (sample / 32767.0);
    const double mean = samples.empty() ? 0.0 : sum / static_cast<double>(samples.size());
    return std::max(10.0 * std::log10(std::max(2.0 * mean, 1e-13)), -127.0);
}

/// The strongest frequency between `low` and `high`, to within `step`.
inline double loudest_frequency(std::span<const std::int16_t> samples, int rate, double low, double high,
                                double step = 5.0) {
    double best = low;
    double best_level = -128;
    for (double frequency = low; frequency <= high; frequency += step) {
        const double found = level_at(frequency, samples, rate);
        if (found > best_level) {
            best_level = found;
            best = frequency;
        }
    }
    return best;
}

}  // namespace causeway::test
