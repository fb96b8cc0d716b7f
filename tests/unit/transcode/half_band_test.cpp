#include "transcode/half_band.hpp"

#include <gtest/gtest.h>

#include "tests/support/tone.hpp"
#include "tests/unit/transcode/codec_run.hpp"

namespace causeway::transcode {
namespace {

using test::generate;
using test::level;
using test::level_at;

Samples halved(const Samples& in) {
    Samples out(in.size() / 2);
    HalfBand filter;
    EXPECT_EQ(filter.halve(in, out), out.size());
    return out;
}

Samples doubled(const Samples& in) {
    Samples out(in.size() * 2);
    HalfBand filter;
    EXPECT_EQ(filter.twice(in, out), out.size());
    return out;
}

TEST(HalfBand, speech_frequencies_keep_their_level_both_ways) {
    for (const double frequency : {300.0, 1004.0, 2000.0, 3200.0}) {
        EXPECT_NEAR(level_at(frequency, tail(halved(generate(frequency, -10, 16000, 8000)), 8000, 400), 8000),
                    -10, 0.1);
        EXPECT_NEAR(
            level_at(frequency, tail(doubled(generate(frequency, -10, 8000, 4000)), 16000, 400), 16000), -10,
            0.1);
    }
}

TEST(HalfBand, what_does_not_fit_the_lower_rate_does_not_fold_back) {
    for (const double frequency : {4800.0, 6000.0, 7500.0}) {
        EXPECT_LT(level(tail(halved(generate(frequency, -10, 16000, 8000)), 8000, 400)), -60);
    }
}

TEST(HalfBand, doubling_makes_no_mirror_image) {
    const auto wide = doubled(generate(1000, -10, 8000, 4000));
    EXPECT_LT(level_at(7000, tail(wide, 16000, 400), 16000), -60);
}

TEST(HalfBand, full_scale_does_not_wrap_round) {
    const Samples square = [] {
        Samples samples(1600);
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = i / 40 % 2 == 0 ? 32767 : -32768;
        return samples;
    }();
    const auto narrow = halved(square);
    // The middle of each plateau keeps its sign.
    for (std::size_t plateau = 4; plateau < 36; ++plateau) {
        const std::int16_t middle = narrow[plateau * 20 + 10 + 15];
        EXPECT_GT(std::abs(middle), 25000);
        EXPECT_EQ(middle > 0, plateau % 2 == 0);
    }
}

TEST(HalfBand, short_room_ends_the_work) {
    Samples in(100);
    Samples out(30);
    HalfBand filter;
    EXPECT_EQ(filter.halve(in, out), 30U);
    EXPECT_EQ(filter.twice(in, out), 30U);
}

}  // namespace
}  // namespace causeway::transcode
