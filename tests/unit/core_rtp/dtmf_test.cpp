// RFC 4733 §2.
#include "core/rtp/dtmf.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "core/rtp/sequence.hpp"
#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;
using Kind = DtmfEvent::Kind;

std::array<std::uint8_t, 4> event(int code, int duration, bool end = false) {
    return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(end ? 0x8A : 0x0A),
            static_cast<std::uint8_t>(duration >> 8), static_cast<std::uint8_t>(duration)};
}

std::string told(const DtmfEvents& events) {
    std::string text;
    for (const auto& e : events) {
        text += e.kind == Kind::started ? '+' : '-';
        text += e.digit;
        if (e.kind == Kind::ended) text += std::to_string(e.duration_ms);
    }
    return text;
}

class Receiver {
  public:
    explicit Receiver(int clock_rate = 8000) : receiver_(clock_rate) {}
    void push(int code, int duration, bool end, bool marker, std::uint32_t timestamp, std::int64_t ms) {
        const auto payload = event(code, duration, end);
        heard += told(receiver_.push(payload, marker, {timestamp}, at_ms(ms)));
    }
    void poll(std::int64_t ms) { heard += told(receiver_.poll(at_ms(ms))); }
    DtmfReceiver& receiver() { return receiver_; }
    std::string heard;

  private:
    DtmfReceiver receiver_;
};

TEST(DtmfReceiver, three_end_packets_are_one_press) {
    Receiver r;
    r.push(5, 160, false, true, 1000, 0);
    r.push(5, 320, false, false, 1000, 20);
    for (int n = 0; n < 3; ++n) r.push(5, 800, true, false, 1000, 100 + n * 20);
    EXPECT_EQ(r.heard, "+5-5100");
    EXPECT_FALSE(r.receiver().deadline());
}

TEST(DtmfReceiver, a_lost_marker_does_not_lose_the_press) {
    Receiver r;
    r.push(11, 320, false, false, 1000, 20);
    r.push(11, 800, true, false, 1000, 100);
    EXPECT_EQ(r.heard, "+#-#100");
}

TEST(DtmfReceiver, a_single_surviving_end_packet_is_a_whole_press) {
    Receiver r;
    r.push(12, 800, true, false, 1000, 100);
    EXPECT_EQ(r.heard, "+A-A100");
}

TEST(DtmfReceiver, lost_end_packets_end_by_the_next_press) {
    Receiver r;
    r.push(1, 160, false, true, 1000, 0);
    r.push(1, 640, false, false, 1000, 60);
    r.push(1, 160, false, true, 3000, 200);
    r.push(1, 480, true, false, 3000, 260);
    EXPECT_EQ(r.heard, "+1-180+1-160");
}

TEST(DtmfReceiver, lost_end_packets_end_by_time) {
    Receiver r;
    r.push(9, 160, false, true, 1000, 0);
    r.push(9, 400, false, false, 1000, 30);
    ASSERT_EQ(r.receiver().deadline(), at_ms(280));
    r.poll(279);
    EXPECT_EQ(r.heard, "+9");
    r.poll(280);
    r.poll(600);
    EXPECT_EQ(r.heard, "+9-950");
}

TEST(DtmfReceiver, a_late_packet_of_an_older_press_is_no_new_press) {
    Receiver r;
    r.push(1, 800, true, true, 1000, 100);
    r.push(2, 160, false, true, 3000, 250);
    r.push(1, 480, false, false, 1000, 255);
    r.push(2, 800, true, false, 3000, 350);
    EXPECT_EQ(r.heard, "+1-1100+2-2100");
}

TEST(DtmfReceiver, a_reordered_update_does_not_shorten_the_press) {
    Receiver r;
    r.push(3, 160, false, true, 1000, 0);
    r.push(3, 480, false, false, 1000, 40);
    r.push(3, 320, false, false, 1000, 41);
    r.poll(1000);
    EXPECT_EQ(r.heard, "+3-360");
}

TEST(DtmfReceiver, a_long_press_in_segments_is_one_press) {
    Receiver r(48000);
    r.push(4, 960, false, true, 1000, 0);
    r.push(4, 0xFFFF, false, false, 1000, 1365);
    r.push(4, 960, false, false, 1000 + 0xFFFF, 1385);
    r.push(4, 30465, true, false, 1000 + 0xFFFF, 2000);
    EXPECT_EQ(r.heard, "+4-42000");
}

TEST(DtmfReceiver, the_timestamp_may_wrap) {
    Receiver r;
    r.push(6, 800, true, true, 0xFFFFFFF0, 100);
    r.push(7, 800, true, true, 2000, 400);
    EXPECT_EQ(r.heard, "+6-6100+7-7100");
}

