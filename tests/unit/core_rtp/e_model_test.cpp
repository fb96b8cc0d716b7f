// ITU-T G.107, G.107.1: values that the Recommendations and the literature state.
#include "core/rtp/e_model.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace causeway::rtp {
namespace {

TEST(EModel, all_defaults_give_93_2_and_4_41) {
    const auto best = rate({});
    EXPECT_NEAR(best.r, 93.2, 0.05) << "G.107 Table 2";
    EXPECT_NEAR(best.mos, 4.41, 0.005);
}

TEST(EModel, scores_are_those_of_annex_b) {
    // G.107 Table B.1 and G.109 Table 1: the limits of the classes of satisfaction.
    EXPECT_NEAR(mos_of(90), 4.34, 0.005);
    EXPECT_NEAR(mos_of(80), 4.03, 0.007);
    EXPECT_NEAR(mos_of(70), 3.60, 0.005);
    EXPECT_NEAR(mos_of(60), 3.10, 0.005);
    EXPECT_NEAR(mos_of(50), 2.58, 0.007);
    EXPECT_EQ(mos_of(0), 1);
    EXPECT_EQ(mos_of(3), 1) << "the polynomial itself falls below 1 here";
    EXPECT_EQ(mos_of(101), 4.5);
}

TEST(EModel, delay_follows_the_known_curve) {
    // Cole and Rosenbluth, "Voice over IP performance monitoring" (2001), linearised G.107 so:
    const auto published = [](double d) { return 0.024 * d + (d > 177.3 ? 0.11 * (d - 177.3) : 0); };
    for (const double d : {50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0}) {
        EXPECT_NEAR(delay_impairment(d), published(d), 2.0) << d << " ms";
    }
    EXPECT_NEAR(rate({.delay_ms = 150}).r, 89.5, 1.0) << "G.114: still in the best class at 150 ms";
    EXPECT_NEAR(rate({.delay_ms = 400}).r, 60, 4) << "G.114: the limit of planning at 400 ms";
    EXPECT_GT(rate({.delay_ms = 99}).r, rate({.delay_ms = 101}).r);
}

TEST(EModel, loss_falls_on_codecs_as_g_113_says) {
    struct Row {
        double ie, bpl, loss, r;
    };
    // G.113 Appendix I: G.711 without and with concealment, G.729A with VAD; R = 93.2 - Ie-eff.
    for (const auto& [ie, bpl, loss, r] :
         {Row{0, 4.3, 1, 75.3}, Row{0, 4.3, 2, 63.0}, Row{0, 25.1, 1, 89.6}, Row{0, 25.1, 2, 86.2},
          Row{0, 25.1, 5, 77.4}, Row{11, 19, 0, 82.2}, Row{11, 19, 1, 78.0}, Row{11, 19, 2, 74.2},
          Row{11, 19, 5, 64.7}}) {
        const auto quality = rate({.impairment = ie, .loss_robustness = bpl, .loss_percent = loss});
        EXPECT_NEAR(quality.r, r, 0.1) << "Ie " << ie << " Bpl " << bpl << " loss " << loss;
    }
}

TEST(EModel, bursts_are_worse_than_random_loss) {
    VoicePath path{.loss_robustness = 10, .loss_percent = 5};
    const double random = rate(path).r;
    path.burst_ratio = 2;
    EXPECT_NEAR(random - rate(path).r, 95 * 5 / (2.5 + 10) - 95 * 5 / 15.0, 0.01);
}

TEST(EModel, wide_band_has_its_own_scale) {
    struct Row {
        double ie, r, mos;
    };
    // G.107.1 (7-1), (A-1), (A-2) with Ie,wb of G.113 Table IV.1.
    for (const auto& [ie, r, mos] : {Row{0, 129, 4.5}, Row{1, 128, 4.494}, Row{8, 121, 4.4206},
                                     Row{13, 116, 4.3371}, Row{41, 88, 3.5123}}) {
        const auto quality = rate({.band = VoiceBand::wide, .impairment = ie});
        EXPECT_NEAR(quality.r, r, 1e-9);
        EXPECT_NEAR(quality.mos, mos, 5e-4);
    }
    // G.113 Table IV.4: G.722.2 at 12.65 kbit/s has Bpl,wb 4.3; at 2 % loss Ie,eff = 43.81 with Ie,wb 20.
    const auto lossy =
        rate({.band = VoiceBand::wide, .impairment = 20, .loss_robustness = 4.3, .loss_percent = 2});
    EXPECT_NEAR(lossy.mos, 3.4062, 5e-4);
}

TEST(EModel, strange_inputs_stay_on_the_scale) {
    const double inf = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const double bad : {inf, -inf, nan, -1.0, 1e300}) {
        for (const VoiceBand band : {VoiceBand::narrow, VoiceBand::wide}) {
            const auto quality = rate({band, bad, bad, bad, bad, bad});
            EXPECT_GE(quality.r, 0);
            EXPECT_LE(quality.r, 129);
            EXPECT_GE(quality.mos, 1);
            EXPECT_LE(quality.mos, 4.5);
        }
    }
    EXPECT_EQ(rate({.loss_percent = 100, .delay_ms = 2000}).mos, 1);
}

}  // namespace
}  // namespace causeway::rtp
