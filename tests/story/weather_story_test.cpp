// A tone over bad networks, and silence: no click, no gap, the right level, whatever the weather.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/story/audio_story.hpp"

namespace causeway::test {
namespace {

const sdp::AudioFormat kOpus{sdp::Codec::opus, {111}, "minptime=10;useinbandfec=1"};
const sdp::AudioFormat kPcmu{sdp::Codec::pcmu, {0}, ""};
const sdp::AudioFormat kPcma{sdp::Codec::pcma, {8}, ""};
const sdp::AudioFormat kG722{sdp::Codec::g722, {9}, ""};
constexpr PayloadType kNoise{13};

constexpr double kTone = 1004;
constexpr double kLevel = -16;

transcode::LanePlan transcoding(const sdp::AudioFormat& from, const sdp::AudioFormat& to) {
    return {.from = from,
            .to = to,
            .pass_through = false,
            .sample_rate = std::min(natural_rate(from.codec), natural_rate(to.codec)),
            .events_from = std::nullopt,
            .events_to = std::nullopt};
}
media::LaneSettings settings(bool fill_silence) {
    return {.ssrc = {0xCA05E},
            .first_sequence = {100},
            .first_timestamp = {5000},
            .grid = kStart + milliseconds(7),
            .fill_silence = fill_silence};
}

/// The largest step between two samples, as a multiple of that of the undisturbed tone.
double roughness(std::span<const std::int16_t> pcm, int rate) {
    int largest = 0;
    for (std::size_t i = 1; i < pcm.size(); ++i) largest = std::max(largest, std::abs(pcm[i] - pcm[i - 1]));
    return largest / (2 * std::numbers::pi * kTone / rate * 32767 * std::pow(10, kLevel / 20));
}

struct Weather {
    const char* name;
    NetworkWeather network;
};

TEST(WeatherStory, jitter_and_reordering_are_not_heard) {
    const Weather weathers[] = {
        {"40 ms, 10 more or less", {.delay = milliseconds(40), .jitter = milliseconds(10)}},
        {"100 ms, 40 more or less", {.delay = milliseconds(100), .jitter = milliseconds(40)}},
        {"2 % reordered", {.reorder = 0.02}},
    };
    const std::pair<sdp::AudioFormat, sdp::AudioFormat> ways[] = {
        {kOpus, kPcmu}, {kPcma, kOpus}, {kPcmu, kPcma}, {kG722, kOpus}};
    for (const auto& weather : weathers)
        for (const auto& [from, to] : ways) {
            Speaker speaker({.format = from});
            Stage stage(transcoding(from, to), settings(to.codec != sdp::Codec::opus), weather.network);
            stage.play(&speaker, seconds(20));
            const auto heard = stage.ear.pcm(seconds(10), seconds(19));
            EXPECT_NEAR(level_at(kTone, heard, stage.ear.rate()), kLevel, 0.5) << weather.name;
            EXPECT_LE(roughness(heard, stage.ear.rate()), 1.3) << weather.name;
            EXPECT_LE(stage.ear.longest_gap(kTone, kLevel, seconds(10), seconds(19)), milliseconds(0));
        }
}

TEST(WeatherStory, loss_is_concealed_without_clicks) {
    for (const double loss : {0.01, 0.03, 0.05, 0.1, 0.2})
        for (const auto& [from, to] : {std::pair{kOpus, kPcmu}, {kPcma, kOpus}, {kG722, kOpus}}) {
            Speaker speaker({.format = from});
            Stage stage(transcoding(from, to), settings(to.codec != sdp::Codec::opus), {.loss = loss}, 5);
            stage.play(&speaker, seconds(15));
            const auto heard = stage.ear.pcm(seconds(2), seconds(14));
            const auto codec = sdp::encoding_name(from.codec);
            EXPECT_NEAR(level(heard), kLevel, loss > 0.05 ? 1.5 : 0.5) << loss << codec;
            EXPECT_LE(roughness(heard, stage.ear.rate()), 1.8) << loss << codec;
        }
}

TEST(WeatherStory, a_burst_after_a_stall_is_caught_up_without_dropping_sound) {
    Speaker phone({.format = kPcmu});
    Stage stage(transcoding(kPcmu, kPcma), settings(true));
    stage.play(&phone, seconds(3));
    stage.network.change({.delay = milliseconds(140)});
    stage.play(&phone, seconds(2));
    stage.network.change({.delay = milliseconds(20)});
    // As long as the stall is remembered, another one is expected.
    stage.play(&phone, seconds(40));
    const auto* const playout = stage.lane.playout();
    EXPECT_EQ(playout->stats().overflow, 0u);
    EXPECT_GT(playout->shortened(), 600u) << "of 120 ms";
    EXPECT_LE(playout->delay_ms(), 40);
    EXPECT_LE(roughness(stage.ear.pcm(seconds(4), seconds(44)), 8000), 1.3);
}

TEST(WeatherStory, a_relayed_stream_keeps_its_senders_clock) {
    for (const double drift : {200.0, -200.0}) {
        Speaker phone({.format = kPcmu, .drift_ppm = drift});
        auto plan = transcoding(kPcmu, kPcmu);
        plan.pass_through = true;
        Stage stage(plan, settings(true), {.jitter = milliseconds(5)});
        for (int minute = 0; minute < 3; ++minute) {
            stage.play(&phone, seconds(60));
            EXPECT_EQ(stage.lane.deadline(), std::nullopt) << "nothing is kept";
        }
        EXPECT_NEAR(static_cast<double>(stage.ear.heard.size()), 9'000 * (1 + drift * 1e-6), 3);
    }
}

class SilenceStory : public testing::Test {
  protected:
    /// A comfort noise packet in place of the speaker's next.
    static void make_noise(Stage& stage, Speaker& phone, std::uint8_t level) {
        auto bytes = phone.event(kNoise, level, false, 0, false, phone.timestamp());
        bytes.resize(rtp::kRtpHeaderSize + 1);
        stage.arrive(bytes);
    }
};

TEST_F(SilenceStory, comfort_noise_of_a_phone_is_heard_in_the_browser_until_he_speaks_again) {
    for (const auto& to : {kOpus, kPcma}) {
        Speaker phone({.format = kPcmu});
        auto plan = transcoding(kPcmu, to);
        plan.comfort_noise_from = kNoise;
        Stage stage(plan, settings(false), {.delay = milliseconds(0)});
        stage.play(&phone, seconds(2));
        phone.paused = true;
        make_noise(stage, phone, 45);
        stage.play(&phone, seconds(3));
        phone.paused = false;
        stage.play(&phone, seconds(2));
        // 3 dB lie between a sine's scale and dBov.
        EXPECT_NEAR(level(stage.ear.pcm(milliseconds(2500), milliseconds(4800))), -42, 2);
        EXPECT_NEAR(level(stage.ear.pcm(milliseconds(5500), milliseconds(6800))), kLevel, 0.5);
        EXPECT_EQ(stage.lane.playout()->stats().lost, 0u);
        EXPECT_EQ(stage.lane.playout()->stats().underruns, 0u);
        EXPECT_NEAR(static_cast<double>(stage.ear.heard.size()), 350, 3);
    }
}

TEST_F(SilenceStory, comfort_noise_is_passed_on_to_who_understands_it) {
    Speaker phone({.format = kPcmu});
    auto plan = transcoding(kPcmu, kPcmu);
    plan.pass_through = true;
    plan.comfort_noise_from = kNoise;
    plan.comfort_noise_to = PayloadType{14};
    Stage stage(plan, settings(false));
    stage.play(&phone, milliseconds(100));
    make_noise(stage, phone, 45);
    ASSERT_EQ(stage.ear.events({14}).size(), 1u);
    EXPECT_EQ(stage.ear.events({14})[0].payload, std::vector<std::uint8_t>{45});
}

TEST_F(SilenceStory, silence_is_described_to_a_phone_that_agreed_when_it_is_switched_on) {
    for (const bool agreed : {false, true})
        for (const bool switched_on : {false, true}) {
            Speaker browser({.format = kOpus});
            auto plan = transcoding(kOpus, kPcmu);
            if (agreed) plan.comfort_noise_to = kNoise;
            auto how = settings(true);
            how.silence_suppression = switched_on;
            Stage stage(plan, how);
            stage.play(&browser, seconds(2));
            browser.muted = true;
            stage.play(&browser, seconds(4));
            browser.muted = false;
            stage.play(&browser, seconds(2));
            const auto described = stage.ear.events(kNoise);
            const std::size_t sent = stage.ear.heard.size();
            if (!agreed || !switched_on) {
                EXPECT_TRUE(described.empty());
                EXPECT_NEAR(static_cast<double>(sent), 400, 3) << "a steady stream";
                continue;
            }
            EXPECT_GE(described.size(), 8u);
            EXPECT_LE(described.size(), 16u);
            EXPECT_LT(sent, 240u);
            EXPECT_NEAR(level(stage.ear.pcm(milliseconds(6500), milliseconds(7800))), kLevel, 0.5);
            // RFC 3551 §4.1: the first audio after the pause bears the marker; the time line goes on.
            int marked = 0;
            for (const auto& one : stage.ear.audio()) marked += one.header.marker;
            EXPECT_GE(marked, 2);
            for (std::size_t i = 1; i < sent; ++i)
                EXPECT_EQ(
                    rtp::distance(stage.ear.heard[i].header.sequence, stage.ear.heard[i - 1].header.sequence),
                    1);
            EXPECT_NEAR(
                rtp::distance(stage.ear.heard.back().header.timestamp, stage.ear.heard[0].header.timestamp) /
                    8,
                8000, 60);
        }
}

TEST_F(SilenceStory, pauses_of_opus_are_filled_by_its_decoder_and_are_no_loss) {
    Speaker browser({.format = kOpus});
    Stage stage(transcoding(kOpus, kPcmu), settings(true), {.delay = milliseconds(0)});
    stage.play(&browser, seconds(2));
    // A frame of a TOC alone, then one every 400 ms: RFC 6716 §2.1.9.
    browser.paused = true;
    for (int n = 0; n < 5; ++n) {
        auto bytes = browser.event(kOpus.payload_type, 0x78, false, 0, false, browser.timestamp());
        bytes.resize(rtp::kRtpHeaderSize + 1);
        stage.arrive(bytes);
        stage.play(&browser, milliseconds(400));
    }
    const auto& stats = stage.lane.playout()->stats();
    EXPECT_TRUE(stage.lane.playout()->pausing());
    browser.paused = false;
    stage.play(&browser, seconds(2));
    EXPECT_EQ(stats.lost, 0u);
    EXPECT_EQ(stats.underruns, 0u);
    EXPECT_LT(level(stage.ear.pcm(milliseconds(2300), milliseconds(3900))), -50);
    EXPECT_NEAR(level(stage.ear.pcm(milliseconds(4500), milliseconds(5800))), kLevel, 1);
    EXPECT_NEAR(static_cast<double>(stage.ear.heard.size()), 300, 3);
}

}  // namespace
}  // namespace causeway::test
