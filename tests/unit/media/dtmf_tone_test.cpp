#include "gateway/media/dtmf_tone.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "tests/support/tone.hpp"

namespace causeway::media {
namespace {

TEST(DtmfTone, each_key_sounds_by_its_two_frequencies) {
    constexpr std::string_view kKeys = "123A456B789C*0#D";
    constexpr double kLow[] = {697, 770, 852, 941};
    constexpr double kHigh[] = {1209, 1336, 1477, 1633};
    for (const int rate : {8000, 16000, 48000}) {
        for (std::size_t key = 0; key < kKeys.size(); ++key) {
            DtmfTone tone;
            ASSERT_TRUE(tone.start(kKeys[key], 100, rate));
            std::vector<std::int16_t> pcm(static_cast<std::size_t>(rate / 10));
            tone.render(pcm);
            for (const double frequency : kLow)
                EXPECT_EQ(test::level_at(frequency, pcm, rate) > -20, frequency == kLow[key / 4]);
            for (const double frequency : kHigh)
                EXPECT_EQ(test::level_at(frequency, pcm, rate) > -20, frequency == kHigh[key % 4]);
        }
    }
}

TEST(DtmfTone, two_keys_are_told_apart_by_a_pause) {
    DtmfTone tone;
    ASSERT_TRUE(tone.start('5', 60, 8000));
    ASSERT_TRUE(tone.start('5', 60, 8000));
    std::vector<std::int16_t> pcm(8 * 240);
    tone.render(pcm);
    EXPECT_GT(test::level(std::span(pcm).subspan(0, 480)), -20);
    EXPECT_EQ(test::level(std::span(pcm).subspan(480, 480)), -127);
    EXPECT_GT(test::level(std::span(pcm).subspan(960, 480)), -20);
    EXPECT_FALSE(tone.active());
}

TEST(DtmfTone, what_is_no_key_and_what_is_too_much_is_refused) {
    DtmfTone tone;
    EXPECT_FALSE(tone.start('x', 100, 8000));
    EXPECT_FALSE(tone.active());
    for (std::size_t i = 0; i < DtmfTone::kQueue; ++i) EXPECT_TRUE(tone.start('1', 100, 8000));
    EXPECT_FALSE(tone.start('1', 100, 8000));
}

}  // namespace
}  // namespace causeway::media
