#include "core/rtp/transport_feedback.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace causeway::rtp {
namespace {

using Bytes = std::vector<std::uint8_t>;
using std::chrono::microseconds;
using std::chrono::milliseconds;

const Instant kStart = Instant{} + std::chrono::hours(1);

Bytes written(TransportArrivals& arrivals) {
    Bytes out(TransportArrivals::kEnough);
    out.resize(arrivals.write(out, {0x11223344}, {0x55667788}));
    return out;
}

/// The feedback control information of a written packet, without padding.
std::span<const std::uint8_t> body_of(const Bytes& packet) {
    const std::size_t padding = packet[0] & 0x20 ? packet.back() : 0;
    return std::span(packet).subspan(12, packet.size() - 12 - padding);
}

TEST(TransportArrivals, small_deltas_and_a_loss_are_told_in_one_vector) {
    TransportArrivals arrivals;
    arrivals.on_packet(5, kStart);
    arrivals.on_packet(7, kStart + milliseconds(21));
    // 21 ms are 84 ticks of 250 us. Symbols 1 0 1 of one bit each: 10 101 000...
    EXPECT_EQ(written(arrivals), (Bytes{0x8F, 205, 0, 5, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,  //
                                        0,    5,   0, 3, 0,    0,    0,    0,    0xA8, 0x00, 0x00, 84}));
    EXPECT_FALSE(arrivals.pending());
    EXPECT_TRUE(written(arrivals).empty());
}

TEST(TransportArrivals, reordered_packets_have_negative_deltas) {
    TransportArrivals arrivals;
    arrivals.on_packet(10, kStart);
    arrivals.on_packet(12, kStart + milliseconds(10));
    arrivals.on_packet(11, kStart + milliseconds(30));
    // Symbols 1 1 2 of two bits each: 11 01 01 10 ...; deltas 0, 120 and -80; two bytes of padding.
    EXPECT_EQ(written(arrivals),
              (Bytes{0xAF, 205, 0, 6, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,  //
                     0,    10,  0, 3, 0,    0,    0,    0,    0xD6, 0x00, 0,    120,  0xFF, 0xB0, 0, 2}));
}

TEST(TransportArrivals, a_long_run_is_told_as_one_and_the_reference_moves_on) {
    TransportArrivals arrivals;
    arrivals.on_packet(0xFFF0, kStart);
    written(arrivals);
    for (int i = 1; i <= 20; ++i)
        arrivals.on_packet(static_cast<std::uint16_t>(0xFFF0 + i), kStart + milliseconds(100 + i));
    const Bytes packet = written(arrivals);
    // 101 ms: reference 1 (64 ms), the first delta is 37 ms = 148 ticks. Second feedback. Run of 20 x
    // symbol 1.
    const Bytes begin{0xFF, 0xF1, 0, 20, 0, 0, 1, 1, 0x20, 20, 148, 4};
    EXPECT_EQ(Bytes(packet.begin() + 12, packet.begin() + 24), begin);
}

TEST(TransportArrivals, losses_at_the_beginning_are_told_too) {
    TransportArrivals arrivals;
    arrivals.on_packet(1, kStart);
    written(arrivals);
    arrivals.on_packet(4, kStart + milliseconds(10));
    TransportFeedback feedback;
    ASSERT_TRUE(read_transport_feedback(body_of(written(arrivals)), feedback));
    EXPECT_EQ(feedback.base, SequenceNumber{2});
    ASSERT_EQ(feedback.size, 3U);
    EXPECT_FALSE(feedback.packets[0].received || feedback.packets[1].received);
    EXPECT_TRUE(feedback.packets[2].received);
}

TEST(TransportArrivals, what_came_late_is_told_again) {
    TransportArrivals arrivals;
    arrivals.on_packet(1, kStart);
    arrivals.on_packet(3, kStart + milliseconds(10));
    written(arrivals);
    arrivals.on_packet(2, kStart + milliseconds(50));
    TransportFeedback feedback;
    ASSERT_TRUE(read_transport_feedback(body_of(written(arrivals)), feedback));
    EXPECT_EQ(feedback.base, SequenceNumber{2});
    EXPECT_TRUE(feedback.packets[0].received);
    arrivals.on_packet(2, kStart + milliseconds(60));
    EXPECT_FALSE(arrivals.pending()) << "a duplicate is no news";
}

TEST(TransportArrivals, a_pause_too_long_for_a_delta_begins_another_packet) {
    TransportArrivals arrivals;
    arrivals.on_packet(1, kStart);
    arrivals.on_packet(2, kStart + std::chrono::seconds(20));
    TransportFeedback feedback;
    ASSERT_TRUE(read_transport_feedback(body_of(written(arrivals)), feedback));
    EXPECT_EQ(feedback.size, 1U);
    ASSERT_TRUE(arrivals.pending());
    ASSERT_TRUE(read_transport_feedback(body_of(written(arrivals)), feedback));
    EXPECT_EQ(feedback.base, SequenceNumber{2});
    EXPECT_EQ(feedback.packets[0].arrival, 20U * 4000);
}

TEST(TransportArrivals, what_is_written_is_read_back_whatever_came) {
    std::mt19937 random(7);
    TransportArrivals arrivals;
    std::vector<std::pair<bool, std::uint32_t>> sent;  // received, ticks; by number since 0xFF00
    Instant now = kStart;
    std::optional<Instant> first;
    std::size_t told = 0;
    for (int round = 0; round < 60; ++round) {
        for (int i = 0; i < 17; ++i) {
            now += microseconds(250 * (random() % 400));
            if (!first) first = now;
            const bool received = sent.empty() || random() % 4 != 0;
            const auto ticks = static_cast<std::uint32_t>((now - first.value_or(now)) / microseconds(250));
            if (received) arrivals.on_packet(static_cast<std::uint16_t>(0xFF00 + sent.size()), now);
            sent.emplace_back(received, ticks);
        }
        const Bytes packet = written(arrivals);
        if (packet.empty()) continue;
        ASSERT_EQ(packet.size() % 4, 0U);
        TransportFeedback feedback;
        ASSERT_TRUE(read_transport_feedback(body_of(packet), feedback));
        ASSERT_EQ(feedback.base.value, static_cast<std::uint16_t>(0xFF00 + told));
        for (const auto& one : feedback.all()) {
            ASSERT_EQ(one.received, sent[told].first) << told;
            ASSERT_EQ(one.arrival, one.received ? sent[told].second : 0) << told;
            ++told;
        }
    }
    EXPECT_GT(told, 1000U);
}

TEST(TransportFeedback, vectors_and_runs_are_read) {
    // Base 5, 7 packets, reference 2 (512 ticks), count 9. Run of 2 lost; vector of two-bit symbols 1 2 0
    // 1 1.
    const Bytes body{0, 5, 0, 7, 0, 0, 2, 9, 0x00, 0x02, 0xD8, 0x50, 4, 0xFF, 0xFE, 0x50, 1};
    TransportFeedback feedback;
    ASSERT_TRUE(read_transport_feedback(body, feedback));
    EXPECT_EQ(feedback.base, SequenceNumber{5});
    EXPECT_EQ(feedback.count, 9);
    ASSERT_EQ(feedback.size, 7U);
    const std::vector<std::pair<bool, std::uint32_t>> expected{
        {false, 0}, {false, 0}, {true, 516}, {true, 514}, {false, 0}, {true, 594}, {true, 595}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(feedback.packets[i].received, expected[i].first) << i;
        EXPECT_EQ(feedback.packets[i].arrival, expected[i].second) << i;
    }
}

TEST(TransportFeedback, more_than_is_wanted_is_read_over) {
    // 600 received in one run, with their deltas.
    Bytes body{0, 0, 0x02, 0x58, 0, 0, 0, 0, 0x22, 0x58};
    body.resize(body.size() + 600, 1);
    TransportFeedback feedback;
    ASSERT_TRUE(read_transport_feedback(body, feedback));
    EXPECT_EQ(feedback.size, TransportFeedback::kMost);
    EXPECT_EQ(feedback.packets.back().arrival, 256U);
}

TEST(TransportFeedback, what_is_cut_off_or_forbidden_is_refused) {
    TransportFeedback feedback;
    const auto read = [&](Bytes body) { return read_transport_feedback(body, feedback); };
    EXPECT_FALSE(read({}));
    EXPECT_FALSE(read({0, 5, 0, 1, 0, 0, 2}));
    EXPECT_FALSE(read({0, 5, 0, 0, 0, 0, 2, 9}));                    // tells of nothing
    EXPECT_FALSE(read({0, 5, 0, 1, 0, 0, 2, 9}));                    // no chunk
    EXPECT_FALSE(read({0, 5, 0, 1, 0, 0, 2, 9, 0x20, 0x01}));        // no delta
    EXPECT_FALSE(read({0, 5, 0, 1, 0, 0, 2, 9, 0x40, 0x01, 0}));     // half a delta
    EXPECT_FALSE(read({0, 5, 0, 1, 0, 0, 2, 9, 0x60, 0x01, 0, 0}));  // reserved symbol
    EXPECT_FALSE(read({0, 5, 0, 1, 0, 0, 2, 9, 0x20, 0x00, 0, 0}));  // run of none
}

}  // namespace
}  // namespace causeway::rtp
