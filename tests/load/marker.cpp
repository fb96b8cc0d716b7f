#include "tests/load/marker.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

namespace causeway::load {
namespace {

constexpr double kBurstHertz = 1000;
constexpr double kBurstAmplitude = 16000;
constexpr int kNoiseAmplitude = 8;
// Concealment, comfort noise and a codec's ringing stay below; half of the burst is above.
constexpr int kQuiet = 2500;
constexpr int kLoud = 6000;
constexpr int kNeededQuiet_ms = 150;

}  // namespace

void write_marker(std::span<std::int16_t> pcm, int sample_rate, int at_ms) {
    const auto samples = [&](int ms) { return static_cast<std::size_t>(sample_rate / 1000 * ms); };
    const std::size_t begin = samples(at_ms);
    const std::size_t onset = samples(marker_onset_ms(at_ms));
    const std::size_t stop = onset + samples(kMarkerBurst_ms);
    const std::size_t end = std::min(pcm.size(), stop + samples(kMarkerSilence_ms));
    std::uint32_t random = 1;
    for (std::size_t i = begin; i < end; ++i) {
        random = random * 1664525 + 1013904223;
        pcm[i] = static_cast<std::int16_t>(static_cast<int>(random >> 24) % (2 * kNoiseAmplitude) -
                                           kNoiseAmplitude);
        if (i < onset || i >= stop) continue;
        const double phase =
            2 * std::numbers::pi * kBurstHertz * static_cast<double>(i - onset) / sample_rate;
        pcm[i] = static_cast<std::int16_t>(std::lround(kBurstAmplitude * std::sin(phase)));
    }
}

MarkerFinder::MarkerFinder(int sample_rate) : needed_(sample_rate / 1000 * kNeededQuiet_ms) {}

std::optional<std::size_t> MarkerFinder::hear(std::span<const std::int16_t> pcm) {
    std::optional<std::size_t> onset;
    for (std::size_t i = 0; i < pcm.size(); ++i) {
        const int level = std::abs(static_cast<int>(pcm[i]));
        if (level >= kLoud && quiet_ >= needed_ && !onset) onset = i;
        if (level >= kLoud) {
            quiet_ = 0;
        } else if (level < kQuiet) {
            ++quiet_;
        } else if (quiet_ < needed_) {
            quiet_ = 0;
        }
    }
    return onset;
}

}  // namespace causeway::load
