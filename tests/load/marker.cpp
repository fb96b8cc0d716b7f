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
constexpr int kConfirm_ms = 24;
constexpr int kCrossingTolerance = 5;

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

MarkerFinder::MarkerFinder(int sample_rate)
    : sample_rate_(sample_rate), needed_quiet_(sample_rate / 1000 * kNeededQuiet_ms) {}

std::optional<std::int64_t> MarkerFinder::hear(std::span<const std::int16_t> pcm, std::int64_t begin) {
    std::optional<std::int64_t> found;
    for (std::size_t i = 0; i < pcm.size(); ++i) {
        const int sample = pcm[i];
        const int level = std::abs(sample);
        if (in_burst_) {
            if (confirm(sample)) found = onset_;
        } else if (level >= kLoud && quiet_ >= needed_quiet_) {
            in_burst_ = true;
            onset_ = begin + static_cast<std::int64_t>(i) * 1'000'000'000 / sample_rate_;
            heard_ = crossings_ = 0;
            peak_ = level;
        } else if (level < kQuiet) {
            ++quiet_;
        } else if (quiet_ < needed_quiet_) {
            quiet_ = 0;
        }
        last_ = sample;
    }
    return found;
}

/// True when the burst has lasted long enough. Each millisecond of it is loud and has two crossings of zero.
bool MarkerFinder::confirm(int sample) {
    const int millisecond = sample_rate_ / 1000;
    peak_ = std::max(peak_, std::abs(sample));
    if ((sample < 0) != (last_ < 0)) ++crossings_;
    if (++heard_ % millisecond != 0) return false;
    if (peak_ < kLoud) {
        reject();
        return false;
    }
    peak_ = 0;
    if (heard_ < kConfirm_ms * millisecond) return false;
    const bool is_tone = std::abs(crossings_ - 2 * kConfirm_ms) <= kCrossingTolerance;
    reject();
    return is_tone;
}

void MarkerFinder::reject() {
    in_burst_ = false;
    quiet_ = 0;
}

}  // namespace causeway::load
