#include "transcode/time_stretch.hpp"

#include <algorithm>
#include <cmath>

namespace causeway::transcode {

namespace {

// Microseconds.
constexpr std::size_t kShortest = 2500;  ///< 400 Hz, the highest voice
constexpr std::size_t kLongest = 12500;  ///< 80 Hz, the lowest
constexpr std::size_t kCompared = 7500;
constexpr std::size_t kBlended = 5000;
constexpr double kQuiet = 64.0 * 64.0;  ///< mean square; about -54 dBov

std::size_t samples_in(std::size_t microseconds, int sample_rate) {
    return microseconds * static_cast<std::size_t>(sample_rate) / 1'000'000;
}

float least_likeness(TimeStretch::Haste haste) {
    switch (haste) {
        case TimeStretch::Haste::none:
            return 0.9F;
        case TimeStretch::Haste::some:
            return 0.6F;
        case TimeStretch::Haste::great:
            break;
    }
    return -1;
}

bool is_quiet(std::span<const std::int16_t> pcm) {
    double sum = 0;
    for (const std::int16_t sample : pcm) sum += static_cast<double>(sample) * sample;
    return sum <= kQuiet * static_cast<double>(pcm.size());
}

}  // namespace

TimeStretch::TimeStretch(int sample_rate)
    : shortest_(samples_in(kShortest, sample_rate)),
      longest_(samples_in(kLongest, sample_rate)),
      compared_(samples_in(kCompared, sample_rate)),
      coarse_(std::max<std::size_t>(1, static_cast<std::size_t>(sample_rate) / 8000)),
      blend_(samples_in(kBlended, sample_rate)) {}

std::size_t TimeStretch::shorten(std::span<std::int16_t> pcm, std::size_t most, Haste haste) {
    const Splice splice = find(pcm, most, haste);
    if (splice.lag == 0) return 0;
    blend(pcm.data(), pcm.data() + splice.lag, splice.likeness);
    const auto lag = static_cast<std::ptrdiff_t>(splice.lag);
    const auto blended = static_cast<std::ptrdiff_t>(blend_.size());
    std::copy(blend_.begin(), blend_.end(), pcm.begin());
    std::copy(pcm.begin() + lag + blended, pcm.end(), pcm.begin() + blended);
    return splice.lag;
}

std::size_t TimeStretch::lengthen(std::span<std::int16_t> pcm, std::size_t held, std::size_t most,
                                  Haste haste) {
    if (held >= pcm.size()) return 0;
    const Splice splice = find(pcm.first(held), std::min(most, pcm.size() - held), haste);
    if (splice.lag == 0) return 0;
    // The first period is heard, and then the sound from its beginning.
    blend(pcm.data() + splice.lag, pcm.data(), splice.likeness);
    const auto lag = static_cast<std::ptrdiff_t>(splice.lag);
    const auto end = static_cast<std::ptrdiff_t>(held);
    const auto blended = static_cast<std::ptrdiff_t>(blend_.size());
    std::copy_backward(pcm.begin() + blended, pcm.begin() + end, pcm.begin() + end + lag);
    std::copy(blend_.begin(), blend_.end(), pcm.begin() + lag);
    return splice.lag;
}

TimeStretch::Splice TimeStretch::find(std::span<const std::int16_t> pcm, std::size_t most,
                                      Haste haste) const {
    if (pcm.size() <= compared_) return {};
    most = std::min({most, longest_, pcm.size() - compared_});
    const std::size_t least = std::min(shortest_, most);
    if (least == 0) return {};
    if (is_quiet(pcm)) return {most, likeness(pcm, most, 1)};
    const Splice best = most_alike(pcm, least, most);
    return best.likeness >= least_likeness(haste) ? best : Splice{};
}

TimeStretch::Splice TimeStretch::most_alike(std::span<const std::int16_t> pcm, std::size_t least,
                                            std::size_t most) const {
    if (coarse_ == 1) return best_of(pcm, least, most, 1);
    const std::size_t about = best_of(pcm, least, most, coarse_).lag;
    Splice best;
    for (std::size_t lag = std::max(least, about - std::min(about, coarse_));
         lag <= std::min(most, about + coarse_); ++lag) {
        const float found = likeness(pcm, lag, 1);
        if (best.lag == 0 || found > best.likeness) best = {lag, found};
    }
    return best;
}

TimeStretch::Splice TimeStretch::best_of(std::span<const std::int16_t> pcm, std::size_t least,
                                         std::size_t most, std::size_t step) const {
    Splice best;
    for (std::size_t lag = least; lag <= most; lag += step) {
        const float found = likeness(pcm, lag, step);
        // Of two that are equally good the longer one does more.
        if (best.lag == 0 || found >= best.likeness) best = {lag, found};
    }
    return best;
}

float TimeStretch::likeness(std::span<const std::int16_t> pcm, std::size_t lag, std::size_t step) const {
    float product = 0;
    float energy_here = 1;
    float energy_there = 1;
    for (std::size_t i = 0; i < compared_; i += step) {
        const float here = pcm[i];
        const float there = pcm[i + lag];
        product += here * there;
        energy_here += here * here;
        energy_there += there * there;
    }
    return product / std::sqrt(energy_here * energy_there);
}

void TimeStretch::blend(const std::int16_t* from, const std::int16_t* to, float likeness) {
    const auto size = static_cast<float>(blend_.size());
    const float alike = std::max(likeness, 0.0F);
    for (std::size_t i = 0; i < blend_.size(); ++i) {
        const float in = (static_cast<float>(i) + 0.5F) / size;
        const float out = 1 - in;
        // Sounds that are not alike add up by power, not by amplitude.
        const float level = std::sqrt(in * in + out * out + 2 * alike * in * out);
        const float mixed = (static_cast<float>(from[i]) * out + static_cast<float>(to[i]) * in) / level;
        blend_[i] = static_cast<std::int16_t>(std::lround(std::clamp(mixed, -32768.0F, 32767.0F)));
    }
}

}  // namespace causeway::transcode
