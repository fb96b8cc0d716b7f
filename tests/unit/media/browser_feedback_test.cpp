#include "gateway/media/browser_feedback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "core/rtp/header_extension.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/rtcp.hpp"

namespace causeway::media {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using Bytes = std::vector<std::uint8_t>;

constexpr Instant kStart{std::chrono::hours(1)};
constexpr Ssrc kOurs{0xA};
constexpr Ssrc kTheirs{0xB};
constexpr Duration kTrip = milliseconds(10);
constexpr Duration kPatience = milliseconds(60);

struct Resent final : BrowserFeedback::Resender {
    std::vector<Bytes> packets;
    bool send_again(std::span<const std::uint8_t> packet) override {
        packets.emplace_back(packet.begin(), packet.end());
        return true;
    }
};

webrtc::AgreedFeedback everything() {
    return {.nack = true, .remb = true, .reduced_size = true, .transport_sequence_id = 3};
}

/// One end of the conversation; two of them can be joined.
struct End {
    End(Ssrc ours, const webrtc::AgreedFeedback& agreed)
        : ssrc(ours),
          feedback({.agreed = agreed, .ssrc = ours, .cname = "cname", .bitrate = 32000}, counters, resent) {
        feedback.set_steering(true);
    }

    /// A packet as it leaves.
    Bytes packet(std::uint16_t sequence, Instant now) {
        rtp::PacketBuffer buffer;
        const Bytes payload{1, 2, 3};
        rtp::write_packet(buffer, {{111}, false, {sequence}, {sequence * 960u}, ssrc}, payload);
        feedback.before_sent(buffer, now);
        feedback.after_sent(buffer.packet());
        return {buffer.packet().begin(), buffer.packet().end()};
    }
    Bytes said(Instant now, std::optional<Duration> trip = kTrip) {
        Bytes out(BrowserFeedback::kEnough);
        out.resize(feedback.write(out, trip, kPatience, now));
        return out;
    }
    std::uint64_t count(const char* name) { return all_counters.counter(name).value(); }

