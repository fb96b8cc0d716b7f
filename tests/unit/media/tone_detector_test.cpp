// Tones that a telephone sends, against the limits of ITU-T Q.24.
#include "gateway/media/tone_detector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "gateway/media/dtmf_tone.hpp"

namespace causeway::media {
namespace {

using testing::IsEmpty;

constexpr double kLow[] = {697, 770, 852, 941};
constexpr double kHigh[] = {1209, 1336, 1477, 1633};
constexpr std::string_view kKeys = "123A456B789C*0#D";

struct Wanted {
    char digit = '5';
    double milliseconds = 60;
    double low_dbm0 = -10;
    double high_dbm0 = -10;
    double off_percent = 0;
    int rate = 8000;
};

/// 0 dBm0 is 3.14 dB below full scale.
double amplitude(double dbm0) {
    return 32767 * std::pow(10.0, (dbm0 - 3.14) / 20);
}

class Line {
  public:
    explicit Line(int rate = 8000) : rate_(rate), detector_(rate) {}

    void tone(const Wanted& wanted) {
        const std::size_t key = kKeys.find(wanted.digit);
        const double stretch = 1 + wanted.off_percent / 100;
        sines(wanted.milliseconds, kLow[key / 4] * stretch, amplitude(wanted.low_dbm0),
              kHigh[key % 4] * stretch, amplitude(wanted.high_dbm0));
    }
    void sines(double milliseconds, double f, double a, double g, double b) {
        const auto count = static_cast<std::size_t>(milliseconds * rate_ / 1000);
        std::vector<std::int16_t> pcm(count);
        for (std::size_t i = 0; i < count; ++i) {
            const double t = 2 * std::numbers::pi * static_cast<double>(i) / rate_;
            pcm[i] = static_cast<std::int16_t>(a * std::sin(f * t) + b * std::sin(g * t + 1));
        }
        hear(pcm);
    }
    void silence(double milliseconds) {
        hear(std::vector<std::int16_t>(static_cast<std::size_t>(milliseconds * rate_ / 1000)));
    }
    /// In frames of 20 ms, as a lane gives them.
    void hear(const std::vector<std::int16_t>& pcm) {
        waiting_.insert(waiting_.end(), pcm.begin(), pcm.end());
        const auto frame = static_cast<std::size_t>(rate_ / 50);
        while (waiting_.size() >= frame) {
            if (const auto press = detector_.push(std::span(waiting_).first(frame)))
                presses.push_back(*press);
            waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(frame));
        }
    }
    std::string digits() {
        silence(200);
        std::string all;
        for (const auto& press : presses) all += press.digit;
        return all;
    }
    std::vector<ToneDetector::Press> presses;

