#include "transcode/concealer.hpp"

#include <algorithm>
#include <cmath>

namespace causeway::transcode {

namespace {

// Milliseconds.
constexpr std::size_t kHistory = 40;
constexpr std::size_t kShortestPitch = 5;
constexpr std::size_t kLongestPitch = 15;
constexpr std::size_t kCompared = 20;
constexpr std::size_t kFullLevel = 10;
constexpr std::size_t kSilentAfter = 60;
constexpr std::size_t kBlend = 4;

std::int16_t scaled(std::int16_t sample, float factor) {
    return static_cast<std::int16_t>(std::lround(static_cast<float>(sample) * factor));
}

}  // namespace

Concealer::Concealer(int sample_rate)
    : per_ms_(static_cast<std::size_t>(sample_rate) / 1000),
      history_(kHistory * per_ms_),
      period_(kLongestPitch * per_ms_) {}

/// The lag at which the newest 20 ms are most like what was before them. Looks at every second sample.
std::size_t Concealer::find_pitch() const {
    const std::size_t compared = kCompared * per_ms_;
    const std::int16_t* const newest = history_.data() + history_.size() - compared;
    std::size_t best_lag = kLongestPitch * per_ms_;
    double best = 0;
    for (std::size_t lag = kShortestPitch * per_ms_; lag <= kLongestPitch * per_ms_; ++lag) {
        double product = 0;
        double energy = 1;
        for (std::size_t i = 0; i < compared; i += 2) {
            const double before = newest[static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(lag)];
            product += newest[i] * before;
            energy += before * before;
        }
        const double likeness = product > 0 ? product * product / energy : 0;
        if (likeness > best) {
            best = likeness;
            best_lag = lag;
        }
    }
    return best_lag;
}

std::int16_t Concealer::next_sample() {
    const std::int16_t sample = period_[position_];
    position_ = (position_ + 1) % period_size_;
    const std::size_t age = concealed_++;
    const std::size_t full = kFullLevel * per_ms_;
    const std::size_t silent = kSilentAfter * per_ms_;
    if (age < full) return sample;
    if (age >= silent) return 0;
    return scaled(sample, static_cast<float>(silent - age) / static_cast<float>(silent - full));
}

void Concealer::remember(std::span<const std::int16_t> pcm) {
    if (pcm.size() >= history_.size()) {
        std::copy(pcm.end() - static_cast<std::ptrdiff_t>(history_.size()), pcm.end(), history_.begin());
        return;
    }
    const auto size = static_cast<std::ptrdiff_t>(pcm.size());
    std::copy(history_.begin() + size, history_.end(), history_.begin());
    std::copy(pcm.begin(), pcm.end(), history_.end() - size);
}

void Concealer::hear(std::span<std::int16_t> pcm) {
    if (concealed_ != 0) {
        const std::size_t blend = std::min(kBlend * per_ms_, pcm.size());
        for (std::size_t i = 0; i < blend; ++i) {
            const float share = (static_cast<float>(i) + 0.5F) / static_cast<float>(blend);
            const float mixed =
                static_cast<float>(pcm[i]) * share + static_cast<float>(next_sample()) * (1 - share);
            pcm[i] = static_cast<std::int16_t>(std::lround(mixed));
        }
        concealed_ = 0;
    }
    remember(pcm);
}

void Concealer::conceal(std::span<std::int16_t> pcm) {
    if (concealed_ == 0) {
        period_size_ = find_pitch();
        std::copy(history_.end() - static_cast<std::ptrdiff_t>(period_size_), history_.end(),
                  period_.begin());
        // The seam between the period's end and its beginning is blended with what went before the period.
        const std::size_t blend = period_size_ / 4;
        const std::int16_t* const before = history_.data() + history_.size() - period_size_ - blend;
        for (std::size_t i = 0; i < blend; ++i) {
            const float share = (static_cast<float>(i) + 0.5F) / static_cast<float>(blend);
            std::int16_t& sample = period_[period_size_ - blend + i];
            const float mixed =
                static_cast<float>(sample) * (1 - share) + static_cast<float>(before[i]) * share;
            sample = static_cast<std::int16_t>(std::lround(mixed));
        }
        position_ = 0;
    }
    for (std::int16_t& sample : pcm) sample = next_sample();
    remember(pcm);
}

}  // namespace causeway::transcode
