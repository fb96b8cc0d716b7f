#include "gateway/media/level_meter.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/tone.hpp"

namespace causeway::media {
namespace {

TEST(LevelMeter, a_full_scale_square_wave_is_0_dbov_and_a_sine_is_3_below) {
    LevelMeter meter;
    std::vector<std::int16_t> square(8000, 32767);
    for (std::size_t i = 0; i < square.size(); i += 2) square[i] = -32768;
    meter.add(square);
    EXPECT_EQ(meter.take_dbov(), 0);
    meter.add(test::generate(1000, 0, 8000, 8000));
    EXPECT_EQ(meter.take_dbov(), -3);
}

TEST(LevelMeter, silence_and_nothing_are_minus_127) {
    LevelMeter meter;
    EXPECT_EQ(meter.take_dbov(), LevelMeter::kSilence);
    meter.add(std::vector<std::int16_t>(160, 0));
    EXPECT_EQ(meter.take_dbov(), LevelMeter::kSilence);
}

TEST(LevelMeter, a_look_begins_a_new_measurement) {
    LevelMeter meter;
    meter.add(test::generate(1000, 0, 8000, 8000));
    meter.take_dbov();
    meter.add(test::generate(1000, -20, 8000, 8000));
    EXPECT_EQ(meter.take_dbov(), -23);
}

}  // namespace
}  // namespace causeway::media
