#include "transcode/amr_payload.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "transcode/amr_modes.hpp"

namespace causeway::transcode {
namespace {

using sdp::Codec;
using Bytes = std::vector<std::uint8_t>;

AmrFrame frame_of(Codec codec, int type, std::mt19937& random) {
    AmrFrame frame;
    frame.set_type(type, true);
    std::size_t bits = amr_frame_bits(codec, type).value();
    for (std::size_t i = 1; bits > 0; ++i) {
        const std::size_t some = std::min<std::size_t>(bits, 8);
        frame.bytes[i] = static_cast<std::uint8_t>(random() & 0xFF & (0xFF00U >> some));
        bits -= some;
    }
    return frame;
}

Bytes written(Codec codec, bool octet_align, const AmrPayload& payload) {
    Bytes bytes(1500, 0xEE);
    bytes.resize(write_amr_payload(codec, octet_align, payload, bytes));
    return bytes;
}

TEST(AmrPayload, sizes_are_those_of_rfc_4867) {
    std::mt19937 random(1);
    const auto size = [&](Codec codec, bool octet_align, int type, std::size_t frames) {
        AmrPayload payload;
        payload.count = frames;
        for (auto& frame : payload.frames) frame = frame_of(codec, type, random);
        return written(codec, octet_align, payload).size();
    };
    EXPECT_EQ(size(Codec::amr, false, 7, 1), 32U);
    EXPECT_EQ(size(Codec::amr, true, 7, 1), 33U);
    EXPECT_EQ(size(Codec::amr_wb, false, 8, 1), 61U);
    EXPECT_EQ(size(Codec::amr_wb, true, 8, 1), 62U);
    EXPECT_EQ(size(Codec::amr, false, 7, 2), 63U);
    EXPECT_EQ(size(Codec::amr, true, 7, 3), 97U);
    EXPECT_EQ(size(Codec::amr, false, 15, 1), 2U);
}

TEST(AmrPayload, bandwidth_efficient_bits_stand_where_rfc_4867_puts_them) {
    // RFC 4867 §4.3.5.1: one frame of 5.15 kbit/s, no mode request.
    AmrPayload payload;
    payload.count = 1;
    payload.frames[0].set_type(1, true);
    payload.frames[0].bytes[1] = 0x80;   // d(0)
    payload.frames[0].bytes[13] = 0x02;  // d(102)
    const Bytes bytes = written(Codec::amr, false, payload);
    ASSERT_EQ(bytes.size(), 15U);
    EXPECT_EQ(bytes[0], 0xF0);   // CMR 15, F 0, the type's first three bits
    EXPECT_EQ(bytes[1], 0xE0);   // the type's last, Q 1, d(0)
    EXPECT_EQ(bytes[14], 0x80);  // d(102) and seven bits of padding
}

TEST(AmrPayload, what_is_written_is_read_again) {
    std::mt19937 random(2);
    for (const Codec codec : {Codec::amr, Codec::amr_wb}) {
        for (const bool octet_align : {false, true}) {
            for (int round = 0; round < 500; ++round) {
                AmrPayload sent;
                sent.mode_request = static_cast<int>(random() % 16);
                sent.count = 1 + random() % AmrPayload::kMostFrames;
                for (auto& frame : std::span(sent.frames).first(sent.count)) {
                    int type = 0;
                    do type = static_cast<int>(random() % 16);
                    while (!amr_frame_bits(codec, type));
                    frame = frame_of(codec, type, random);
                    frame.set_type(type, random() % 4 != 0);
                }
                AmrPayload read;
                ASSERT_TRUE(read_amr_payload(codec, octet_align, written(codec, octet_align, sent), read));
                EXPECT_EQ(read.mode_request, sent.mode_request);
                ASSERT_EQ(read.count, sent.count);
                for (std::size_t i = 0; i < read.count; ++i) {
                    EXPECT_EQ(read.frames[i].bytes, sent.frames[i].bytes);
                }
            }
        }
    }
}

TEST(AmrPayload, what_is_cut_short_or_reserved_is_refused) {
    AmrPayload read;
    const auto reads = [&](Codec codec, bool octet_align, const Bytes& bytes) {
        return read_amr_payload(codec, octet_align, bytes, read);
    };
    EXPECT_FALSE(reads(Codec::amr, true, {}));
    EXPECT_FALSE(reads(Codec::amr, true, {0xF0}));
    EXPECT_FALSE(reads(Codec::amr, true, {0xF0, 0x3C}));                    // no frame
    EXPECT_FALSE(reads(Codec::amr, true, {0xF0, 0x4C, 0, 0, 0, 0, 0}));     // type 9
    EXPECT_FALSE(reads(Codec::amr_wb, true, {0xF0, 0x54, 0, 0, 0, 0, 0}));  // type 10
    EXPECT_FALSE(reads(Codec::amr, true, Bytes(20, 0xFC)));                 // a table without end
    EXPECT_TRUE(reads(Codec::amr, true, {0xF0, 0x44, 0, 0, 0, 0, 0}));      // silence
    EXPECT_TRUE(reads(Codec::amr, true, {0x20, 0x7C, 1, 2, 3}));            // no data, and padding
    EXPECT_EQ(read.mode_request, 2);
}

TEST(AmrPayload, hostile_bytes_are_read_without_harm) {
    std::mt19937 random(3);
    AmrPayload read;
    for (std::size_t length = 0; length <= 200; ++length) {
        for (int round = 0; round < 50; ++round) {
            Bytes bytes(length);
            for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
            for (const Codec codec : {Codec::amr, Codec::amr_wb}) {
                for (const bool octet_align : {false, true}) {
                    if (read_amr_payload(codec, octet_align, bytes, read)) {
                        EXPECT_LE(read.count, AmrPayload::kMostFrames);
                    }
                }
            }
        }
    }
}

std::vector<int> modes(AmrModes& modes, int count) {
    std::vector<int> used;
    for (; count > 0; --count) used.push_back(modes.next());
    return used;
}

AmrModes modes_for(const char* fmtp, Codec codec = Codec::amr) {
    return {codec, sdp::read_amr_parameters(codec, fmtp).value()};
}

TEST(AmrModes, the_best_allowed_mode_is_used_until_another_is_asked_for) {
    EXPECT_EQ(modes_for("").next(), 7);
    EXPECT_EQ(modes_for("", Codec::amr_wb).next(), 8);
    auto some = modes_for("mode-set=1,4");
    EXPECT_EQ(some.next(), 4);
    some.request(3);
    EXPECT_EQ(some.next(), 1);
    some.request(0);
    EXPECT_EQ(some.next(), 1);
    some.request(7);
    EXPECT_EQ(some.next(), 4);
}

TEST(AmrModes, reserved_requests_are_ignored) {
    auto all = modes_for("");
    for (const int mode : {-1, 8, 14, 15}) all.request(mode);
    EXPECT_EQ(all.next(), 7);
}

TEST(AmrModes, changes_keep_to_the_receivers_period_and_steps) {
    auto slow = modes_for("mode-change-period=2");
    EXPECT_EQ(slow.next(), 7);
    slow.request(0);
    EXPECT_EQ(modes(slow, 3), (std::vector{7, 0, 0}));
    auto near = modes_for("mode-change-neighbor=1;mode-set=0,2,4,7");
    near.request(0);
    EXPECT_EQ(modes(near, 4), (std::vector{4, 2, 0, 0}));
    near.request(7);
    EXPECT_EQ(modes(near, 4), (std::vector{2, 4, 7, 7}));
}

}  // namespace
}  // namespace causeway::transcode