TEST(DtmfReceiver, knows_the_sixteen_keys_and_nothing_else) {
    Receiver r;
    for (int code = 0; code < 20; ++code) {
        r.push(code, 80, true, true, static_cast<std::uint32_t>(code * 2000), code * 250);
    }
    std::string keys;
    for (std::size_t n = 0; n < r.heard.size(); ++n) {
        if (r.heard[n] == '+') keys += r.heard[n + 1];
    }
    EXPECT_EQ(keys, "0123456789*#ABCD");
    DtmfReceiver receiver(8000);
    const std::array<std::uint8_t, 3> cut{1, 2, 3};
    EXPECT_TRUE(receiver.push(cut, true, {0}, at_ms(0)).empty());
}

struct Sent {
    DtmfPacket packet;
    int tick = 0;
};

std::vector<Sent> drain(DtmfSender& sender, int ticks) {
    std::vector<Sent> sent;
    for (int n = 0; n < ticks; ++n) {
        if (const auto packet = sender.tick()) sent.push_back({*packet, n});
    }
    return sent;
}

int duration_of(const Sent& s) {
    return s.packet.payload[2] << 8 | s.packet.payload[3];
}
bool is_end(const Sent& s) {
    return (s.packet.payload[1] & 0x80) != 0;
}

TEST(DtmfSender, a_press_grows_and_ends_three_times_alike) {
    DtmfSender sender(8000);
    ASSERT_TRUE(sender.start('7', 100));
    EXPECT_TRUE(sender.active());
    const auto sent = drain(sender, 20);
    ASSERT_EQ(sent.size(), 7u);
    for (std::size_t n = 0; n < sent.size(); ++n) {
        EXPECT_EQ(sent[n].packet.payload[0], 7);
        EXPECT_EQ(sent[n].packet.marker, n == 0);
        EXPECT_EQ(sent[n].packet.begins, n == 0);
        EXPECT_EQ(sent[n].packet.timestamp_offset, 0u);
        EXPECT_EQ(is_end(sent[n]), n >= 4);
        EXPECT_EQ(duration_of(sent[n]), std::min(static_cast<int>(n) + 1, 5) * 160);
    }
    EXPECT_FALSE(sender.active());
}

TEST(DtmfSender, digits_queue_with_a_pause_between) {
    DtmfSender sender(8000);
    sender.start('1', 60);
    sender.start('2', 60);
    const auto sent = drain(sender, 30);
    ASSERT_EQ(sent.size(), 10u);
    EXPECT_EQ(sent[4].packet.payload[0], 1);
    EXPECT_EQ(sent[5].packet.payload[0], 2);
    EXPECT_TRUE(sent[5].packet.begins);
    EXPECT_EQ((sent[5].tick - sent[2].tick) * DtmfSender::kTickMs, DtmfSender::kPauseMs + DtmfSender::kTickMs)
        << "the tick that the first end told of, then the pause";
}

TEST(DtmfSender, refuses_strange_keys_and_a_full_queue) {
    DtmfSender sender(8000);
    EXPECT_FALSE(sender.start('x', 100));
    EXPECT_FALSE(sender.start('\0', 100));
    EXPECT_FALSE(sender.active());
    for (std::size_t n = 0; n < DtmfSender::kQueue; ++n) EXPECT_TRUE(sender.start('1', 100));
    EXPECT_FALSE(sender.start('1', 100));
}

TEST(DtmfSender, what_it_sends_the_receiver_hears_at_any_clock) {
    for (const int clock : {8000, 16000, 48000}) {
        DtmfSender sender(clock);
        std::string expected;
        for (const char digit : std::string("0123456789*#ABCD")) {
            sender.start(digit, 200);
            expected += std::string("+") + digit + "-" + digit + "200";
        }
        Receiver r(clock);
        RtpTime now{12345};
        RtpTime start{};
        for (int ms = 0; sender.active(); ms += 20) {
            if (const auto packet = sender.tick()) {
                if (packet->begins) start = now;
                r.heard += told(r.receiver().push(packet->payload, packet->marker,
                                                  advanced(start, packet->timestamp_offset), at_ms(ms)));
            }
            now = advanced(now, clock / 50);
        }
        EXPECT_EQ(r.heard, expected) << clock;
    }
}

TEST(DtmfSender, a_very_long_press_goes_in_segments_and_is_one_press) {
    DtmfSender sender(48000);
    sender.start('8', 5000);
    Receiver r(48000);
    int segments = 0;
    std::uint32_t last_offset = 0;
    for (int ms = 0; sender.active(); ms += 20) {
        const auto packet = sender.tick();
        if (!packet) continue;
        if (packet->timestamp_offset != last_offset) {
            ++segments;
            EXPECT_EQ(packet->timestamp_offset, last_offset + 0xFFFF);
            EXPECT_FALSE(packet->marker);
            last_offset = packet->timestamp_offset;
        }
        r.heard +=
            told(r.receiver().push(packet->payload, packet->marker, {packet->timestamp_offset}, at_ms(ms)));
    }
    EXPECT_EQ(segments, 3);
    EXPECT_EQ(r.heard, "+8-85000");
}

}  // namespace
}  // namespace causeway::rtp
