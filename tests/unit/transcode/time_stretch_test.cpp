// Sound made shorter and longer: no click, the same tone, the same level.
#include "transcode/time_stretch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/support/tone.hpp"

namespace causeway::transcode {
namespace {

using Haste = TimeStretch::Haste;

std::vector<std::int16_t> noise(std::size_t count, int most) {
    std::mt19937 random(3);
    std::vector<std::int16_t> samples(count);
    for (auto& sample : samples)
        sample =
            static_cast<std::int16_t>(static_cast<int>(random() % static_cast<unsigned>(2 * most)) - most);
    return samples;
}

int largest_jump(std::span<const std::int16_t> pcm) {
    int largest = 0;
    for (std::size_t i = 1; i < pcm.size(); ++i) largest = std::max(largest, std::abs(pcm[i] - pcm[i - 1]));
    return largest;
}

/// Of pieces of 20 ms: over a longer one, the small faults of phase at the splices add up.
double median_level(double frequency, std::span<const std::int16_t> pcm, int rate) {
    std::vector<double> levels;
    const auto piece = static_cast<std::size_t>(rate / 50);
    for (std::size_t at = 0; at + piece <= pcm.size(); at += piece)
        levels.push_back(test::level_at(frequency, pcm.subspan(at, piece), rate));
    std::sort(levels.begin(), levels.end());
    return levels[levels.size() / 2];
}

/// A second of sound in frames of 20 ms, each of which is shortened or lengthened when possible.
std::vector<std::int16_t> stretched(std::vector<std::int16_t> sound, int rate, bool longer, Haste haste) {
    TimeStretch stretch(rate);
    const auto frame = static_cast<std::size_t>(rate / 50);
    std::vector<std::int16_t> result;
    for (std::size_t at = 0; at + frame <= sound.size(); at += frame) {
        std::vector<std::int16_t> room(frame * 2);
        std::copy_n(sound.begin() + static_cast<std::ptrdiff_t>(at), frame, room.begin());
        std::size_t held = frame;
        if (longer) {
            held += stretch.lengthen(room, held, frame, haste);
        } else {
            held -= stretch.shorten(std::span(room).first(held), frame, haste);
        }
        result.insert(result.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(held));
    }
    return result;
}

TEST(TimeStretch, a_tone_becomes_shorter_or_longer_and_stays_the_tone) {
    for (const int rate : {8000, 16000, 48000})
        for (const double frequency : {150.0, 440.0, 1004.0})
            for (const bool longer : {false, true}) {
                const auto tone = test::generate(frequency, -16, rate, static_cast<std::size_t>(rate));
                const auto result = stretched(tone, rate, longer, Haste::none);
                const double ratio = static_cast<double>(result.size()) / rate;
                EXPECT_TRUE(longer ? ratio > 1.1 : ratio < 0.9) << rate << " " << frequency << " " << ratio;
                EXPECT_NEAR(median_level(frequency, result, rate), -16, 0.5) << rate << " " << frequency;
                EXPECT_NEAR(test::level(result), -16, 0.3);
                EXPECT_LE(largest_jump(result), largest_jump(tone) * 5 / 4) << rate << " " << frequency;
            }
}

TEST(TimeStretch, noise_keeps_its_level) {
    for (const bool longer : {false, true}) {
        const auto sound = noise(8000, 8000);
        const auto result = stretched(sound, 8000, longer, Haste::great);
        EXPECT_NE(result.size(), sound.size());
        EXPECT_NEAR(test::level(result), test::level(sound), 0.5);
    }
}

TEST(TimeStretch, what_is_nowhere_like_itself_is_left_alone_unless_there_is_haste) {
    const auto sound = noise(8000, 8000);
    EXPECT_EQ(stretched(sound, 8000, false, Haste::none).size(), sound.size());
    EXPECT_LT(stretched(sound, 8000, false, Haste::great).size(), sound.size() * 3 / 4);
}

TEST(TimeStretch, silence_is_cut_at_once_and_by_as_much_as_is_wanted) {
    TimeStretch stretch(8000);
    auto silence = noise(160, 20);
    EXPECT_EQ(stretch.shorten(silence, 37, Haste::none), 37u);
    EXPECT_EQ(stretch.shorten(silence, 1, Haste::none), 1u);
    std::vector<std::int16_t> room(400);
    EXPECT_EQ(stretch.lengthen(room, 160, 23, Haste::none), 23u);
}

TEST(TimeStretch, no_more_is_done_than_is_wanted_and_fits) {
    TimeStretch stretch(8000);
    auto tone = test::generate(400, -16, 8000, 160);
    EXPECT_LE(stretch.shorten(tone, 25, Haste::great), 25u);
    EXPECT_EQ(stretch.shorten(std::span(tone).first(40), 100, Haste::great), 0u);
    EXPECT_EQ(stretch.shorten(tone, 0, Haste::great), 0u);
    EXPECT_EQ(stretch.lengthen(tone, 160, 100, Haste::great), 0u) << "no room";
    std::vector<std::int16_t> room(170);
    EXPECT_LE(stretch.lengthen(room, 160, 100, Haste::great), 10u);
}

TEST(TimeStretch, full_scale_does_not_wrap) {
    for (const bool longer : {false, true}) {
        std::vector<std::int16_t> square(8000);
        for (std::size_t i = 0; i < square.size(); ++i)
            square[i] = i / 40 % 2 == 0 ? std::int16_t{32767} : std::int16_t{-32768};
        const auto result = stretched(square, 8000, longer, Haste::great);
        for (const std::int16_t sample : result) ASSERT_GT(std::abs(int{sample}), 32000);
    }
}

}  // namespace
}  // namespace causeway::transcode
