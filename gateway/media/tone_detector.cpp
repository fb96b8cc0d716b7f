#include "gateway/media/tone_detector.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace causeway::media {
namespace {

constexpr std::array<double, 4> kLow = {697, 770, 852, 941};
constexpr std::array<double, 4> kHigh = {1209, 1336, 1477, 1633};
constexpr char kKeys[] = "123A456B789C*0#D";
constexpr double kBlockSeconds = 0.01275;
/// A block counts when the tones fill three quarters of it: five halves or more of 40 ms, three at most
/// of 23.
constexpr int kHitsOfAPress = 4;
/// 10 ms of silence spoil three halves at most, 40 ms seven.
constexpr int kMissesOfAPause = 5;
constexpr double kLeastAmplitude = 730;  // of each tone: -30 dBm0
/// Of the block's power: a tone 1.5 % off still has it, one 3.5 % off and speech have not.
constexpr double kLeastShare = 0.7;
constexpr double kLoudestHigh = 4.0;  // 6 dB above the low tone
constexpr double kLoudestLow = 8.0;   // 9 dB above the high tone
constexpr double kAboveOthers = 6.3;  // 8 dB above the others of its group

std::size_t loudest(const std::array<double, 4>& powers) {
    return static_cast<std::size_t>(std::max_element(powers.begin(), powers.end()) - powers.begin());
}

bool stands_out(const std::array<double, 4>& powers, std::size_t best) {
    for (std::size_t i = 0; i < powers.size(); ++i) {
        if (i != best && powers[i] * kAboveOthers > powers[best]) return false;
    }
    return true;
}

}  // namespace

ToneDetector::ToneDetector(int sample_rate)
    : sample_rate_(sample_rate),
      block_size_(static_cast<std::size_t>(sample_rate * kBlockSeconds) / 2 * 2),
      block_(block_size_) {
    const auto coefficient = [&](double frequency) {
        return 2 * std::cos(2 * std::numbers::pi * frequency / sample_rate);
    };
    std::transform(kLow.begin(), kLow.end(), low_.begin(), coefficient);
    std::transform(kHigh.begin(), kHigh.end(), high_.begin(), coefficient);
}

std::optional<ToneDetector::Press> ToneDetector::push(std::span<const std::int16_t> pcm) {
    std::optional<Press> ended;
    while (!pcm.empty()) {
        const std::size_t count = std::min(pcm.size(), block_size_ - filled_);
        std::copy_n(pcm.begin(), count, block_.begin() + static_cast<std::ptrdiff_t>(filled_));
        filled_ += count;
        pcm = pcm.subspan(count);
        if (filled_ < block_size_) break;
        if (const auto press = judge(listen())) ended = press;
        const auto half = block_.begin() + static_cast<std::ptrdiff_t>(block_size_ / 2);
        std::copy(half, block_.end(), block_.begin());
        filled_ = block_size_ / 2;
    }
    return ended;
}

double ToneDetector::power_at(double coefficient) const {
    double last = 0;
    double before_last = 0;
    for (const std::int16_t sample : block_) {
        const double now = sample + coefficient * last - before_last;
        before_last = last;
        last = now;
    }
    return last * last + before_last * before_last - coefficient * last * before_last;
}

char ToneDetector::listen() const {
    double total = 0;
    for (const std::int16_t sample : block_) total += static_cast<double>(sample) * sample;
    const auto size = static_cast<double>(block_size_);
    // A sine of amplitude a has the power (a n / 2)^2 at its frequency.
    const double least = std::pow(kLeastAmplitude * size / 2, 2);
    // Most blocks are speech or silence: one look at their power is enough for the silent ones.
    if (total * size / 2 < least) return 0;
    std::array<double, 4> low;
    std::array<double, 4> high;
    std::transform(low_.begin(), low_.end(), low.begin(), [this](double c) { return power_at(c); });
    std::transform(high_.begin(), high_.end(), high.begin(), [this](double c) { return power_at(c); });
    const std::size_t row = loudest(low);
    const std::size_t column = loudest(high);
    if (low[row] < least || high[column] < least) return 0;
    if (high[column] > low[row] * kLoudestHigh || low[row] > high[column] * kLoudestLow) return 0;
    if (!stands_out(low, row) || !stands_out(high, column)) return 0;
    if (low[row] + high[column] < kLeastShare * total * size / 2) return 0;
    return kKeys[row * 4 + column];
}

std::optional<ToneDetector::Press> ToneDetector::judge(char heard) {
    hits_ = heard != 0 && heard == candidate_ ? hits_ + 1 : heard != 0 ? 1 : 0;
    candidate_ = heard;
    std::optional<Press> ended;
    if (pressed_ != 0) {
        ++halves_;
        misses_ = heard == pressed_ ? 0 : misses_ + 1;
        const bool another = heard != pressed_ && hits_ >= kHitsOfAPress;
        if (misses_ >= kMissesOfAPause || another) ended = finish();
    }
    if (pressed_ == 0 && heard != 0 && hits_ >= kHitsOfAPress) {
        pressed_ = heard;
        misses_ = 0;
        halves_ = hits_;
    }
    return ended;
}

std::optional<ToneDetector::Press> ToneDetector::finish() {
    if (pressed_ == 0) return std::nullopt;
    const int halves = halves_ - misses_ + 1;
    const auto half = static_cast<double>(block_size_) / 2;
    const Press press{pressed_, static_cast<int>(std::lround(halves * half * 1000 / sample_rate_))};
    pressed_ = 0;
    misses_ = 0;
    return press;
}

}  // namespace causeway::media
