#include "tests/speech/impairment.hpp"

#include <algorithm>

namespace causeway::speech {

std::uint32_t seed_of(std::string_view name) {
    // FNV-1a.
    std::uint32_t seed = 2166136261U;
    for (const char letter : name) seed = (seed ^ static_cast<std::uint8_t>(letter)) * 16777619U;
    return seed;
}

Impairment::Impairment(const ImpairmentSettings& settings)
    : settings_(settings), random_(0x9E3779B97F4A7C15ULL * (settings.seed + 1ULL)) {}

double Impairment::draw() {
    // xorshift64*, Marsaglia 2003.
    random_ ^= random_ >> 12;
    random_ ^= random_ << 25;
    random_ ^= random_ >> 27;
    return static_cast<double>((random_ * 0x2545F4914F6CDD1DULL) >> 11) / 9007199254740992.0;
}

bool Impairment::loses() {
    if (settings_.loss <= 0) return false;
    const double length = std::max(settings_.burst_length, 1.0);
    if (length == 1.0) return draw() < settings_.loss;
    // Gilbert's model: a run of losses ends with 1/length, and begins so often that `loss` comes out.
    const double ends = 1.0 / length;
    const double begins = std::min(1.0, ends * settings_.loss / (1.0 - settings_.loss));
    in_burst_ = in_burst_ ? draw() >= ends : draw() < begins;
    return in_burst_;
}

std::optional<Duration> Impairment::next() {
    ++seen_;
    if (loses()) {
        ++lost_;
        return std::nullopt;
    }
    Duration way = settings_.delay;
    if (settings_.jitter > Duration::zero()) {
        const double spread = 2 * draw() - 1;
        way += Duration(static_cast<Duration::rep>(spread * static_cast<double>(settings_.jitter.count())));
    }
    if (settings_.reorder > 0 && draw() < settings_.reorder) way += settings_.held_back;
    return std::max(way, Duration::zero());
}

}  // namespace causeway::speech
