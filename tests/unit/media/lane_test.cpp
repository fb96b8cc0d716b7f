// What a lane does with single packets and moments.
#include "gateway/media/lane.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

#include "core/rtp/sequence.hpp"
#include "gateway/media/dtmf_tone.hpp"
#include "tests/support/tone.hpp"

namespace causeway::media {
namespace {

using std::chrono::milliseconds;

constexpr Instant kStart{std::chrono::hours(1)};

struct RecordingSink : PacketSink {
    void send(rtp::PacketBuffer& packet, const rtp::RtpHeader& header, std::size_t, Instant) override {
        headers.push_back(header);
        packets.emplace_back(packet.packet().begin(), packet.packet().end());
    }
    void on_digit(char digit, int) override { digits += digit; }

    std::vector<rtp::RtpHeader> headers;
    std::vector<std::vector<std::uint8_t>> packets;
    std::string digits;
};

transcode::LanePlan plan(bool pass_through) {
    return {.from = {sdp::Codec::pcmu, {0}, ""},
            .to = {pass_through ? sdp::Codec::pcmu : sdp::Codec::pcma, {8}, ""},
            .pass_through = pass_through,
            .sample_rate = 8000,
            .events_from = std::nullopt,
            .events_to = sdp::EventFormat{{101}, 8000}};
}

class LaneTest : public testing::Test {
  protected:
    void start(const transcode::LanePlan& how) {
        ASSERT_TRUE(lane.set_plan(how, now));
        lane.set_active(true, now);
    }
    void receive(const rtp::RtpHeader& header,
                 std::vector<std::uint8_t> payload = std::vector<std::uint8_t>(160)) {
        ASSERT_TRUE(rtp::write_packet(buffer, header, payload));
        lane.receive(buffer, *rtp::RtpView::parse(buffer.packet()), now);
    }
    rtp::RtpHeader header(int n, PayloadType type = {0}) {
        return {.payload_type = type,
                .marker = false,
                .sequence = rtp::advanced(SequenceNumber{500}, n),
                .timestamp = rtp::advanced(RtpTime{1000}, n * 160),
                .ssrc = {77}};
    }
    /// Ticks each millisecond when something is due.
    void pass(Duration time) {
        for (const Instant end = now + time; now < end; now += milliseconds(1))
            if (const auto due = lane.deadline(); due && *due <= now) lane.tick(now);
    }
    std::uint64_t count(const char* name) { return all_counters.counter(name).value(); }

