// Packets of all lengths on either side of a lane: the tone is heard whole, in packets as the receiver wants
// them. RFC 6716 §3.2.5, RFC 7587 §4.2, RFC 3551 §4.2.
#include <gtest/gtest.h>

#include <string>

#include "tests/story/audio_story.hpp"

namespace causeway::test {
namespace {

const sdp::AudioFormat kOpus{sdp::Codec::opus, {111}, "minptime=10;useinbandfec=1"};
const sdp::AudioFormat kPcmu{sdp::Codec::pcmu, {0}, ""};

constexpr double kTone = 1004;
constexpr double kLevel = -16;
constexpr std::array kPacketTimes{10, 20, 30, 40, 50, 60};

/// Opus has no frames of 30 and 50 ms: such packets are made of several.
int opus_frame_of(int packet_ms) {
    return packet_ms == 30 || packet_ms == 50 ? 10 : 0;
}

transcode::LanePlan plan(const sdp::AudioFormat& from, const sdp::AudioFormat& to, int ptime_ms) {
    return {.from = from,
            .to = to,
            .pass_through = false,
            .sample_rate = 8000,
            .ptime_ms = ptime_ms,
            .events_from = std::nullopt,
            .events_to = std::nullopt};
}

media::LaneSettings settings(bool to_telephone) {
    return {.ssrc = {0xCA05E},
            .first_sequence = {100},
            .first_timestamp = {5000},
            .grid = kStart,
            .fill_silence = to_telephone};
}

/// Six seconds of tone: whole, at its level, in packets of `packet_ms` on an even time line.
void expect_tone_in_packets(Stage& stage, Speaker& speaker, int packet_ms, const std::string& what) {
    stage.play(&speaker, seconds(1));
    // How long packets are is known from the first of them.
    const auto concealed_at_first = stage.lane.playout()->concealed_ms();
    stage.play(&speaker, seconds(5));
    const auto rate = stage.ear.rate();
    EXPECT_NEAR(level_at(kTone, stage.ear.pcm(seconds(2), seconds(5)), rate), kLevel, 1.5) << what;
    EXPECT_LE(stage.ear.longest_gap(kTone, kLevel, seconds(1), seconds(5)), milliseconds(0)) << what;
    EXPECT_GT(stage.ear.purity(kTone, seconds(2), seconds(5)), 20) << what;
    EXPECT_EQ(stage.lane.playout()->concealed_ms(), concealed_at_first) << what;
    const auto packets = stage.ear.audio();
    ASSERT_GT(packets.size(), 20u) << what;
    for (std::size_t n = packets.size() / 3; n < packets.size(); ++n) {
        const auto ticks = rtp::distance(packets[n].header.timestamp, packets[n - 1].header.timestamp);
        EXPECT_EQ(ticks, packet_ms * (packets[n].header.payload_type == kOpus.payload_type ? 48 : 8)) << what;
    }
}

TEST(PacketTimeStory, opus_packets_of_any_length_are_heard_in_packets_as_the_telephone_wants_them) {
    for (const int spoken : kPacketTimes) {
        for (const int wanted : kPacketTimes) {
            Speaker browser({.format = kOpus, .ptime_ms = spoken, .frame_ms = opus_frame_of(spoken)});
            Stage stage(plan(kOpus, kPcmu, wanted), settings(true));
            expect_tone_in_packets(stage, browser, wanted,
                                   std::to_string(spoken) + " ms of Opus to " + std::to_string(wanted));
            for (const auto& packet : stage.ear.heard)
                EXPECT_EQ(packet.payload.size(), static_cast<std::size_t>(8 * wanted));
        }
    }
}

TEST(PacketTimeStory, packets_of_a_telephone_reach_the_browser_in_the_next_length_that_opus_has) {
    for (const int spoken : kPacketTimes) {
        for (const int wanted : kPacketTimes) {
            // RFC 6716 §2.1.4: frames of 30 and 50 ms do not exist.
            const int sent = wanted == 30 ? 20 : wanted == 50 ? 40 : wanted;
            Speaker phone({.format = kPcmu, .ptime_ms = spoken});
            Stage stage(plan(kPcmu, kOpus, wanted), settings(false));
            expect_tone_in_packets(stage, phone, sent,
                                   std::to_string(spoken) + " ms of G.711 to " + std::to_string(wanted));
        }
    }
}

TEST(PacketTimeStory, g711_is_packed_anew_word_by_word) {
    for (const int wanted : {10, 30, 60}) {
        Speaker browser({.format = kPcmu});
        Stage stage(plan(kPcmu, kPcmu, wanted), settings(true));
        expect_tone_in_packets(stage, browser, wanted, "G.711 of 20 ms to " + std::to_string(wanted));
        EXPECT_GT(stage.ear.purity(kTone, seconds(2), seconds(5)), 30);
    }
}

}  // namespace
}  // namespace causeway::test
