#include "tests/speech/impairment.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace causeway::speech {
namespace {

using std::chrono::milliseconds;

constexpr int kMany = 100'000;

TEST(Impairment, without_settings_every_packet_passes_at_once) {
    Impairment wire({});
    for (int i = 0; i < 100; ++i) EXPECT_EQ(wire.next(), Duration::zero());
}

TEST(Impairment, loses_as_many_as_it_is_told_one_by_one_or_in_bursts) {
    for (const double burst : {1.0, 4.0}) {
        Impairment wire({.loss = 0.1, .burst_length = burst});
        int runs = 0;
        bool was_lost = false;
        for (int i = 0; i < kMany; ++i) {
            const bool lost = !wire.next();
            if (lost && !was_lost) ++runs;
            was_lost = lost;
        }
        EXPECT_NEAR(static_cast<double>(wire.lost()) / kMany, 0.1, 0.01);
        const double mean_run = static_cast<double>(wire.lost()) / runs;
        EXPECT_NEAR(mean_run, burst == 1.0 ? 1.0 / 0.9 : burst, 0.2);
    }
}

TEST(Impairment, jitter_is_spread_evenly_round_the_delay) {
    Impairment wire({.delay = milliseconds(40), .jitter = milliseconds(10)});
    Duration least = Duration::max();
    Duration most{};
    Duration sum{};
    for (int i = 0; i < kMany; ++i) {
        const Duration way = *wire.next();
        least = std::min(least, way);
        most = std::max(most, way);
        sum += way;
    }
    EXPECT_GE(least, milliseconds(30));
    EXPECT_LT(least, milliseconds(31));
    EXPECT_LE(most, milliseconds(50));
    EXPECT_GT(most, milliseconds(49));
    EXPECT_NEAR(std::chrono::duration<double>(sum / kMany).count(), 0.040, 0.0002);
}

TEST(Impairment, holds_a_share_back_so_that_later_ones_overtake) {
    Impairment wire({.reorder = 0.02});
    int held = 0;
    for (int i = 0; i < kMany; ++i) held += *wire.next() == milliseconds(30) ? 1 : 0;
    EXPECT_NEAR(static_cast<double>(held) / kMany, 0.02, 0.003);
}

TEST(Impairment, does_the_same_again_with_the_same_seed_and_other_things_with_another) {
    const auto fates = [](std::uint32_t seed) {
        Impairment wire({.loss = 0.5, .seed = seed});
        std::vector<bool> passed;
        for (int i = 0; i < 200; ++i) passed.push_back(wire.next().has_value());
        return passed;
    };
    EXPECT_EQ(fates(7), fates(7));
    EXPECT_NE(fates(7), fates(8));
}

TEST(Impairment, a_wire_loses_by_its_name_alone) {
    EXPECT_EQ(seed_of("opus-pcmu.loss-5.browser"), seed_of("opus-pcmu.loss-5.browser"));
    EXPECT_NE(seed_of("opus-pcmu.loss-5.browser"), seed_of("opus-pcmu.loss-5.telephone"));
    EXPECT_NE(seed_of("opus-pcmu.loss-5.browser"), seed_of("opus-g722.loss-5.browser"));
}

}  // namespace
}  // namespace causeway::speech
