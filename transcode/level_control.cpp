#include "transcode/level_control.hpp"

#include <speex/speex_preprocess.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "core/base/c_handle.hpp"

namespace causeway::transcode {
namespace {

constexpr double kFullScale = 32767;

std::int16_t to_sample(double value) {
    return static_cast<std::int16_t>(std::lrint(std::clamp(value, -kFullScale, kFullScale)));
}

}  // namespace

/// Butterworth's of the fourth order at 150 Hz, as two sections of the second (bilinear transform): -38 dB at
/// 50 Hz, -0.02 dB at 300 Hz, where telephony begins.
class LevelControl::HighPass {
  public:
    explicit HighPass(int sample_rate) {
        const double cut = std::tan(std::numbers::pi * 150 / sample_rate);
        for (std::size_t n = 0; n < sections_.size(); ++n) {
            const double angle = std::numbers::pi * (2.0 * static_cast<double>(n) + 1) / 8;
            const double damping = 2 * std::sin(angle) * cut;
            const double norm = 1 / (1 + damping + cut * cut);
            sections_[n] = {norm, 2 * (cut * cut - 1) * norm, (1 - damping + cut * cut) * norm, 0, 0};
        }
    }

    void apply(std::span<std::int16_t> pcm) {
        for (std::int16_t& sample : pcm) {
            double value = sample;
            for (Section& section : sections_) value = section.next(value);
            sample = to_sample(value);
        }
        // Digital silence must not leave denormal numbers behind: they are slow.
        for (Section& section : sections_) section.settle();
    }

  private:
    /// Numerator gain * (1, -2, 1), transposed direct form II.
    struct Section {
        double gain, a1, a2;
        double first, second;

        double next(double in) {
            const double out = gain * in + first;
            first = -2 * gain * in - a1 * out + second;
            second = gain * in - a2 * out;
            return out;
        }
        void settle() {
            if (std::abs(first) < 1e-9) first = 0;
            if (std::abs(second) < 1e-9) second = 0;
        }
    };
    std::array<Section, 2> sections_{};
};

/// The automatic gain of libspeexdsp's preprocessor, without its other duties. It follows speech only: pauses
/// and steady noise are not pulled up.
class LevelControl::AutomaticGain {
  public:
    explicit AutomaticGain(int sample_rate)
        : frame_(static_cast<std::size_t>(sample_rate) / 100),
          state_(speex_preprocess_state_init(static_cast<int>(frame_), sample_rate)) {
        set(SPEEX_PREPROCESS_SET_DENOISE, 0);
        set(SPEEX_PREPROCESS_SET_AGC, 1);
        set(SPEEX_PREPROCESS_SET_AGC_TARGET, kTarget);
        set(SPEEX_PREPROCESS_SET_AGC_MAX_GAIN, kMostDb);
        set(SPEEX_PREPROCESS_SET_AGC_INCREMENT, kUpDbPerSecond);
        set(SPEEX_PREPROCESS_SET_AGC_DECREMENT, kDownDbPerSecond);
    }

    void apply(std::span<std::int16_t> pcm) {
        for (; pcm.size() >= frame_; pcm = pcm.subspan(frame_))
            speex_preprocess_run(state_.get(), pcm.data());
    }

  private:
    static constexpr int kTarget = 8000;
    static constexpr int kMostDb = 24;
    static constexpr int kUpDbPerSecond = 6;
    static constexpr int kDownDbPerSecond = -20;

    void set(int what, int value) { speex_preprocess_ctl(state_.get(), what, &value); }

    std::size_t frame_;
    CHandle<SpeexPreprocessState, speex_preprocess_state_destroy> state_;
};

/// A fixed gain. Up to 3 dB below full scale it is exact; what would be louder is turned down as a whole and
/// comes back over a fifth of a second, so that the waveform keeps its shape.
class LevelControl::Limiter {
  public:
    Limiter(int gain_db, int sample_rate)
        : gain_(std::pow(10.0, gain_db / 20.0)), decay_(std::exp(-1 / (kReleaseSeconds * sample_rate))) {}

    void apply(std::span<std::int16_t> pcm) {
        for (std::int16_t& sample : pcm) {
            const double value = gain_ * sample;
            peak_ = std::max(std::abs(value), peak_ * decay_);
            sample = to_sample(peak_ <= kKnee ? value : value * fitting(peak_) / peak_);
        }
        if (peak_ < 1) peak_ = 0;
    }

  private:
    static constexpr double kReleaseSeconds = 0.2;
    static constexpr double kKnee = 0.707 * kFullScale;

    /// Between the knee and full scale, whatever the peak.
    static double fitting(double peak) {
        constexpr double kRoom = kFullScale - kKnee;
        return kKnee + kRoom * (1 - std::exp(-(peak - kKnee) / kRoom));
    }

    const double gain_;
    const double decay_;
    double peak_ = 0;
};

LevelControl::LevelControl(const LevelSettings& settings, int sample_rate)
    : high_pass_(settings.high_pass ? std::make_unique<HighPass>(sample_rate) : nullptr),
      agc_(settings.agc ? std::make_unique<AutomaticGain>(sample_rate) : nullptr),
      gain_(settings.gain_db != 0 ? std::make_unique<Limiter>(settings.gain_db, sample_rate) : nullptr) {}

LevelControl::~LevelControl() = default;

void LevelControl::apply(std::span<std::int16_t> pcm) {
    if (high_pass_) high_pass_->apply(pcm);
    if (agc_) agc_->apply(pcm);
    if (gain_) gain_->apply(pcm);
}

}  // namespace causeway::transcode
