#include "gateway/demo/sound_source.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "gateway/demo/announcement.hpp"
#include "gateway/demo/numbers.hpp"
#include "tests/support/tone.hpp"

namespace causeway::demo {
namespace {

std::vector<std::int16_t> listen(Sound sound, std::size_t frames) {
    SoundSource source(sound);
    std::vector<std::int16_t> heard;
    std::array<std::int16_t, 160> frame;
    for (std::size_t i = 0; i < frames && source.fill(frame); ++i)
        heard.insert(heard.end(), frame.begin(), frame.end());
    return heard;
}

double rms(const std::vector<std::int16_t>& samples) {
    double sum = 0;
    for (const std::int16_t sample : samples) sum += static_cast<double>(sample) * sample;
    return samples.empty() ? 0 : std::sqrt(sum / static_cast<double>(samples.size()));
}

TEST(SoundSource, the_tone_is_1004_hz_at_16_db_below_full_scale) {
    const auto heard = listen(Sound::tone, 100);
    EXPECT_NEAR(test::level_at(1004, heard, 8000), -16.0, 0.2);
    EXPECT_LT(test::level_at(700, heard, 8000), -50.0);
}

TEST(SoundSource, ringback_sounds_two_seconds_in_six) {
    const auto heard = listen(Sound::ringback, 300);
    const std::vector<std::int16_t> on(heard.begin(), heard.begin() + 16000);
    const std::vector<std::int16_t> off(heard.begin() + 16000, heard.end());
    EXPECT_GT(rms(on), 1000);
    EXPECT_EQ(rms(off), 0);
}

TEST(SoundSource, the_announcement_is_speech_that_ends) {
    const auto heard = listen(Sound::announcement, 100000);
    EXPECT_GE(heard.size(), announcement().size());
    EXPECT_LT(heard.size(), announcement().size() + 160);
    EXPECT_GT(rms(heard), 500);
}

TEST(SoundSource, echo_has_no_sound_of_its_own) {
    EXPECT_TRUE(listen(Sound::echo, 1).empty());
}

TEST(Numbers, every_number_of_the_demo_is_there_once) {
    std::string listed;
    for (const Number& number : numbers()) listed += std::string(number.number) + " ";
    EXPECT_EQ(listed, "600 601 602 603 604 605 606 607 ");
    EXPECT_EQ(find_number("608"), nullptr);
    EXPECT_EQ(find_number("603")->refuse_with, 486);
}

}  // namespace
}  // namespace causeway::demo