  private:
    int rate_;
    ToneDetector detector_;
    std::vector<std::int16_t> waiting_;
};

std::string heard(const Wanted& wanted, double before_ms = 100) {
    Line line(wanted.rate);
    line.silence(before_ms);
    line.tone(wanted);
    return line.digits();
}

TEST(ToneDetector, all_sixteen_keys_are_told_at_each_rate) {
    for (const int rate : {8000, 16000, 48000}) {
        Line line(rate);
        for (const char key : kKeys) {
            line.tone({.digit = key, .rate = rate});
            line.silence(60);
        }
        EXPECT_EQ(line.digits(), kKeys) << rate;
    }
}

TEST(ToneDetector, our_own_tones_are_heard) {
    for (const int rate : {8000, 16000}) {
        DtmfTone tone;
        Line line(rate);
        for (const char key : kKeys) ASSERT_TRUE(tone.start(key, 80, rate));
        std::vector<std::int16_t> pcm(static_cast<std::size_t>(rate / 50));
        while (tone.active()) {
            tone.render(pcm);
            line.hear(pcm);
        }
        EXPECT_EQ(line.digits(), kKeys);
    }
}

TEST(ToneDetector, forty_milliseconds_are_a_digit_and_twenty_three_are_none_wherever_they_begin) {
    for (double before = 100; before < 113; before += 0.5) {
        EXPECT_EQ(heard({.milliseconds = 40}, before), "5") << before;
        EXPECT_EQ(heard({.milliseconds = 23}, before), "") << before;
    }
}

TEST(ToneDetector, ten_milliseconds_of_interruption_are_none_and_forty_are_a_pause) {
    for (double before = 100; before < 113; before += 0.5) {
        for (const auto& [pause, digits] : {std::pair(10.0, "5"), std::pair(40.0, "55")}) {
            Line line;
            line.silence(before);
            line.tone({.milliseconds = 60});
            line.silence(pause);
            line.tone({.milliseconds = 60});
            EXPECT_EQ(line.digits(), digits) << before << " " << pause;
        }
    }
}

TEST(ToneDetector, frequencies_may_be_off_by_one_and_a_half_percent_and_not_by_three_and_a_half) {
    for (const char key : kKeys) {
        for (const double off : {-1.5, 1.5})
            EXPECT_EQ(heard({.digit = key, .off_percent = off}), std::string(1, key)) << key << off;
        for (const double off : {-3.5, 3.5})
            EXPECT_EQ(heard({.digit = key, .off_percent = off}), "") << key << off;
    }
}

TEST(ToneDetector, levels_from_minus_25_dbm0_to_full_scale_and_the_usual_twist_are_taken) {
    for (const double level : {-25.0, -15.0, -3.0}) {
        EXPECT_EQ(heard({.low_dbm0 = level, .high_dbm0 = level}), "5") << level;
    }
    EXPECT_EQ(heard({.low_dbm0 = -14, .high_dbm0 = -10}), "5");  // the high tone 4 dB above
    EXPECT_EQ(heard({.low_dbm0 = -10, .high_dbm0 = -18}), "5");  // 8 dB below
    EXPECT_EQ(heard({.low_dbm0 = -22, .high_dbm0 = -10}), "");
    EXPECT_EQ(heard({.low_dbm0 = -40, .high_dbm0 = -40}), "");
}

TEST(ToneDetector, a_press_is_told_once_with_about_its_length) {
    Line line;
    line.tone({.milliseconds = 500});
    line.silence(200);
    ASSERT_EQ(line.presses.size(), 1U);
    EXPECT_NEAR(line.presses.front().duration_ms, 500, 15);
}

TEST(ToneDetector, a_press_that_the_sound_ends_with_is_told_then) {
    ToneDetector detector(8000);
    Line line;
    line.tone({.milliseconds = 400});
    EXPECT_THAT(line.presses, IsEmpty());
    EXPECT_EQ(detector.finish(), std::nullopt);
}

TEST(ToneDetector, other_tones_noise_and_dial_tones_are_no_digits) {
    Line line;
    line.sines(1000, 425, 8000, 425, 0);
    line.sines(1000, 350, 8000, 440, 8000);
    line.sines(1000, 440, 8000, 480, 8000);
    line.sines(1000, 697, 8000, 770, 8000);
    line.sines(1000, 1336, 8000, 1336, 8000);
    std::mt19937 random(1);
    std::normal_distribution<double> noise(0, 3000);
    std::vector<std::int16_t> pcm(80000);
    for (auto& sample : pcm) sample = static_cast<std::int16_t>(noise(random));
    line.hear(pcm);
    EXPECT_EQ(line.digits(), "");
}

TEST(ToneDetector, ten_minutes_of_sounds_like_vowels_hold_no_digit) {
    // A glottal buzz of changing pitch through three moving formants: harmonics fall on the tones all the
    // time.
    Line line;
    std::mt19937 random(7);
    std::uniform_real_distribution<double> even(0, 1);
    for (int vowel = 0; vowel < 3000; ++vowel) {
        const double pitch = 80 + 200 * even(random);
        const double formants[3] = {250 + 600 * even(random), 800 + 1600 * even(random),
                                    2200 + 900 * even(random)};
        std::vector<std::int16_t> pcm(1600);
        std::vector<double> gain;
        for (double f = pitch; f < 3600; f += pitch) {
            double sum = 0;
            for (const double formant : formants) sum += 1 / (1 + std::pow((f - formant) / 90, 2));
            gain.push_back(sum);
        }
        for (std::size_t i = 0; i < pcm.size(); ++i) {
            const double t = 2 * std::numbers::pi * static_cast<double>(i) / 8000;
            double sample = 0;
            for (std::size_t h = 0; h < gain.size(); ++h)
                sample += gain[h] * std::sin(pitch * (static_cast<double>(h) + 1) * t);
            pcm[i] = static_cast<std::int16_t>(std::clamp(sample * 5000, -32000.0, 32000.0));
        }
        line.hear(pcm);
    }
    EXPECT_EQ(line.digits(), "");
}

}  // namespace
}  // namespace causeway::media
