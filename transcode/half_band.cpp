#include "transcode/half_band.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace causeway::transcode {

namespace {

using Taps = std::array<float, HalfBand::kTaps>;

/// An ideal low-pass at a quarter of the upper rate under a Blackman window, with a gain of 1.
Taps make_taps() {
    constexpr double kPi = std::numbers::pi;
    constexpr auto kMiddle = static_cast<double>(HalfBand::kTaps - 1) / 2;
    std::array<double, HalfBand::kTaps> exact{};
    double sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        const double at = static_cast<double>(i) - kMiddle;
        const double ideal = at == 0 ? 0.5 : std::sin(kPi * at / 2) / (kPi * at);
        const double turn = 2 * kPi * static_cast<double>(i + 1) / static_cast<double>(HalfBand::kTaps + 1);
        exact[i] = ideal * (0.42 - 0.5 * std::cos(turn) + 0.08 * std::cos(2 * turn));
        sum += exact[i];
    }
    Taps taps{};
    std::transform(exact.begin(), exact.end(), taps.begin(),
                   [&](double x) { return static_cast<float>(x / sum); });
    return taps;
}

const Taps& taps() {
    static const Taps made = make_taps();
    return made;
}

std::int16_t clipped(float sample) {
    return static_cast<std::int16_t>(std::lround(std::clamp(sample, -32768.0F, 32767.0F)));
}

}  // namespace

void HalfBand::push(float sample) {
    delay_[position_] = sample;
    delay_[position_ + kTaps] = sample;
    position_ = (position_ + 1) % kTaps;
}

float HalfBand::filtered() const {
    // The filter is symmetric: oldest first is as good as newest first.
    const Taps& coefficients = taps();
    float sum = 0;
    for (std::size_t i = 0; i < kTaps; ++i) sum += coefficients[i] * delay_[position_ + i];
    return sum;
}

std::size_t HalfBand::halve(std::span<const std::int16_t> in, std::span<std::int16_t> out) {
    const std::size_t count = std::min(in.size() / 2, out.size());
    for (std::size_t i = 0; i < count; ++i) {
        push(in[2 * i]);
        push(in[2 * i + 1]);
        out[i] = clipped(filtered());
    }
    return count;
}

std::size_t HalfBand::twice(std::span<const std::int16_t> in, std::span<std::int16_t> out) {
    const std::size_t count = std::min(in.size(), out.size() / 2);
    for (std::size_t i = 0; i < count; ++i) {
        // A zero between two samples halves the level, the factor restores it.
        push(2.0F * in[i]);
        out[2 * i] = clipped(filtered());
        push(0);
        out[2 * i + 1] = clipped(filtered());
    }
    return 2 * count;
}

}  // namespace causeway::transcode
