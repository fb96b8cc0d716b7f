#include "transcode/level_control.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support/tone.hpp"

namespace causeway::transcode {
namespace {

using test::generate;
using test::level;
using test::level_at;

/// In frames of 20 ms, as lanes do.
std::vector<std::int16_t> processed(const LevelSettings& settings, std::vector<std::int16_t> pcm, int rate) {
    LevelControl control(settings, rate);
    const std::size_t frame = static_cast<std::size_t>(rate) / 50;
    for (std::size_t at = 0; at + frame <= pcm.size(); at += frame) control.apply({pcm.data() + at, frame});
    return pcm;
}

std::span<const std::int16_t> last_second(const std::vector<std::int16_t>& pcm, int rate) {
    return std::span(pcm).last(static_cast<std::size_t>(rate));
}

/// Everything but the tone itself, as a share of it.
double distortion(std::span<const std::int16_t> pcm, double frequency, int rate) {
    double in_phase = 0, quadrature = 0, energy = 0;
    for (std::size_t i = 0; i < pcm.size(); ++i) {
        const double angle = 2 * std::numbers::pi * frequency * static_cast<double>(i) / rate;
        in_phase += pcm[i] * std::cos(angle);
        quadrature += pcm[i] * std::sin(angle);
        energy += static_cast<double>(pcm[i]) * pcm[i];
    }
    const double tone = 2 * (in_phase * in_phase + quadrature * quadrature) / static_cast<double>(pcm.size());
    return std::sqrt(std::max(energy - tone, 0.0) / tone);
}

/// Voice-like: 120 Hz and its harmonics, falling by 6 dB per octave, in four syllables a second with a pause
/// after each eighth; a little noise. `level_dbov` is of the syllables.
std::vector<std::int16_t> voice(double level_dbov, int rate, int seconds) {
    std::mt19937 random(7);
    std::normal_distribution<double> noise(0, 1);
    std::vector<double> pcm(static_cast<std::size_t>(rate * seconds));
    double energy = 0;
    std::size_t sounding = 0;
    for (std::size_t i = 0; i < pcm.size(); ++i) {
        const double time = static_cast<double>(i) / rate;
        const double syllable = std::fmod(time * 4, 1.0);
        const bool pause = std::fmod(time, 2.0) > 1.5;
        const double envelope = pause || syllable > 0.8 ? 0 : std::sin(std::numbers::pi * syllable / 0.8);
        const double pitch = 120 + 10 * std::sin(2 * std::numbers::pi * 0.7 * time);
        for (int harmonic = 1; harmonic * 140 < std::min(rate / 2, 3400); ++harmonic)
            pcm[i] += std::sin(2 * std::numbers::pi * pitch * harmonic * time) / harmonic;
        pcm[i] *= envelope;
        if (envelope > 0.1) {
            energy += pcm[i] * pcm[i];
            ++sounding;
        }
    }
    const double gain =
        32768 * std::pow(10, level_dbov / 20) / std::sqrt(energy / static_cast<double>(sounding));
    std::vector<std::int16_t> samples(pcm.size());
    for (std::size_t i = 0; i < pcm.size(); ++i) {
        samples[i] = static_cast<std::int16_t>(
            std::lround(std::clamp(gain * pcm[i] + noise(random), -32767.0, 32767.0)));
    }
    return samples;
}

/// Of the frames in which somebody speaks, dBov.
double speech_level(std::span<const std::int16_t> pcm, int rate) {
    const std::size_t frame = static_cast<std::size_t>(rate) / 50;
    std::vector<double> levels;
    for (; pcm.size() >= frame; pcm = pcm.subspan(frame)) levels.push_back(level(pcm.first(frame)) - 3.01);
    const double loudest = *std::max_element(levels.begin(), levels.end());
    double power = 0;
    int frames = 0;
    for (const double one : levels) {
        if (one < loudest - 20) continue;
        power += std::pow(10, one / 10);
        ++frames;
    }
    return 10 * std::log10(power / frames);
}

TEST(LevelControl, nothing_wanted_changes_nothing) {
    EXPECT_FALSE(LevelSettings{}.any());
    const auto pcm = generate(1000, 0, 8000, 8000);
    EXPECT_EQ(processed({}, pcm, 8000), pcm);
}

TEST(LevelControl, a_gain_is_exact_within_a_tenth_of_a_decibel) {
    for (const int rate : {8000, 16000, 48000}) {
        for (const int gain : {-20, -6, -1, 1, 6, 12, 20}) {
            const auto pcm = processed({.gain_db = gain}, generate(440, -24, rate, 48000), rate);
            EXPECT_NEAR(level(last_second(pcm, rate)), -24 + gain, 0.1) << gain << " dB at " << rate;
            EXPECT_LT(distortion(last_second(pcm, rate), 440, rate), gain < 0 ? 0.01 : 0.002) << gain;
        }
    }
}

TEST(LevelControl, full_scale_and_twelve_decibels_neither_wraps_nor_clips_hard) {
    for (const double frequency : {200.0, 300.0, 1000.0, 3000.0}) {
        const auto pcm = processed({.gain_db = 12}, generate(frequency, 0, 16000, 32000), 16000);
        EXPECT_NEAR(level(last_second(pcm, 16000)), 0, 0.5) << frequency;
        EXPECT_LT(distortion(last_second(pcm, 16000), frequency, 16000), 0.02) << frequency;
        // A wrapped sample is a leap of full scale; the steepest slope of the tone itself is its bound.
        const double steepest = 2 * std::numbers::pi * frequency / 16000 * 32767 * 4;
        for (std::size_t i = 1; i < pcm.size(); ++i)
            ASSERT_LE(std::abs(pcm[i] - pcm[i - 1]), steepest + 2) << frequency << " Hz at " << i;
    }
}

TEST(LevelControl, what_was_loud_a_moment_ago_does_not_silence_what_follows) {
    auto pcm = generate(1000, 0, 8000, 8000);
    const auto quiet = generate(1000, -40, 8000, 16000);
    pcm.insert(pcm.end(), quiet.begin(), quiet.end());
    pcm = processed({.gain_db = 12}, pcm, 8000);
    EXPECT_NEAR(level(last_second(pcm, 8000)), -28, 0.1);
}

TEST(LevelControl, any_samples_stay_in_range) {
    std::mt19937 random(3);
    std::vector<std::int16_t> pcm(80000);
    for (std::int16_t& sample : pcm) sample = static_cast<std::int16_t>(random());
    pcm[0] = pcm[1] = std::numeric_limits<std::int16_t>::min();
    for (const LevelSettings& settings :
         {LevelSettings{.gain_db = 20}, LevelSettings{20, true, false}, LevelSettings{20, true, true}}) {
        const auto out = processed(settings, pcm, 8000);
        EXPECT_GT(*std::max_element(out.begin(), out.end()), 16000);
        EXPECT_LT(*std::min_element(out.begin(), out.end()), -16000);
    }
}

TEST(LevelControl, the_high_pass_takes_hum_out_and_leaves_the_voice) {
    for (const int rate : {8000, 16000, 48000}) {
        const auto through = [rate](double frequency) {
            const auto pcm = processed({.high_pass = true}, generate(frequency, -10, rate, 96000), rate);
            return level_at(frequency, last_second(pcm, rate), rate) + 10;
        };
        EXPECT_LT(through(50), -35) << rate;
        EXPECT_LT(through(60), -30) << rate;
        EXPECT_NEAR(through(300), 0, 0.1) << rate;
        EXPECT_NEAR(through(3000), 0, 0.05) << rate;
    }
}

TEST(LevelControl, the_high_pass_takes_an_offset_away) {
    const auto pcm = processed({.high_pass = true}, std::vector<std::int16_t>(16000, 5000), 8000);
    EXPECT_EQ(pcm.back(), 0);
}

TEST(LevelControl, automatic_gain_brings_quiet_and_loud_speech_near_one_level_slowly) {
    for (const int rate : {8000, 16000}) {
        std::vector<double> reached;
        for (const double start : {-40.0, -30.0, -20.0, -12.0}) {
            const auto pcm = processed({.agc = true}, voice(start, rate, 12), rate);
            const auto second = [&](int number) {
                return speech_level(std::span(pcm).subspan(static_cast<std::size_t>(number * rate),
                                                           static_cast<std::size_t>(rate)),
                                    rate);
            };
            reached.push_back(second(10));
            EXPECT_NEAR(second(10), -22, 4) << start << " dBov at " << rate;
            if (start <= -40) {
                EXPECT_LT(second(0), -30) << "not at once";
            }
            for (int n = 1; n < 11; ++n) EXPECT_LT(std::abs(second(n) - second(n - 1)), 12);
        }
        const auto [least, most] = std::minmax_element(reached.begin(), reached.end());
        EXPECT_LT(*most - *least, 3) << rate;
    }
}

TEST(LevelControl, automatic_gain_leaves_steady_noise_where_it_is) {
    std::mt19937 random(5);
    std::normal_distribution<double> noise(0, 30);
    std::vector<std::int16_t> pcm(8000 * 12);
    for (std::int16_t& sample : pcm) sample = static_cast<std::int16_t>(std::lround(noise(random)));
    const double before = level(pcm);
    EXPECT_LT(level(last_second(processed({.agc = true}, pcm, 8000), 8000)), before + 6);
}

}  // namespace
}  // namespace causeway::transcode
