// A tone spoken into one end of a lane and heard at the other, over networks of all weathers, in simulated
// time and with real codecs.
#include <gtest/gtest.h>

#include "tests/story/audio_story.hpp"

namespace causeway::test {
namespace {

const sdp::AudioFormat kOpus{sdp::Codec::opus, {111}, "minptime=10;useinbandfec=1"};
const sdp::AudioFormat kG722{sdp::Codec::g722, {9}, ""};
const sdp::AudioFormat kPcmu{sdp::Codec::pcmu, {0}, ""};
const sdp::AudioFormat kPcma{sdp::Codec::pcma, {8}, ""};

constexpr double kTone = 1004;
constexpr double kLevel = -16;

transcode::LanePlan transcoding(const sdp::AudioFormat& from, const sdp::AudioFormat& to) {
    const int rate = std::min(natural_rate(from.codec), natural_rate(to.codec));
    return {.from = from,
            .to = to,
            .pass_through = false,
            .sample_rate = rate,
            .events_from = std::nullopt,
            .events_to = std::nullopt};
}
transcode::LanePlan passing(const sdp::AudioFormat& from, const sdp::AudioFormat& to) {
    auto plan = transcoding(from, to);
    plan.pass_through = true;
    return plan;
}
media::LaneSettings to_telephone() {
    return {.ssrc = {0xCA05E},
            .first_sequence = {100},
            .first_timestamp = {5000},
            .grid = kStart,
            .fill_silence = true};
}
media::LaneSettings to_browser() {
    auto settings = to_telephone();
    settings.fill_silence = false;
    return settings;
}

/// Plays 10 s and expects the tone, unbroken and at its level, from the second second on.
void expect_tone(Stage& stage, Speaker& speaker, double tolerance_db = 1.5) {
    stage.play(&speaker, seconds(10));
    const auto heard = stage.ear.pcm(seconds(2), seconds(9));
    EXPECT_NEAR(level_at(kTone, heard, stage.ear.rate()), kLevel, tolerance_db);
    const auto piece = stage.ear.pcm(seconds(4), milliseconds(4200));
    EXPECT_NEAR(loudest_frequency(piece, stage.ear.rate(), 300, 3000), kTone, 5);
    EXPECT_LE(stage.ear.longest_gap(kTone, kLevel, seconds(2), seconds(9)), milliseconds(0));
}

/// RFC 3550 §5.1: one SSRC, each sequence number one more than the last, time never running back.
void expect_continuity(const Ear& ear, std::int32_t longest_step) {
    ASSERT_FALSE(ear.heard.empty());
    for (std::size_t i = 1; i < ear.heard.size(); ++i) {
        const auto& before = ear.heard[i - 1].header;
        const auto& here = ear.heard[i].header;
        EXPECT_EQ(here.ssrc, before.ssrc);
        EXPECT_EQ(rtp::distance(here.sequence, before.sequence), 1) << "packet " << i;
        const auto step = rtp::distance(here.timestamp, before.timestamp);
        EXPECT_TRUE(step >= 0 && step <= longest_step) << "packet " << i << " steps " << step;
    }
}

TEST(AudioStory, a_tone_from_the_browser_is_heard_on_the_phone) {
    Speaker browser({.format = kOpus});
    Stage stage(transcoding(kOpus, kPcmu), to_telephone());
    expect_tone(stage, browser);
    expect_continuity(stage.ear, 160);
}

TEST(AudioStory, a_tone_from_the_phone_is_heard_in_the_browser) {
    Speaker phone({.format = kPcma});
    Stage stage(transcoding(kPcma, kOpus), to_browser());
    expect_tone(stage, phone);
    expect_continuity(stage.ear, 960);
}

TEST(AudioStory, a_wide_band_phone_is_heard_in_the_browser_and_hears_it) {
    Speaker phone({.format = kG722, .frequency = 5000});
    Stage inward(transcoding(kG722, kOpus), to_browser());
    inward.play(&phone, seconds(6));
    EXPECT_NEAR(level_at(5000, inward.ear.pcm(seconds(2), seconds(5)), 48000), kLevel, 2);

    Speaker browser({.format = kOpus, .frequency = 5000});
    Stage outward(transcoding(kOpus, kG722), to_telephone());
    outward.play(&browser, seconds(6));
    EXPECT_NEAR(level_at(5000, outward.ear.pcm(seconds(2), seconds(5)), 16000), kLevel, 2);
}

TEST(AudioStory, a_passed_through_tone_is_heard_as_it_was_spoken) {
    Speaker browser({.format = kPcmu});
    Stage stage(passing(kPcmu, kPcmu), to_telephone());
    expect_tone(stage, browser, 0.5);
    EXPECT_GT(stage.ear.purity(kTone, seconds(2), seconds(9)), 30);
}

TEST(AudioStory, packets_of_60_ms_become_packets_of_20_ms) {
    Speaker phone({.format = kPcmu, .ptime_ms = 60});
    Stage stage(transcoding(kPcmu, kOpus), to_browser());
    expect_tone(stage, phone);
    EXPECT_NEAR(static_cast<double>(stage.ear.heard.size()), 500, 15);
}

TEST(AudioStory, packets_of_10_ms_become_packets_of_30_ms) {
    Speaker browser({.format = kOpus, .ptime_ms = 10});
    auto plan = transcoding(kOpus, kPcma);
    plan.ptime_ms = 30;
    Stage stage(plan, to_telephone());
    expect_tone(stage, browser);
    for (const auto& packet : stage.ear.heard) EXPECT_EQ(packet.payload.size(), 240u);
}

TEST(AudioStory, five_percent_loss_leaves_no_gap_over_60_ms) {
    for (const std::uint32_t seed : {1u, 2u, 3u}) {
        Speaker browser({.format = kOpus});
        Stage outward(transcoding(kOpus, kPcmu), to_telephone(), {.loss = 0.05}, seed);
        outward.play(&browser, seconds(20));
        EXPECT_LE(outward.ear.longest_gap(kTone, kLevel, seconds(1), seconds(19)), milliseconds(60));
        EXPECT_GT(outward.network.lost(), 20);

        Speaker phone({.format = kPcma});
        Stage inward(transcoding(kPcma, kOpus), to_browser(), {.loss = 0.05}, seed);
        inward.play(&phone, seconds(20));
        EXPECT_LE(inward.ear.longest_gap(kTone, kLevel, seconds(1), seconds(19)), milliseconds(60));
    }
}

TEST(AudioStory, a_duplicated_packet_is_heard_once) {
    Speaker phone({.format = kPcmu});
    Stage stage(transcoding(kPcmu, kPcma), to_telephone(), {.duplicate = 0.3});
    expect_tone(stage, phone);
    EXPECT_GT(stage.lane.playout()->stats().duplicate, 50u);
    EXPECT_GT(stage.ear.purity(kTone, seconds(2), seconds(9)), 25);
    EXPECT_NEAR(static_cast<double>(stage.ear.heard.size()), 500, 3);
}

TEST(AudioStory, a_duplicated_packet_is_passed_through_once) {
    Speaker phone({.format = kPcmu});
    Stage stage(passing(kPcmu, kPcmu), to_browser(), {.duplicate = 0.3});
    expect_tone(stage, phone);
    EXPECT_GT(stage.count("media_relay_duplicate_or_old"), 50u);
    expect_continuity(stage.ear, 160);
}

TEST(AudioStory, reordered_packets_are_heard_in_order) {
    Speaker phone({.format = kPcmu});
    Stage stage(transcoding(kPcmu, kPcma), to_telephone(), {.reorder = 0.1});
    stage.play(&phone, seconds(12));
    EXPECT_GT(stage.lane.playout()->stats().reordered, 20u);
    // The first late ones teach the buffer how long to wait; from then on nothing is missed.
    EXPECT_GT(stage.ear.purity(kTone, seconds(6), seconds(11)), 25);
}

TEST(AudioStory, jitter_of_40_ms_give_or_take_10_is_smoothed_away) {
    Speaker browser({.format = kOpus});
    Stage stage(transcoding(kOpus, kPcmu), to_telephone(),
                {.delay = milliseconds(40), .jitter = milliseconds(10)});
    expect_tone(stage, browser);
    EXPECT_LE(stage.lane.playout()->delay_ms(), 80);
}

TEST(AudioStory, the_senders_sequence_and_time_may_wrap) {
    for (const bool pass : {false, true}) {
        Speaker phone({.format = kPcmu, .first_sequence = {65300}, .first_timestamp = {0xFFFF9000}});
        Stage stage(pass ? passing(kPcmu, kPcmu) : transcoding(kPcmu, kPcma), to_telephone());
        expect_tone(stage, phone);
        expect_continuity(stage.ear, 160);
    }
}

TEST(AudioStory, our_own_sequence_and_time_may_wrap) {
    auto settings = to_telephone();
    settings.first_sequence = {65300};
    settings.first_timestamp = {0xFFFF9000};
    for (const bool pass : {false, true}) {
        Speaker phone({.format = kPcmu});
        Stage stage(pass ? passing(kPcmu, kPcmu) : transcoding(kPcmu, kPcma), settings);
        expect_tone(stage, phone);
        expect_continuity(stage.ear, 160);
    }
}

TEST(AudioStory, a_change_of_source_keeps_the_stream_continuous) {
    for (const bool pass : {false, true}) {
        Speaker phone({.format = kPcmu});
        Stage stage(pass ? passing(kPcmu, kPcmu) : transcoding(kPcmu, kPcma), to_telephone());
        stage.play(&phone, seconds(3));
        phone.become({0xBEEF}, {40000}, {123456789});
        expect_tone(stage, phone);
        expect_continuity(stage.ear, 480);
    }
}

TEST(AudioStory, early_media_in_one_codec_and_the_call_in_another_are_one_stream) {
    Speaker ringback({.format = kPcmu});
    Stage stage(transcoding(kPcmu, kOpus), to_browser());
    stage.play(&ringback, seconds(3));
    ASSERT_TRUE(stage.lane.set_plan(transcoding(kG722, kOpus), stage.now));
    Speaker phone({.format = kG722});
    phone.speak(stage.now, [](auto, auto) {});  // until now nobody listened
    stage.play(&phone, seconds(5));
    expect_continuity(stage.ear, 960 * 10);
    EXPECT_NEAR(level_at(kTone, stage.ear.pcm(seconds(5), seconds(7)), 48000), kLevel, 1.5);
}

TEST(AudioStory, from_transcoding_to_passing_through_the_stream_goes_on) {
    Speaker phone({.format = kPcmu});
    Stage stage(transcoding(kPcmu, kPcma), to_telephone());
    stage.play(&phone, seconds(3));
    auto plan = passing(kPcmu, kPcma);
    ASSERT_TRUE(stage.lane.set_plan(plan, stage.now));
    stage.play(&phone, seconds(3));
    ASSERT_TRUE(stage.lane.set_plan(transcoding(kPcmu, kPcma), stage.now));
    stage.play(&phone, seconds(3));
    expect_continuity(stage.ear, 160 * 4);
}

TEST(AudioStory, clock_drift_of_200_ppm_over_ten_minutes_does_not_grow_the_delay) {
    for (const double drift : {200.0, -200.0}) {
        Speaker phone({.format = kPcmu, .drift_ppm = drift});
        Stage stage(transcoding(kPcmu, kPcma), to_telephone(), {.jitter = milliseconds(5)});
        stage.play(&phone, seconds(10));
        const int delay_at_first = stage.lane.playout()->delay_ms();
        int most = 0;
        for (int round = 0; round < 59; ++round) {
            stage.play(&phone, seconds(10));
            most = std::max(most, stage.lane.playout()->delay_ms());
        }
        EXPECT_LE(most, delay_at_first + 40) << "at " << drift << " ppm";
        EXPECT_LE(stage.ear.longest_gap(kTone, kLevel, seconds(2), seconds(599)), milliseconds(60));
        // The frames' clock is the sender's: 200 ppm of ten minutes are six packets of 20 ms.
        EXPECT_NEAR(static_cast<double>(stage.ear.heard.size()), 30000 * (1 + drift * 1e-6), 3);
    }
}

TEST(AudioStory, the_phone_hears_silence_before_the_browser_speaks_and_while_it_pauses) {
    Speaker browser({.format = kOpus});
    Stage stage(transcoding(kOpus, kPcmu), to_telephone());
    stage.play(nullptr, seconds(2));
    EXPECT_NEAR(static_cast<double>(stage.ear.heard.size()), 100, 2);
    EXPECT_LT(level(stage.ear.pcm(seconds(0), seconds(2))), -60);
    browser.speak(stage.now, [](auto, auto) {});
    stage.play(&browser, seconds(2));
    browser.paused = true;
    stage.play(&browser, seconds(2));
    EXPECT_LT(level(stage.ear.pcm(milliseconds(4500), milliseconds(5900))), -60);
    browser.paused = false;
    stage.play(&browser, seconds(2));
    EXPECT_NEAR(level_at(kTone, stage.ear.pcm(milliseconds(6500), milliseconds(7800)), 8000), kLevel, 1.5);
    EXPECT_NEAR(static_cast<double>(stage.ear.heard.size()), 400, 2);
    expect_continuity(stage.ear, 160);
}

TEST(AudioStory, the_browser_gets_nothing_while_the_phone_sends_nothing) {
    Speaker phone({.format = kPcmu});
    Stage stage(transcoding(kPcmu, kOpus), to_browser());
    stage.play(nullptr, seconds(2));
    EXPECT_TRUE(stage.ear.heard.empty());
    EXPECT_EQ(stage.lane.deadline(), std::nullopt);
    phone.speak(stage.now, [](auto, auto) {});
    stage.play(&phone, seconds(2));
    phone.paused = true;
    stage.play(&phone, seconds(2));
    const std::size_t so_far = stage.ear.heard.size();
    EXPECT_LT(so_far, 115u);
    phone.paused = false;
    stage.play(&phone, seconds(2));
    EXPECT_GT(stage.ear.heard.size(), so_far + 90);
    // RFC 3551 §4.1, and the pause is on the time line.
    EXPECT_TRUE(stage.ear.heard[so_far].header.marker);
    EXPECT_NEAR(rtp::distance(stage.ear.heard[so_far].header.timestamp,
                              stage.ear.heard[so_far - 1].header.timestamp) /
                    48.0,
                2000, 200);
}

TEST(AudioStory, bursts_of_a_stalled_network_do_not_stay_in_the_ear) {
    Speaker phone({.format = kPcmu});
    Stage stage(transcoding(kPcmu, kPcma), to_telephone());
    stage.play(&phone, seconds(3));
    stage.network.change({.delay = milliseconds(400)});
    stage.play(&phone, seconds(3));
    stage.network.change({.delay = milliseconds(20)});
    stage.play(&phone, seconds(60));
    EXPECT_LE(stage.lane.playout()->delay_ms(), 80);
    EXPECT_LE(stage.ear.longest_gap(kTone, kLevel, seconds(8), seconds(65)), milliseconds(60));
}

}  // namespace
}  // namespace causeway::test
