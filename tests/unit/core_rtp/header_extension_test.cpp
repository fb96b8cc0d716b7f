#include "core/rtp/header_extension.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"

namespace causeway::rtp {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Header, the extension's bytes behind it, one byte of payload.
Bytes packet_with(Bytes extension) {
    Bytes packet{0x90, 0x6F, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
    packet.insert(packet.end(), extension.begin(), extension.end());
    packet.push_back(0x55);
    return packet;
}

TEST(HeaderExtension, the_number_is_put_before_the_payload_which_stays_where_it_is) {
    PacketBuffer packet;
    const RtpHeader header{{111}, true, {7}, {960}, {0x01020304}};
    const Bytes payload{0xAA, 0xBB, 0xCC};
    ASSERT_TRUE(write_packet(packet, header, payload));
    const std::uint8_t* const place = packet.packet().data() + kRtpHeaderSize;
    ASSERT_TRUE(add_transport_sequence(packet, 3, 0x1234));
    const auto bytes = packet.packet();
    // RFC 8285 §4.2: 0xBEDE, one word, identifier 3 with length 2 - 1, the number, padding.
    const Bytes expected{0x90, 0xEF, 0,    7,    0,    0,    0x03, 0xC0, 1,    2,    3,   4,
                         0xBE, 0xDE, 0x00, 0x01, 0x31, 0x12, 0x34, 0x00, 0xAA, 0xBB, 0xCC};
    EXPECT_EQ(Bytes(bytes.begin(), bytes.end()), expected);
    EXPECT_EQ(bytes.data() + 20, place);
    EXPECT_EQ(read_transport_sequence(bytes, 3), 0x1234);
    EXPECT_EQ(read_transport_sequence(bytes, 4), std::nullopt);
    const auto view = RtpView::parse(bytes);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->header(), header);
    EXPECT_EQ(view->payload().size(), 3U);
}

TEST(HeaderExtension, a_packet_that_has_extensions_or_csrcs_gets_no_second_one) {
    PacketBuffer packet;
    ASSERT_TRUE(write_packet(packet, {}, {}));
    ASSERT_TRUE(add_transport_sequence(packet, 3, 1));
    const std::size_t size = packet.size();
    EXPECT_FALSE(add_transport_sequence(packet, 3, 2));
    EXPECT_EQ(packet.size(), size);
    packet.resize(4);
    EXPECT_FALSE(add_transport_sequence(packet, 3, 2));
}

TEST(HeaderExtension, it_is_found_among_others) {
    // Identifier 1 with one byte, padding, identifier 3.
    EXPECT_EQ(
        read_transport_sequence(packet_with({0xBE, 0xDE, 0, 2, 0x10, 0x99, 0x00, 0x31, 0xAB, 0xCD, 0, 0}), 3),
        0xABCD);
    // Two-byte headers: identifier 1 without data, identifier 3.
    EXPECT_EQ(
        read_transport_sequence(packet_with({0x10, 0x05, 0, 2, 0x01, 0x00, 0x03, 0x02, 0xAB, 0xCD, 0, 0}), 3),
        0xABCD);
    // Behind a CSRC.
    Bytes packet = packet_with({1, 2, 3, 4, 0xBE, 0xDE, 0, 1, 0x31, 0xAB, 0xCD, 0});
    packet[0] = 0x91;
    EXPECT_EQ(read_transport_sequence(packet, 3), 0xABCD);
}

TEST(HeaderExtension, what_is_broken_or_something_else_has_no_number) {
    const auto read = [](Bytes extension) {
        return read_transport_sequence(packet_with(std::move(extension)), 3).has_value();
    };
    EXPECT_FALSE(read({0xBE, 0xDE, 0, 9, 0x31, 0xAB, 0xCD, 0}));  // longer than the packet
    EXPECT_FALSE(read({0xBE, 0xDE, 0, 1, 0x3F, 0xAB, 0xCD, 0}));  // element longer than its block
    EXPECT_FALSE(read({0xBE, 0xDE, 0, 1, 0x30, 0xAB, 0x00, 0}));  // one byte only
    EXPECT_FALSE(read({0xBE, 0xDE, 0, 2, 0xF0, 0, 0x31, 0xAB, 0xCD, 0, 0, 0}));  // behind a reserved one
    EXPECT_FALSE(read({0x12, 0x34, 0, 1, 0x31, 0xAB, 0xCD, 0}));                 // another profile
    EXPECT_FALSE(read({0x10, 0x00, 0, 1, 0, 0, 0, 0x03}));                       // cut off
    EXPECT_FALSE(read({0xBE, 0xDE, 0, 0}));
    EXPECT_FALSE(read_transport_sequence(Bytes{0x90, 0, 0}, 3));
}

}  // namespace
}  // namespace causeway::rtp