    Ssrc ssrc;
    Counters all_counters;
    LaneCounters counters{all_counters};
    Resent resent;
    BrowserFeedback feedback;
};

TEST(BrowserFeedback, a_lost_packet_is_asked_for_and_sent_again_byte_by_byte) {
    End sender(kOurs, everything());
    End receiver(kTheirs, everything());
    std::vector<Bytes> sent;
    for (std::uint16_t n = 0; n < 4; ++n) sent.push_back(sender.packet(n, kStart + milliseconds(20) * n));
    receiver.feedback.on_rtp(sent[0], kStart);
    receiver.feedback.on_rtp(sent[3], kStart + milliseconds(60));
    const Bytes said = receiver.said(kStart + milliseconds(60));
    ASSERT_TRUE(rtp::parse_rtcp(said));
    sender.feedback.on_rtcp(said, kStart + milliseconds(65));
    EXPECT_THAT(sender.resent.packets, ElementsAre(sent[1], sent[2]));
    EXPECT_EQ(receiver.count("media_nack_asked"), 2U);
    EXPECT_EQ(sender.count("media_nack_answered"), 2U);
    EXPECT_EQ(sender.count("media_rtcp_feedback_malformed"), 0U);
}

TEST(BrowserFeedback, nothing_is_asked_for_while_the_way_back_is_unknown_or_too_long) {
    End sender(kOurs, everything());
    for (const std::optional<Duration> trip :
         {std::optional<Duration>{}, std::optional<Duration>(milliseconds(61))}) {
        End receiver(kTheirs, everything());
        receiver.feedback.on_rtp(sender.packet(0, kStart), kStart);
        receiver.feedback.on_rtp(sender.packet(2, kStart), kStart);
        receiver.said(kStart, trip);
        EXPECT_EQ(receiver.count("media_nack_asked"), 0U);
    }
}

TEST(BrowserFeedback, without_consent_to_nack_nothing_is_kept_or_asked_for) {
    auto agreed = everything();
    agreed.nack = false;
    End sender(kOurs, agreed);
    End receiver(kTheirs, agreed);
    receiver.feedback.on_rtp(sender.packet(0, kStart), kStart);
    receiver.feedback.on_rtp(sender.packet(2, kStart), kStart);
    receiver.said(kStart);
    EXPECT_EQ(receiver.count("media_nack_asked"), 0U);
    Bytes nack(100);
    nack.resize(rtp::write_nack(nack, kTheirs, kOurs, std::vector<SequenceNumber>{{0}}));
    sender.feedback.on_rtcp(nack, kStart);
    EXPECT_THAT(sender.resent.packets, IsEmpty());
}

TEST(BrowserFeedback, packets_are_numbered_only_where_that_steers_something_and_was_agreed) {
    End steered(kOurs, everything());
    steered.packet(7, kStart);
    EXPECT_EQ(rtp::read_transport_sequence(steered.packet(8, kStart), 3), 1);
    steered.feedback.set_steering(false);
    EXPECT_EQ(steered.packet(9, kStart).size(), 15U);
    End silent(kOurs, {});
    EXPECT_EQ(silent.packet(9, kStart).size(), 15U);
}

TEST(BrowserFeedback, arrivals_are_told_five_times_a_second_and_tell_of_loss) {
    End sender(kOurs, everything());
    End receiver(kTheirs, everything());
    int told = 0;
    for (int n = 0; n < 500; ++n) {
        const Instant now = kStart + milliseconds(20) * n;
        const Bytes packet = sender.packet(static_cast<std::uint16_t>(n), now);
        if (n % 5 != 4) receiver.feedback.on_rtp(packet, now);
        const Bytes said = receiver.said(now, std::nullopt);
        if (said.empty()) continue;
        ++told;
        sender.feedback.on_rtcp(said, now);
    }
    EXPECT_NEAR(told, 50, 3);
    EXPECT_EQ(sender.count("media_rtcp_feedback_malformed"), 0U);
    const auto loss = sender.feedback.take_loss();
    ASSERT_TRUE(loss);
    EXPECT_NEAR(*loss, 0.2, 0.03);
    EXPECT_LT(sender.feedback.bitrate(), 32000);
}

TEST(BrowserFeedback, without_consent_to_reduced_size_it_stands_behind_a_report_and_a_name) {
    auto agreed = everything();
    agreed.reduced_size = false;
    End sender(kOurs, everything());
    End receiver(kTheirs, agreed);
    receiver.feedback.on_rtp(sender.packet(0, kStart), kStart);
    const Bytes said = receiver.said(kStart);
    ASSERT_TRUE(rtp::parse_rtcp(said));
    // RFC 3550 §6.1: RR first, then SDES, then everything else.
    ASSERT_GT(said.size(), 20U);
    EXPECT_EQ(said[1], 201);
    EXPECT_EQ(said[8 + 1], 202);
    sender.feedback.on_rtcp(said, kStart);
    EXPECT_EQ(sender.count("media_rtcp_feedback_malformed"), 0U);
}

TEST(BrowserFeedback, the_browsers_estimate_counts_where_it_was_agreed) {
    const Bytes remb{0x8F, 206, 0, 4, 0, 0, 0, 0xB, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0, 0x00, 0x3E, 0x80};
    End end(kOurs, everything());
    end.feedback.on_rtcp(remb, kStart);
    EXPECT_EQ(end.feedback.bitrate(), 16000);
    End other(kOurs, {});
    other.feedback.on_rtcp(remb, kStart);
    EXPECT_EQ(other.feedback.bitrate(), 32000);
}

TEST(BrowserFeedback, what_is_malformed_is_counted) {
    End end(kOurs, everything());
    end.feedback.on_rtcp(Bytes{0x8F, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0}, kStart);
    EXPECT_EQ(end.count("media_rtcp_feedback_malformed"), 1U);
    end.feedback.on_rtp(Bytes{0x90, 111}, kStart);
    end.feedback.after_sent(Bytes{0x90});
    EXPECT_TRUE(end.said(kStart).empty());
}

}  // namespace
}  // namespace causeway::media
