// RFC 3550 §5.1, §5.3.1.
#include "core/rtp/packet.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/core_rtp/packets.hpp"

namespace causeway::rtp {
namespace {

using namespace testing;

TEST(RtpView, reads_what_write_header_wrote) {
    auto packet = bytes_of(header(0xFFFE, 0x80000001, true, {0xDEADBEEF}, 111), {1, 2, 3});
    const auto view = RtpView::parse(packet);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->header(), header(0xFFFE, 0x80000001, true, {0xDEADBEEF}, 111));
    EXPECT_EQ(view->header_size(), 12u);
    EXPECT_EQ(view->payload().size(), 3u);
    EXPECT_EQ(view->payload()[0], 1);
}

TEST(RtpView, setters_change_only_their_field) {
    auto packet = bytes_of(header(1, 2, true, {3}, 4), {9});
    auto view = RtpView::parse(packet);
    ASSERT_TRUE(view);
    view->set_payload_type({127});
    EXPECT_TRUE(view->marker());
    view->set_marker(false);
    EXPECT_EQ(view->payload_type(), PayloadType{127});
    view->set_sequence({500});
    view->set_timestamp({600});
    view->set_ssrc({700});
    EXPECT_EQ(packet, bytes_of(header(500, 600, false, {700}, 127), {9}));
}

TEST(RtpView, csrcs_extension_and_padding_are_not_payload) {
    // CC 2, X, P; extension of two words; payload 2 bytes, padding 3.
    auto packet = from_hex(
        "b2080001000000020000000311111111222222"
        "22bede00020a0b0c0d0e0f101155aa000003");
    const auto good = RtpView::parse(packet);
    ASSERT_TRUE(good);
    EXPECT_EQ(good->header_size(), 12u + 8 + 4 + 8);
    ASSERT_EQ(good->payload().size(), 2u);
    EXPECT_EQ(good->payload()[0], 0x55);
}

TEST(RtpView, refuses_lengths_that_do_not_add_up) {
    const auto parses = [](std::vector<std::uint8_t> bytes) { return RtpView::parse(bytes).has_value(); };
    const auto good = bytes_of(header(1, 2), {});
    EXPECT_TRUE(parses(good));
    EXPECT_FALSE(parses({}));
    EXPECT_FALSE(parses({good.begin(), good.end() - 1}));
    auto wrong_version = good;
    wrong_version[0] = 0x40;
    EXPECT_FALSE(parses(wrong_version));
    auto csrc_missing = good;
    csrc_missing[0] = 0x81;
    EXPECT_FALSE(parses(csrc_missing));
    auto extension_missing = good;
    extension_missing[0] = 0x90;
    EXPECT_FALSE(parses(extension_missing));
    auto extension_too_long = bytes_of(header(1, 2), {0xBE, 0xDE, 0xFF, 0xFF});
    extension_too_long[0] = 0x90;
    EXPECT_FALSE(parses(extension_too_long));
    auto padding_of_nothing = good;
    padding_of_nothing[0] = 0xA0;
    EXPECT_FALSE(parses(padding_of_nothing));
    auto padding_zero = bytes_of(header(1, 2), {1, 0});
    padding_zero[0] = 0xA0;
    EXPECT_FALSE(parses(padding_zero));
    auto padding_too_long = bytes_of(header(1, 2), {1, 3});
    padding_too_long[0] = 0xA0;
    EXPECT_FALSE(parses(padding_too_long));
    auto padding_only = bytes_of(header(1, 2), {0, 2});
    padding_only[0] = 0xA0;
    EXPECT_TRUE(parses(padding_only));
}

TEST(StripExtensions, leaves_the_fixed_header_and_the_payload) {
    PacketBuffer buffer;
    fill(buffer, from_hex("928800010000000200000003"
                          "1111111122222222"
                          "bede00010a0b0c0d"
                          "55aa"));
    strip_extensions(buffer);
    EXPECT_EQ(content(buffer), from_hex("808800010000000200000003"
                                        "55aa"));
}

TEST(StripExtensions, touches_neither_plain_nor_broken_packets) {
    PacketBuffer buffer;
    const auto plain = bytes_of(header(1, 2), {7});
    fill(buffer, plain);
    strip_extensions(buffer);
    EXPECT_EQ(content(buffer), plain);
    auto broken = plain;
    broken[0] = 0x8F;
    fill(buffer, broken);
    strip_extensions(buffer);
    EXPECT_EQ(content(buffer), broken);
}

TEST(WritePacket, refuses_what_does_not_fit) {
    PacketBuffer buffer;
    const std::vector<std::uint8_t> largest(PacketBuffer::kMaxPacket - kRtpHeaderSize);
    EXPECT_TRUE(write_packet(buffer, header(1, 2), largest));
    EXPECT_EQ(buffer.size(), PacketBuffer::kMaxPacket);
    const std::vector<std::uint8_t> larger(largest.size() + 1);
    EXPECT_FALSE(write_packet(buffer, header(1, 2), larger));
    EXPECT_EQ(buffer.size(), 0u);
}

}  // namespace
}  // namespace causeway::rtp
