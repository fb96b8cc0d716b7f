#include "core/rtp/rtcp_feedback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/rtp/rtcp.hpp"

namespace causeway::rtp {
namespace {

using Bytes = std::vector<std::uint8_t>;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Ssrc kOurs{0x55667788};

struct Heard final : FeedbackListener {
    std::vector<int> lost;
    std::vector<std::size_t> told;
    std::vector<std::uint64_t> rates;

    void on_nack(SequenceNumber sequence) override { lost.push_back(sequence.value); }
    void on_transport_feedback(const TransportFeedback& feedback) override { told.push_back(feedback.size); }
    void on_remb(std::uint64_t rate) override { rates.push_back(rate); }
};

const Bytes kReceiverReport{0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44};

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

TEST(RtcpFeedback, a_nack_is_written_as_the_rfc_says) {
    const std::vector<SequenceNumber> lost{{0xFFFE}, {0xFFFF}, {14}, {15}};
    Bytes out(100);
    out.resize(write_nack(out, {0x11223344}, kOurs, lost));
    // 0xFFFF is the first after 0xFFFE, 14 the sixteenth: bits 0 and 15. 15 needs an entry of its own.
    EXPECT_EQ(out, (Bytes{0x81, 205,  0,    4,    0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,  //
                          0xFF, 0xFE, 0x80, 0x01, 0,    15,   0,    0}));
    Heard heard;
    EXPECT_TRUE(read_feedback(out, kOurs, heard));
    EXPECT_THAT(heard.lost, ElementsAre(0xFFFE, 0xFFFF, 14, 15));
}

TEST(RtcpFeedback, a_nack_that_does_not_fit_or_asks_for_nothing_is_not_written) {
    Bytes out(15);
    EXPECT_EQ(write_nack(out, {1}, {2}, std::vector<SequenceNumber>{{1}}), 0U);
    out.resize(100);
    EXPECT_EQ(write_nack(out, {1}, {2}, {}), 0U);
}

TEST(RtcpFeedback, nacks_of_other_streams_are_not_for_us) {
    Bytes out(100);
    out.resize(write_nack(out, {1}, {0x99}, std::vector<SequenceNumber>{{1}}));
    Heard heard;
    EXPECT_TRUE(read_feedback(out, kOurs, heard));
    EXPECT_THAT(heard.lost, IsEmpty());
}

TEST(RtcpFeedback, a_compound_may_ask_for_so_many_and_not_for_more) {
    Bytes packet{0x81, 205, 0, 22, 0, 0, 0, 1, 0x55, 0x66, 0x77, 0x88};
    for (std::uint8_t i = 0; i < 20; ++i) {
        const Bytes entry{i, 0, 0xFF, 0xFF};
        packet.insert(packet.end(), entry.begin(), entry.end());
    }
    Heard heard;
    EXPECT_TRUE(read_feedback(packet, kOurs, heard));
    EXPECT_EQ(heard.lost.size(), kMostNacks);
}

TEST(RtcpFeedback, an_estimate_of_bandwidth_is_read_behind_a_report) {
    // Exponent 1, mantissa 150000 = 0x249F0: 300000 bit/s for one stream.
    const Bytes remb{0x8F, 206, 0,   5,   0x11, 0x22, 0x33, 0x44, 0,    0,    0,    0,
                     'R',  'E', 'M', 'B', 1,    0x06, 0x49, 0xF0, 0x55, 0x66, 0x77, 0x88};
    Heard heard;
    EXPECT_TRUE(read_feedback(joined({kReceiverReport, remb}), kOurs, heard));
    EXPECT_THAT(heard.rates, ElementsAre(300000U));
    Bytes other = remb;
    other[12] = 'X';
    EXPECT_TRUE(read_feedback(other, kOurs, heard));
    Bytes more_streams = remb;
    more_streams[16] = 2;
    EXPECT_FALSE(read_feedback(more_streams, kOurs, heard));
    Bytes beyond_64_bits = remb;
    beyond_64_bits[17] = 0xFE;
    EXPECT_FALSE(read_feedback(beyond_64_bits, kOurs, heard));
    EXPECT_THAT(heard.rates, ElementsAre(300000U));
}

TEST(RtcpFeedback, transport_wide_feedback_is_read_with_its_padding) {
    const Bytes packet{0xAF, 205, 0, 6, 0x11, 0x22, 0x33, 0x44, 0,    0,    0, 0,  //
                       0,    10,  0, 3, 0,    0,    0,    0,    0xD6, 0x00, 0, 120, 0xFF, 0xB0, 0, 2};
    Heard heard;
    EXPECT_TRUE(read_feedback(packet, kOurs, heard));
    EXPECT_THAT(heard.told, ElementsAre(3U));
    EXPECT_TRUE(parse_rtcp(packet));
}

TEST(RtcpFeedback, one_bad_packet_does_not_hide_the_next) {
    const Bytes too_short{0x81, 205, 0, 1, 0, 0, 0, 1};
    const Bytes empty_feedback{0x8F, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0};
    const Bytes nack{0x81, 205, 0, 3, 0, 0, 0, 1, 0x55, 0x66, 0x77, 0x88, 0, 9, 0, 0};
    Heard heard;
    EXPECT_FALSE(read_feedback(joined({too_short, empty_feedback, nack}), kOurs, heard));
    EXPECT_THAT(heard.lost, ElementsAre(9));
    EXPECT_FALSE(read_feedback(Bytes{0x81, 205, 0, 9, 0, 0, 0, 1}, kOurs, heard));
    EXPECT_FALSE(read_feedback(Bytes{0xA1, 205, 0, 1, 0, 0, 0, 99}, kOurs, heard));
    EXPECT_TRUE(read_feedback({}, kOurs, heard));
}

}  // namespace
}  // namespace causeway::rtp
