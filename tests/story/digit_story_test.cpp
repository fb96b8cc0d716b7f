// Keys pressed at one end of a lane and received at the other: each crosses once, as RFC 4733 has it,
// whatever the network does to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string_view>

#include "core/rtp/dtmf.hpp"
#include "tests/story/audio_story.hpp"

namespace causeway::test {
namespace {

constexpr std::string_view kKeys = "0123456789*#ABCD";  // in the order of their event codes
constexpr PayloadType kBrowserEvents{110};
constexpr PayloadType kPhoneEvents{101};

/// From an Opus browser (48000 Hz events) to a G.711 phone (8000 Hz events).
transcode::LanePlan browser_to_phone() {
    return {.from = {sdp::Codec::opus, {111}, ""},
            .to = {sdp::Codec::pcmu, {0}, ""},
            .pass_through = false,
            .sample_rate = 8000,
            .events_from = sdp::EventFormat{kBrowserEvents, 48000},
            .events_to = sdp::EventFormat{kPhoneEvents, 8000}};
}
transcode::LanePlan passing_g711() {
    return {.from = {sdp::Codec::pcmu, {0}, ""},
            .to = {sdp::Codec::pcmu, {0}, ""},
            .pass_through = true,
            .sample_rate = 8000,
            .events_from = sdp::EventFormat{{126}, 8000},
            .events_to = sdp::EventFormat{kPhoneEvents, 8000}};
}
media::LaneSettings settings() {
    return {.ssrc = {0xCA05E}, .grid = kStart, .fill_silence = true};
}

/// Holds a key down for 100 ms as a browser does: a packet each 20 ms in place of audio, the end three times.
void press(Stage& stage, Speaker& speaker, const transcode::LanePlan& plan, std::uint8_t code) {
    const RtpTime started = speaker.timestamp();
    const auto per_packet = plan.events_from->clock_rate / 50;
    speaker.paused = true;
    for (std::uint32_t n = 1; n <= 8; ++n) {
        const auto duration = static_cast<std::uint16_t>(std::min(n, 5u) * per_packet);
        const auto packet =
            speaker.event(plan.events_from->payload_type, code, n > 5, duration, n == 1, started);
        stage.network.send(packet, stage.now);
        stage.play(&speaker, milliseconds(20));
    }
    speaker.paused = false;
}

/// What a peer makes of the event packets that a lane sent.
std::string received_digits(const Ear& ear, PayloadType type, int clock_rate) {
    rtp::DtmfReceiver receiver(clock_rate);
    std::string digits;
    for (const auto& packet : ear.events(type)) {
        for (const rtp::DtmfEvent& event :
             receiver.push(packet.payload, packet.header.marker, packet.header.timestamp, packet.at))
            if (event.kind == rtp::DtmfEvent::Kind::ended) digits += event.digit;
    }
    return digits;
}

void expect_whole_event(std::span<const Ear::Heard> packets, std::uint8_t code, int duration_ms) {
    ASSERT_GE(packets.size(), 4u);
    std::size_t ends = 0;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const auto& packet = packets[i];
        ASSERT_EQ(packet.payload.size(), 4u);
        EXPECT_EQ(packet.payload[0], code);
        // RFC 4733 §2.5.1.1: marker on the first, one timestamp for all.
        EXPECT_EQ(packet.header.marker, i == 0);
        EXPECT_EQ(packet.header.timestamp, packets.front().header.timestamp);
        if (packet.payload[1] & 0x80) ++ends;
    }
    // RFC 4733 §2.5.1.4
    EXPECT_EQ(ends, 3u);
    const auto& last = packets.back().payload;
    EXPECT_NEAR((last[2] << 8 | last[3]) / 8, duration_ms, 20);
}

TEST(DigitStory, each_digit_crosses_once_with_three_end_packets) {
    for (const auto& plan : {browser_to_phone(), passing_g711()}) {
        Speaker browser({.format = plan.from});
        Stage stage(plan, settings());
        stage.play(&browser, seconds(1));
        for (std::uint8_t code = 0; code < 16; ++code) {
            const std::size_t before = stage.ear.events(kPhoneEvents).size();
            press(stage, browser, plan, code);
            stage.play(&browser, milliseconds(500));
            const auto all = stage.ear.events(kPhoneEvents);
            expect_whole_event(std::span(all).subspan(before), code, 100);
        }
        EXPECT_EQ(received_digits(stage.ear, kPhoneEvents, 8000), kKeys);
        ASSERT_EQ(stage.ear.digits.size(), 16u);
        for (std::size_t i = 0; i < 16; ++i) {
            EXPECT_EQ(stage.ear.digits[i].digit, kKeys[i]);
            EXPECT_NEAR(stage.ear.digits[i].duration_ms, 100, 1);
        }
    }
}

TEST(DigitStory, keys_are_heard_in_each_format_that_was_agreed) {
    auto plan = browser_to_phone();
    Speaker browser({.format = plan.from});
    plan.other_events_from = {{{126}, 8000}};
    Stage stage(plan, settings());
    stage.play(&browser, seconds(1));
    auto slow = plan;
    slow.events_from = plan.other_events_from.front();
    for (const auto& pressed : {slow, plan, slow}) {
        press(stage, browser, pressed, 7);
        stage.play(&browser, milliseconds(500));
    }
    EXPECT_EQ(received_digits(stage.ear, kPhoneEvents, 8000), "777");
    for (const auto& digit : stage.ear.digits) EXPECT_NEAR(digit.duration_ms, 100, 1);
}

TEST(DigitStory, a_bad_network_neither_doubles_nor_loses_a_digit) {
    const auto plan = browser_to_phone();
    Speaker browser({.format = plan.from});
    Stage stage(plan, settings(), {.jitter = milliseconds(10), .loss = 0.1, .duplicate = 0.2, .reorder = 0.1},
                7);
    stage.play(&browser, seconds(1));
    for (std::uint8_t code = 0; code < 16; ++code) {
        press(stage, browser, plan, code);
        stage.play(&browser, milliseconds(600));
    }
    EXPECT_EQ(received_digits(stage.ear, kPhoneEvents, 8000), kKeys);
}

TEST(DigitStory, a_digit_whose_end_is_lost_crosses_all_the_same) {
    const auto plan = browser_to_phone();
    Speaker browser({.format = plan.from});
    Stage stage(plan, settings());
    const RtpTime started = browser.timestamp();
    for (std::uint16_t n = 1; n <= 5; ++n) {
        const auto duration = static_cast<std::uint16_t>(n * 960);
        stage.arrive(browser.event(kBrowserEvents, 5, false, duration, n == 1, started));
        stage.play(nullptr, milliseconds(20));
    }
    stage.play(&browser, seconds(1));
    EXPECT_EQ(received_digits(stage.ear, kPhoneEvents, 8000), "5");
}

TEST(DigitStory, no_audio_is_sent_while_a_digit_is) {
    for (const auto& plan : {browser_to_phone(), passing_g711()}) {
        Speaker browser({.format = plan.from});
        Stage stage(plan, settings());
        stage.play(&browser, seconds(1));
        ASSERT_TRUE(stage.lane.send_digit('9', 200, stage.now));
        stage.play(&browser, seconds(1));
        const auto events = stage.ear.events(kPhoneEvents);
        expect_whole_event(events, 9, 200);
        for (const auto& packet : stage.ear.audio())
            EXPECT_FALSE(packet.at > events.front().at && packet.at < events.back().at);
        EXPECT_NEAR(level_at(1004, stage.ear.pcm(milliseconds(1500), milliseconds(1900)), 8000), -16, 1.5);
        EXPECT_TRUE(stage.ear.digits.empty()) << "our own digits are no news";
    }
}

TEST(DigitStory, digits_keep_the_one_sequence_and_time_line_of_the_audio) {
    for (const auto& plan : {browser_to_phone(), passing_g711()}) {
        Speaker browser({.format = plan.from});
        Stage stage(plan, settings());
        stage.play(&browser, seconds(1));
        for (const char digit : {'1', '2', '3'}) stage.lane.send_digit(digit, 100, stage.now);
        stage.play(&browser, seconds(2));
        std::int64_t latest = 0;
        const auto& heard = stage.ear.heard;
        for (std::size_t i = 1; i < heard.size(); ++i) {
            EXPECT_EQ(heard[i].header.ssrc, heard[0].header.ssrc);
            EXPECT_EQ(rtp::distance(heard[i].header.sequence, heard[i - 1].header.sequence), 1) << i;
            const std::int64_t time = rtp::distance(heard[i].header.timestamp, heard[0].header.timestamp);
            EXPECT_GE(time, latest) << i;
            latest = time;
        }
        EXPECT_NEAR(static_cast<double>(latest), 3 * 8000, 800);
        EXPECT_EQ(received_digits(stage.ear, kPhoneEvents, 8000), "123");
    }
}

TEST(DigitStory, digits_from_a_phone_reach_the_browser_on_its_clock) {
    const transcode::LanePlan plan{.from = {sdp::Codec::pcmu, {0}, ""},
                                   .to = {sdp::Codec::opus, {111}, ""},
                                   .pass_through = false,
                                   .sample_rate = 8000,
                                   .events_from = sdp::EventFormat{kPhoneEvents, 8000},
                                   .events_to = sdp::EventFormat{kBrowserEvents, 48000}};
    Speaker phone({.format = plan.from});
    Stage stage(plan, {.ssrc = {1}, .grid = kStart});
    stage.play(&phone, seconds(1));
    press(stage, phone, plan, 7);
    stage.play(&phone, seconds(1));
    const auto events = stage.ear.events(kBrowserEvents);
    ASSERT_FALSE(events.empty());
    const auto& last = events.back().payload;
    EXPECT_NEAR((last[2] << 8 | last[3]) / 48, 100, 20);
    EXPECT_EQ(received_digits(stage.ear, kBrowserEvents, 48000), "7");
}

TEST(DigitStory, a_phone_without_events_hears_the_tones_of_the_key) {
    auto plan = browser_to_phone();
    plan.events_to.reset();
    Speaker browser({.format = plan.from});
    Stage stage(plan, settings());
    stage.play(&browser, seconds(1));
    ASSERT_TRUE(stage.lane.send_digit('5', 200, stage.now));
    ASSERT_TRUE(stage.lane.send_digit('#', 200, stage.now));
    stage.play(&browser, seconds(2));
    const auto five = stage.ear.pcm(milliseconds(1050), milliseconds(1150));
    EXPECT_GT(level_at(770, five, 8000), -20);
    EXPECT_GT(level_at(1336, five, 8000), -20);
    const auto pause = stage.ear.pcm(milliseconds(1195), milliseconds(1225));
    EXPECT_LT(level(pause), -50);
    const auto hash = stage.ear.pcm(milliseconds(1300), milliseconds(1400));
    EXPECT_GT(level_at(941, hash, 8000), -20);
    EXPECT_GT(level_at(1477, hash, 8000), -20);
    EXPECT_NEAR(level_at(1004, stage.ear.pcm(milliseconds(2000), milliseconds(2500)), 8000), -16, 1.5);
}

TEST(DigitStory, a_digit_that_cannot_be_sent_is_counted) {
    auto plan = passing_g711();
    plan.events_to.reset();
    Stage stage(plan, settings());
    EXPECT_FALSE(stage.lane.send_digit('5', 100, stage.now));
    EXPECT_EQ(stage.count("media_digit_not_sent"), 1u);
}

}  // namespace
}  // namespace causeway::test
