#include "tests/load/meter.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/rtp/packet.hpp"

namespace causeway::load {
namespace {

using Verdict = SequenceWatch::Verdict;
constexpr std::int64_t kMs = 1'000'000;

TEST(SequenceWatch, tells_fresh_from_late_and_twice) {
    SequenceWatch watch;
    EXPECT_EQ(watch.see(100), Verdict::fresh);
    EXPECT_EQ(watch.see(102), Verdict::fresh);
    EXPECT_EQ(watch.see(101), Verdict::late);
    EXPECT_EQ(watch.see(101), Verdict::duplicate);
    EXPECT_EQ(watch.see(102), Verdict::duplicate);
    EXPECT_EQ(watch.expected(), 3U);
}

TEST(SequenceWatch, a_gap_is_expected_too) {
    SequenceWatch watch;
    watch.see(1);
    watch.see(200);
    EXPECT_EQ(watch.expected(), 200U);
    watch.restart();
    EXPECT_EQ(watch.expected(), 0U);
}

TEST(Stamp, is_read_as_it_was_written) {
    std::array<std::uint8_t, 160> payload{};
    Stamp{7, 99, 123'456'789'012}.write(payload);
    const auto stamp = Stamp::read(payload);
    ASSERT_TRUE(stamp);
    EXPECT_EQ(stamp->call, 7U);
    EXPECT_EQ(stamp->number, 99U);
    EXPECT_EQ(stamp->sent, 123'456'789'012);
    EXPECT_FALSE(Stamp::read(std::span(payload).first(19)));
    payload[159 - 19] ^= 1;
    EXPECT_FALSE(Stamp::read(payload));
}

/// Carries packets from a source to a meter, on a clock that the test winds.
class Wire : public ::testing::Test {
  protected:
    void SetUp() override {
        loop_.codec = sdp::Codec::pcmu;
        loop_.frames.assign(10, std::vector<std::uint8_t>(160, 0xff));
        window_.begin = 0;
    }

    StreamMeter& meter(bool stamped) {
        source_.emplace(loop_, window_, 5, stamped);
        return meter_.emplace(window_, tally_, *source_, sdp::Codec::pcmu, 5, stamped, false);
    }

    /// A packet of the source; its stamp says when it was really made.
    std::vector<std::uint8_t> send(std::uint32_t step = 160) {
        std::vector<std::uint8_t> packet(rtp::kRtpHeaderSize + 160);
        rtp::write_header(packet, header_);
        source_->next(std::span(packet).subspan(rtp::kRtpHeaderSize));
        ++header_.sequence.value;
        header_.timestamp.value += step;
        return packet;
    }

    void hear(std::vector<std::uint8_t> packet, std::int64_t arrived) {
        meter_->packet(*rtp::RtpView::parse(packet), arrived);
    }

    std::int64_t stamp_of(const std::vector<std::uint8_t>& packet) {
        return Stamp::read(std::span(packet).subspan(rtp::kRtpHeaderSize))->sent;
    }

    std::array<std::uint8_t, 160> unsent_{};
    SoundLoop loop_;
    Window window_;
    Tally tally_;
    rtp::RtpHeader header_{PayloadType{0}, false, SequenceNumber{65530}, RtpTime{1}, Ssrc{1}};
    std::optional<LoopSource> source_;
    std::optional<StreamMeter> meter_;
};

TEST_F(Wire, a_stamped_stream_tells_loss_order_and_delay) {
    meter(true);
    std::vector<std::vector<std::uint8_t>> packets;
    for (int i = 0; i < 20; ++i) packets.push_back(send());
    std::swap(packets[4], packets[5]);
    packets.erase(packets.begin() + 10);
    packets.push_back(packets.back());
    for (const auto& packet : packets) hear(packet, stamp_of(packet) + 3 * kMs);
    meter_->end_window();
    EXPECT_EQ(tally_.sent, 20U);
    EXPECT_EQ(tally_.received, 19U);
    EXPECT_EQ(tally_.lost, 1U);
    EXPECT_EQ(tally_.reordered, 1U);
    EXPECT_EQ(tally_.duplicates, 1U);
    EXPECT_NEAR(static_cast<double>(tally_.delay.quantile(0.5)), 3e6, 6e4);
}

TEST_F(Wire, a_lost_tail_counts_when_packets_are_stamped) {
    meter(true);
    std::vector<std::vector<std::uint8_t>> packets;
    for (int i = 0; i < 20; ++i) packets.push_back(send());
    for (int i = 0; i < 10; ++i) hear(packets[static_cast<std::size_t>(i)], 0);
    meter_->end_window();
    EXPECT_EQ(tally_.lost, 10U);
}

TEST_F(Wire, a_converted_stream_is_judged_by_its_sequence_numbers_across_the_wrap) {
    meter(false);
    for (int i = 0; i < 20; ++i) {
        auto packet = send();
        if (i != 7) hear(std::move(packet), i * 20 * kMs + 1);
    }
    meter_->end_window();
    EXPECT_EQ(tally_.received, 19U);
    EXPECT_EQ(tally_.lost, 1U);
    EXPECT_NEAR(static_cast<double>(tally_.longest_gap.max()), 40e6, 1e6);
    EXPECT_EQ(tally_.jitter.max(), 0);
}

TEST_F(Wire, a_converted_stream_that_leaves_frames_out_without_a_hole_in_its_numbers_is_told) {
    meter(false);
    for (int i = 0; i < 50; ++i) {
        if (i % 5 == 0) {
            source_->next(unsent_);  // said, and never sent on
        } else {
            hear(send(), i * 20 * kMs + 1);
        }
    }
    meter_->end_window();
    EXPECT_EQ(tally_.sent, 50U);
    EXPECT_EQ(tally_.received, 40U);
    EXPECT_EQ(tally_.lost, 0U);
    EXPECT_NEAR(static_cast<double>(tally_.missing), 10, 1);
}

TEST_F(Wire, what_is_under_way_as_the_window_ends_is_not_missing) {
    meter(false);
    for (int i = 0; i < 50; ++i) hear(send(), i * 20 * kMs + 1);
    for (int i = 0; i < 4; ++i) send();
    meter_->end_window();
    EXPECT_EQ(tally_.missing, 0U);
}

TEST_F(Wire, longer_packets_hold_as_much_sound) {
    meter(false);
    for (int i = 0; i < 50; ++i) {
        source_->next(unsent_);
        hear(send(320), i * 40 * kMs + 1);
    }
    meter_->end_window();
    EXPECT_EQ(tally_.sent, 100U);
    EXPECT_EQ(tally_.received, 50U);
    EXPECT_EQ(tally_.missing, 0U);
}

TEST_F(Wire, a_pause_that_is_marked_is_not_missing) {
    meter(false);
    for (int i = 0; i < 10; ++i) hear(send(), i * 20 * kMs + 1);
    for (int i = 0; i < 20; ++i) source_->next(unsent_);
    header_.timestamp.value += 20 * 160;
    header_.marker = true;
    for (int i = 0; i < 10; ++i) {
        hear(send(), (30 + i) * 20 * kMs);
        header_.marker = false;
    }
    meter_->end_window();
    EXPECT_EQ(tally_.sent, 40U);
    EXPECT_EQ(tally_.missing, 0U);
}

TEST_F(Wire, a_stream_that_nobody_hears_is_told) {
    meter(true);
    send();
    meter_->end_window();
    EXPECT_EQ(tally_.silent_streams, 1U);
    EXPECT_EQ(tally_.lost, 1U);
}

TEST_F(Wire, what_lies_outside_of_the_window_does_not_count) {
    meter(true);
    const auto packet = send();
    window_.end = 1;
    hear(packet, stamp_of(packet) + kMs);
    EXPECT_EQ(tally_.delay.count(), 0U);
}

TEST_F(Wire, another_calls_packet_is_not_ours) {
    meter(true);
    auto packet = send();
    packet[rtp::kRtpHeaderSize + 160 - Stamp::kSize + 7] ^= 1;
    hear(packet, stamp_of(packet));
    meter_->end_window();
    EXPECT_EQ(tally_.received, 0U);
}

}  // namespace
}  // namespace causeway::load
