// Noise as described, and silence described.
#include "transcode/comfort_noise.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/tone.hpp"

namespace causeway::transcode {
namespace {

using Verdict = SilenceDetector::Verdict;

/// dBov: RFC 6465's scale, 3 dB below that of the tones.
double dbov(std::span<const std::int16_t> pcm) {
    return test::level(pcm) - 3.01;
}

std::vector<std::int16_t> rendered(ComfortNoise& noise, std::size_t count) {
    std::vector<std::int16_t> pcm(count);
    noise.render(pcm);
    return pcm;
}

TEST(ComfortNoise, has_the_level_that_the_packet_says) {
    for (const int rate : {8000, 16000, 48000})
        for (const int level : {30, 45, 60}) {
            ComfortNoise noise(rate);
            noise.describe(std::vector<std::uint8_t>{static_cast<std::uint8_t>(level)});
            rendered(noise, static_cast<std::size_t>(rate / 4));
            EXPECT_NEAR(dbov(rendered(noise, static_cast<std::size_t>(rate))), -level, 0.5) << rate;
        }
}

TEST(ComfortNoise, has_the_spectrum_that_the_packet_says) {
    ComfortNoise noise(8000);
    // The first reflection coefficient -0.9: each sample is like the one before, so low sounds prevail.
    noise.describe(std::vector<std::uint8_t>{40, 12});
    rendered(noise, 2000);
    const auto pcm = rendered(noise, 16000);
    EXPECT_NEAR(dbov(pcm), -40, 1);
    double product = 0;
    double power = 0;
    for (std::size_t i = 1; i < pcm.size(); ++i) {
        product += static_cast<double>(pcm[i]) * pcm[i - 1];
        power += static_cast<double>(pcm[i]) * pcm[i];
    }
    EXPECT_NEAR(product / power, 0.9, 0.05);
}

TEST(ComfortNoise, any_bytes_give_bounded_noise) {
    std::mt19937 random(5);
    for (int round = 0; round < 200; ++round) {
        ComfortNoise noise(8000);
        std::vector<std::uint8_t> payload(random() % 40);
        for (auto& byte : payload) byte = static_cast<std::uint8_t>(random());
        if (!payload.empty()) payload[0] = static_cast<std::uint8_t>(40 + random() % 80);
        noise.describe(payload);
        EXPECT_LT(dbov(rendered(noise, 16000)), -20);
    }
}

TEST(ComfortNoise, level_127_is_silence_and_an_empty_packet_changes_nothing) {
    ComfortNoise noise(8000);
    noise.describe(std::vector<std::uint8_t>{127});
    EXPECT_LT(dbov(rendered(noise, 8000)), -100);
    noise.describe(std::vector<std::uint8_t>{50});
    noise.describe({});
    rendered(noise, 2000);
    EXPECT_NEAR(dbov(rendered(noise, 8000)), -50, 0.5);
}

class SilenceTest : public testing::Test {
  protected:
    std::vector<std::int16_t> background(int amplitude) {
        std::vector<std::int16_t> pcm(160);
        for (auto& sample : pcm)
            sample = static_cast<std::int16_t>(
                static_cast<int>(random() % static_cast<unsigned>(2 * amplitude)) - amplitude);
        return pcm;
    }
    std::mt19937 random{1};
    SilenceDetector detector{20};
};

TEST_F(SilenceTest, is_found_after_a_hangover_and_described_now_and_then) {
    for (int n = 0; n < 50; ++n)
        EXPECT_EQ(detector.judge(test::generate(300, -20, 8000, 160)), Verdict::speech);
    int described = 0;
    int spoken = 0;
    for (int n = 0; n < 100; ++n) {
        const Verdict verdict = detector.judge(background(50));
        described += verdict == Verdict::describe;
        spoken += verdict == Verdict::speech;
    }
    EXPECT_NEAR(spoken, 10, 1);
    EXPECT_GE(described, 4);
    EXPECT_LE(described, 7);
    // Uniform noise of +-50: 50 / sqrt(3) is -61 dBov.
    EXPECT_NEAR(detector.level_dbov(), 61, 2);
    EXPECT_EQ(detector.judge(test::generate(300, -20, 8000, 160)), Verdict::speech) << "at once";
}

TEST_F(SilenceTest, steady_loud_sound_is_no_silence) {
    for (int n = 0; n < 500; ++n)
        EXPECT_EQ(detector.judge(test::generate(1004, -16, 8000, 160)), Verdict::speech) << n;
}

TEST_F(SilenceTest, digital_silence_is_silence) {
    const std::vector<std::int16_t> zeros(160);
    for (int n = 0; n < 11; ++n) detector.judge(zeros);
    EXPECT_EQ(detector.judge(zeros), Verdict::nothing);
    EXPECT_GE(detector.level_dbov(), 80);
}

}  // namespace
}  // namespace causeway::transcode
