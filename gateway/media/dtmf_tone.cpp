#include "gateway/media/dtmf_tone.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

namespace causeway::media {
namespace {

constexpr std::string_view kKeys = "123A456B789C*0#D";
constexpr std::array<double, 4> kLow = {697, 770, 852, 941};
constexpr std::array<double, 4> kHigh = {1209, 1336, 1477, 1633};
constexpr double kAmplitude = 6500;  // each tone about -14 dBov, the high one is not raised
constexpr int kPauseMs = 60;         // receivers want at least 40 ms between digits (ITU-T Q.24)

std::size_t samples_of(int milliseconds, int sample_rate) {
    return static_cast<std::size_t>(milliseconds) * static_cast<std::size_t>(sample_rate) / 1000;
}

}  // namespace

void DtmfTone::Oscillator::start(double frequency, int sample_rate) {
    const double step = 2 * std::numbers::pi * frequency / sample_rate;
    coefficient = 2 * std::cos(step);
    last = 0;
    before_last = -std::sin(step);
}

double DtmfTone::Oscillator::next() {
    const double now = coefficient * last - before_last;
    before_last = last;
    last = now;
    return now;
}

bool DtmfTone::start(char digit, int duration_ms, int sample_rate) {
    const std::size_t key = kKeys.find(digit);
    if (key == std::string_view::npos || waiting_ == kQueue) return false;
    queue_[(head_ + waiting_) % kQueue] = {key, duration_ms, sample_rate};
    ++waiting_;
    return true;
}

void DtmfTone::begin_next() {
    const Press press = queue_[head_];
    head_ = (head_ + 1) % kQueue;
    --waiting_;
    low_.start(kLow[press.key / 4], press.sample_rate);
    high_.start(kHigh[press.key % 4], press.sample_rate);
    tone_left_ = samples_of(press.duration_ms, press.sample_rate);
    pause_left_ = samples_of(kPauseMs, press.sample_rate);
}

void DtmfTone::render(std::span<std::int16_t> pcm) {
    for (std::int16_t& sample : pcm) {
        if (tone_left_ + pause_left_ == 0 && waiting_ > 0) begin_next();
        sample = 0;
        if (tone_left_ > 0) {
            --tone_left_;
            sample = static_cast<std::int16_t>(kAmplitude * (low_.next() + high_.next()));
        } else if (pause_left_ > 0) {
            --pause_left_;
        }
    }
}

}  // namespace causeway::media