    Instant now = kStart;
    Counters all_counters;
    LaneCounters counters{all_counters};
    RecordingSink sink;
    rtp::PacketBuffer buffer;
    Lane lane{{.ssrc = {0xA},
               .first_sequence = {10},
               .first_timestamp = {20},
               .grid = kStart,
               .fill_silence = true},
              counters,
              sink};
};

TEST_F(LaneTest, a_passed_packet_gets_our_ssrc_and_the_other_sides_payload_type) {
    start(plan(true));
    receive(header(0), {1, 2, 3});
    ASSERT_EQ(sink.packets.size(), 1u);
    EXPECT_EQ(sink.headers[0].ssrc, Ssrc{0xA});
    EXPECT_EQ(sink.headers[0].payload_type, PayloadType{8});
    EXPECT_EQ(sink.headers[0].sequence, SequenceNumber{10});
    EXPECT_EQ(std::vector(sink.packets[0].begin() + 12, sink.packets[0].end()),
              (std::vector<std::uint8_t>{1, 2, 3}));
}

TEST_F(LaneTest, a_passed_packet_loses_its_extensions_and_contributors) {
    start(plan(true));
    // RFC 3550 §5.3.1: one CSRC, one extension word (RFC 8285 audio level), payload 7 8.
    const std::vector<std::uint8_t> bytes{0x91, 0, 1, 0xF4, 0,    0, 3, 0xE8, 0,    0, 0, 77, 9,
                                          9,    9, 9, 0xBE, 0xDE, 0, 1, 0x10, 0x55, 0, 0, 7,  8};
    const auto room = buffer.fresh();
    std::copy(bytes.begin(), bytes.end(), room.begin());
    buffer.resize(bytes.size());
    lane.receive(buffer, *rtp::RtpView::parse(buffer.packet()), now);
    ASSERT_EQ(sink.packets.size(), 1u);
    ASSERT_EQ(sink.packets[0].size(), 14u);
    EXPECT_EQ(sink.packets[0][0], 0x80);
    EXPECT_EQ(sink.packets[0][12], 7);
}

TEST_F(LaneTest, the_level_of_the_plan_is_that_of_what_is_sent) {
    transcode::LanePlan louder = plan(false);
    louder.level.gain_db = 6;
    start(louder);
    const auto encoder = transcode::make_encoder(louder.from, 8000, {}).value();
    for (std::size_t n = 0; n < 100; ++n) {
        std::vector<std::uint8_t> payload(160);
        encoder->encode(test::generate(1004, -20, 8000, 160, 160 * n), payload);
        receive(header(static_cast<int>(n)), payload);
        pass(milliseconds(20));
    }
    const auto decoder = transcode::make_decoder(louder.to, 8000).value();
    std::vector<std::int16_t> heard;
    std::array<std::int16_t, 960> frame;
    for (const auto& packet : sink.packets) {
        const std::size_t size = decoder->decode(std::span(packet).subspan(12), frame);
        heard.insert(heard.end(), frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
    }
    ASSERT_GT(heard.size(), 12000u);
    EXPECT_NEAR(test::level_at(1004, std::span(heard).last(4000), 8000), -14, 0.3);
}

TEST_F(LaneTest, an_unknown_payload_type_is_counted_and_not_sent) {
    for (const bool pass_through : {true, false}) {
        start(plan(pass_through));
        receive(header(0, {97}));
        pass(milliseconds(200));
    }
    EXPECT_EQ(count("media_unknown_payload_type"), 2u);
}

TEST_F(LaneTest, comfort_noise_is_counted_and_leaves_no_hole_in_a_passed_stream) {
    start(plan(true));
    receive(header(0));
    receive(header(1, {13}), {40});
    receive(header(2));
    EXPECT_EQ(count("media_comfort_noise_ignored"), 1u);
    ASSERT_EQ(sink.headers.size(), 2u);
    EXPECT_EQ(rtp::distance(sink.headers[1].sequence, sink.headers[0].sequence), 1);
    EXPECT_EQ(rtp::distance(sink.headers[1].timestamp, sink.headers[0].timestamp), 320);
}

TEST_F(LaneTest, a_lost_packet_leaves_its_hole_in_a_passed_stream) {
    start(plan(true));
    receive(header(0));
    now += milliseconds(40);
    receive(header(2));
    ASSERT_EQ(sink.headers.size(), 2u);
    EXPECT_EQ(rtp::distance(sink.headers[1].sequence, sink.headers[0].sequence), 2);
}

TEST_F(LaneTest, an_inactive_lane_sends_nothing) {
    ASSERT_TRUE(lane.set_plan(plan(true), now));
    receive(header(0));
    EXPECT_FALSE(lane.send_digit('1', 100, now));
    pass(milliseconds(200));
    EXPECT_TRUE(sink.packets.empty());
    EXPECT_EQ(lane.deadline(), std::nullopt);
}

TEST_F(LaneTest, a_lane_without_plan_takes_anything_and_sends_nothing) {
    lane.set_active(true, now);
    receive(header(0));
    pass(milliseconds(100));
    EXPECT_TRUE(sink.packets.empty());
}

TEST_F(LaneTest, frames_are_due_on_the_grid) {
    now = kStart + milliseconds(47);
    start(plan(false));
    EXPECT_EQ(lane.deadline(), kStart + milliseconds(60));
    pass(milliseconds(100));
    EXPECT_EQ(lane.deadline(), kStart + milliseconds(160));
}

TEST_F(LaneTest, a_grid_in_the_future_works_as_well) {
    Lane other({.ssrc = {1}, .grid = kStart + milliseconds(7), .fill_silence = true}, counters, sink);
    ASSERT_TRUE(other.set_plan(plan(false), now));
    other.set_active(true, now);
    EXPECT_EQ(other.deadline(), kStart + milliseconds(7));
}

TEST_F(LaneTest, a_stalled_thread_does_not_send_a_burst) {
    start(plan(false));
    pass(milliseconds(100));
    const std::size_t before = sink.headers.size();
    now += milliseconds(3000);
    lane.tick(now);
    EXPECT_LE(sink.headers.size() - before, 2u);
    EXPECT_GT(count("media_frames_skipped"), 140u);
    pass(milliseconds(100));
    // Time went on all the same.
    EXPECT_NEAR(rtp::distance(sink.headers.back().timestamp, sink.headers.front().timestamp), 3160 * 8, 320);
}

TEST_F(LaneTest, a_packet_that_is_read_first_after_a_stall_brings_no_burst_either) {
    start(plan(false));
    int n = 0;
    for (; n < 10; ++n, pass(milliseconds(20))) receive(header(n));
    const std::size_t before = sink.headers.size();
    now += milliseconds(3000);
    receive(header(n + 150));
    lane.tick(now);
    EXPECT_LE(sink.headers.size() - before, 3u);
    EXPECT_GT(count("media_frames_skipped"), 140u);
}

TEST_F(LaneTest, what_was_due_in_a_short_stall_is_sent_late) {
    start(plan(false));
    now += milliseconds(190);
    lane.tick(now);
    EXPECT_EQ(sink.headers.size(), 9u);
    EXPECT_EQ(count("media_frames_skipped"), 0u);
}

TEST_F(LaneTest, a_late_tick_makes_up_for_what_was_due) {
    start(plan(false));
    now += milliseconds(65);
    lane.tick(now);
    EXPECT_EQ(sink.headers.size(), 3u);
}

TEST_F(LaneTest, the_same_plan_again_changes_nothing) {
    start(plan(false));
    const Playout* const playout = lane.playout();
    auto again = plan(false);
    ASSERT_TRUE(lane.set_plan(again, now));
    EXPECT_EQ(lane.playout(), playout);
    again.to.payload_type = {96};
    ASSERT_TRUE(lane.set_plan(again, now));
    EXPECT_EQ(lane.playout(), playout) << "a new number is no new codec";
    pass(milliseconds(40));
    EXPECT_EQ(sink.headers.back().payload_type, PayloadType{96});
}

TEST_F(LaneTest, a_plan_that_cannot_be_had_leaves_the_lane_as_it_was) {
    start(plan(false));
    auto impossible = plan(false);
    impossible.sample_rate = 11025;
    EXPECT_FALSE(lane.set_plan(impossible, now));
    pass(milliseconds(40));
    EXPECT_FALSE(sink.headers.empty());
}

TEST_F(LaneTest, tones_in_the_sound_are_told_as_digits) {
    const transcode::LanePlan heard = transcode::with_digits(plan(true), {.hear_tones = true});
    EXPECT_FALSE(heard.pass_through);
    start(heard);
    const auto encoder = transcode::make_encoder(heard.from, 8000, {}).value();
    DtmfTone tone;
    for (const char digit : {'1', '2', '#'}) ASSERT_TRUE(tone.start(digit, 80, 8000));
    std::vector<std::int16_t> pcm(160);
    for (int n = 0; n < 60; ++n) {
        tone.render(pcm);
        std::vector<std::uint8_t> payload(160);
        encoder->encode(pcm, payload);
        receive(header(n), payload);
        pass(milliseconds(20));
    }
    EXPECT_EQ(sink.digits, "12#");
    EXPECT_GT(sink.headers.size(), 50u) << "the sound goes on";
}

TEST_F(LaneTest, digits_that_somebody_else_tells_are_not_sent) {
    start(transcode::with_digits(plan(false), {.elsewhere = true}));
    EXPECT_TRUE(lane.send_digit('5', 100, now));
    pass(milliseconds(400));
    for (const rtp::RtpHeader& sent : sink.headers) EXPECT_EQ(sent.payload_type, PayloadType{8});
    EXPECT_EQ(count("media_digit_not_sent"), 0u);
}

TEST_F(LaneTest, an_event_format_of_another_clock_does_not_bend_the_time_line) {
    auto opus = plan(false);
    opus.to = {sdp::Codec::opus, {111}, ""};
    start(opus);
    pass(milliseconds(100));
    ASSERT_TRUE(lane.send_digit('1', 100, now));
    pass(milliseconds(500));
    for (std::size_t i = 1; i < sink.headers.size(); ++i)
        EXPECT_GE(rtp::distance(sink.headers[i].timestamp, sink.headers[i - 1].timestamp), 0);
    EXPECT_NEAR(rtp::distance(sink.headers.back().timestamp, sink.headers.front().timestamp), 580 * 48, 960);
}

TEST_F(LaneTest, the_first_audio_after_a_pause_bears_the_marker) {
    start(plan(false));
    pass(milliseconds(100));
    lane.set_active(false, now);
    pass(milliseconds(100));
    lane.set_active(true, now);
    pass(milliseconds(100));
    std::vector<std::size_t> marked;
    for (std::size_t i = 0; i < sink.headers.size(); ++i)
        if (sink.headers[i].marker) marked.push_back(i);
    ASSERT_EQ(marked.size(), 2u);
    EXPECT_EQ(marked[0], 0u);
    EXPECT_GT(rtp::distance(sink.headers[marked[1]].timestamp, sink.headers[marked[1] - 1].timestamp), 640);
}

TEST_F(LaneTest, the_marker_is_on_the_first_speech_after_silence_not_on_its_description) {
    Lane quiet({.ssrc = {0xA}, .grid = kStart, .fill_silence = true, .silence_suppression = true}, counters,
               sink);
    auto how = plan(false);
    how.comfort_noise_to = PayloadType{13};
    ASSERT_TRUE(quiet.set_plan(how, now));
    quiet.set_active(true, now);
    // Digital silence is described each 400 ms; at some time a word follows at once, at another later.
    std::vector<std::uint8_t> loud(160);
    for (std::size_t i = 0; i < loud.size(); ++i) loud[i] = i % 8 < 4 ? 0x90 : 0x10;
    const std::vector<std::uint8_t> silent(160, 0xFF);
    int last_spoken = -1;
    for (int n = 0; n < 1000; ++n, now += milliseconds(20)) {
        const bool speaks = n % 63 < 5;
        if (speaks) last_spoken = n;
        ASSERT_TRUE(rtp::write_packet(buffer, header(n), speaks ? loud : silent));
        quiet.receive(buffer, *rtp::RtpView::parse(buffer.packet()), now);
        if (const auto due = quiet.deadline(); due && *due <= now) quiet.tick(now);
    }
    ASSERT_GT(last_spoken, 900);
    int spurts = 0;
    bool pausing = true;
    for (const rtp::RtpHeader& sent : sink.headers) {
        const bool noise = sent.payload_type == PayloadType{13};
        EXPECT_EQ(sent.marker, !noise && pausing);
        spurts += !noise && pausing;
        pausing = noise;
    }
    EXPECT_GT(spurts, 10);
}

TEST_F(LaneTest, what_waited_when_a_call_was_held_is_not_heard_when_it_goes_on) {
    start(plan(false));
    std::vector<std::uint8_t> loud(160);
    for (std::size_t i = 0; i < loud.size(); ++i) loud[i] = i % 8 < 4 ? 0x90 : 0x10;
    int n = 0;
    for (; n < 50; ++n, pass(milliseconds(20))) receive(header(n), loud);
    for (int burst = 0; burst < 5; ++burst) receive(header(n++), loud);
    lane.set_active(false, now);
    pass(milliseconds(2000));
    sink.packets.clear();
    lane.set_active(true, now);
    pass(milliseconds(200));
    ASSERT_FALSE(sink.packets.empty());
    for (const auto& packet : sink.packets) EXPECT_EQ(packet.back(), sink.packets.back().back());
}

TEST_F(LaneTest, a_digit_that_runs_into_a_hold_does_not_go_on_after_it) {
    start(plan(true));
    ASSERT_TRUE(lane.send_digit('5', 2000, now));
    pass(milliseconds(200));
    lane.set_active(false, now);
    pass(milliseconds(500));
    sink.headers.clear();
    lane.set_active(true, now);
    pass(milliseconds(500));
    for (const rtp::RtpHeader& sent : sink.headers) EXPECT_NE(sent.payload_type, PayloadType{101});
    EXPECT_TRUE(lane.send_digit('6', 100, now)) << "the next one is pressed anew";
    pass(milliseconds(100));
    EXPECT_FALSE(sink.headers.empty());
}

TEST_F(LaneTest, packets_of_changing_lengths_do_not_hurry_the_frames) {
    start(plan(false));
    int ticks = 0;
    int numbers = 0;
    for (; now < kStart + milliseconds(9000);) {
        for (const int length : {20, 160}) {
            auto here = header(numbers++);
            here.timestamp = rtp::advanced(RtpTime{1000}, ticks);
            receive(here, std::vector<std::uint8_t>(static_cast<std::size_t>(length)));
            ticks += length;
        }
        for (; (now - kStart) * 8 < milliseconds(ticks); now += std::chrono::microseconds(500))
            if (const auto due = lane.deadline(); due && *due <= now) lane.tick(now);
    }
    EXPECT_NEAR(static_cast<double>(sink.headers.size()), 450, 10);
    EXPECT_NEAR(rtp::distance(sink.headers.back().timestamp, sink.headers.front().timestamp), 9000 * 8, 800);
}

TEST_F(LaneTest, a_sender_that_goes_to_and_fro_does_not_get_a_codec_for_each_turn) {
    auto other = plan(false);
    other.from = {sdp::Codec::g722, {9}, ""};
    start(plan(false));
    lane.set_alternatives({plan(false), other});
    const Playout* playout = lane.playout();
    int turns = 0;
    for (int n = 0; n < 3000; ++n) {
        receive(header(n, {static_cast<std::uint8_t>(n % 6 < 3 ? 9 : 0)}));
        if (n % 3 == 2) now += milliseconds(1);
        turns += std::exchange(playout, lane.playout()) != lane.playout();
    }
    EXPECT_GE(turns, 1);
    EXPECT_LE(turns, 10);
}

TEST_F(LaneTest, a_sender_may_go_over_to_another_agreed_format) {
    auto other = plan(false);
    other.from = {sdp::Codec::g722, {9}, ""};
    for (const bool pass_through : {true, false}) {
        start(plan(pass_through));
        lane.set_alternatives({plan(pass_through), other});
        sink.headers.clear();
        for (int n = 0; n < 50; ++n, pass(milliseconds(20))) receive(header(n));
        for (int n = 50; n < 100; ++n, pass(milliseconds(20))) receive(header(n, {9}));
        EXPECT_EQ(lane.plan()->from.codec, sdp::Codec::g722);
        for (int n = 100; n < 150; ++n, pass(milliseconds(20))) receive(header(n));
        EXPECT_EQ(lane.plan()->from.codec, sdp::Codec::pcmu);
        for (std::size_t i = 1; i < sink.headers.size(); ++i)
            EXPECT_EQ(rtp::distance(sink.headers[i].sequence, sink.headers[i - 1].sequence), 1);
        EXPECT_GT(sink.headers.size(), 140u);
        now += milliseconds(500);
    }
}

TEST_F(LaneTest, a_stray_packet_of_another_agreed_format_changes_nothing) {
    auto other = plan(false);
    other.from = {sdp::Codec::g722, {9}, ""};
    start(plan(false));
    lane.set_alternatives({plan(false), other});
    for (int n = 0; n < 20; ++n) receive(header(n, {static_cast<std::uint8_t>(n % 2 == 0 ? 9 : 0)}));
    EXPECT_EQ(lane.plan()->from.codec, sdp::Codec::pcmu);
}

TEST_F(LaneTest, no_payload_of_a_peer_harms_a_lane) {
    std::uint32_t random = 1;
    for (const auto codec : {sdp::Codec::opus, sdp::Codec::g722, sdp::Codec::pcma}) {
        auto how = plan(false);
        how.from = {codec, {0}, ""};
        how.to = {sdp::Codec::pcmu, {0}, ""};
        how.events_from = sdp::EventFormat{{101}, 8000};
        start(how);
        for (int n = 0; n < 3000; ++n) {
            random = random * 1664525 + 1013904223;
            std::vector<std::uint8_t> payload((random >> 8) % 1400);
            for (auto& byte : payload)
                byte = static_cast<std::uint8_t>((random = random * 1664525 + 1) >> 24);
            auto here = header(n, {static_cast<std::uint8_t>(n % 5 == 0 ? 101 : 0)});
            if (n % 97 == 0) here.timestamp = {random};
            if (n % 89 == 0) here.sequence = {static_cast<std::uint16_t>(random)};
            receive(here, payload);
            pass(milliseconds(5));
        }
    }
    EXPECT_GT(sink.headers.size(), 1000u);
}

TEST_F(LaneTest, what_the_path_bears_is_known_to_the_next_encoder_too) {
    const auto bytes_at = [this](int bitrate) {
        RecordingSink heard;
        Lane fresh({.ssrc = {0xA}, .grid = now, .fill_silence = true, .opus = {.bitrate = 32000}}, counters,
                   heard);
        fresh.set_bitrate(bitrate);
        auto how = plan(false);
        how.to = {sdp::Codec::opus, {111}, ""};
        EXPECT_TRUE(fresh.set_plan(how, now));
        fresh.set_active(true, now);
        for (int n = 0; n < 100; ++n, now += milliseconds(20)) {
            std::vector<std::uint8_t> noise(160);
            for (std::size_t i = 0; i < noise.size(); ++i)
                noise[i] =
                    static_cast<std::uint8_t>((i * 2654435761u + static_cast<unsigned>(n) * 40503u) >> 7);
            rtp::write_packet(buffer, header(n), noise);
            fresh.receive(buffer, *rtp::RtpView::parse(buffer.packet()), now);
            if (const auto due = fresh.deadline(); due && *due <= now) fresh.tick(now);
        }
        std::size_t bytes = 0;
        for (const auto& packet : heard.packets) bytes += packet.size() - rtp::kRtpHeaderSize;
        return bytes;
    };
    EXPECT_LT(2 * bytes_at(8000), bytes_at(32000));
}

}  // namespace
}  // namespace causeway::media
