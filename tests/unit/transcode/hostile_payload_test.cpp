// Decoders are total: any bytes, any length, in any order with losses, never more samples than there is room
// for.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/support/tone.hpp"
#include "tests/unit/transcode/codec_run.hpp"

namespace causeway::transcode {
namespace {

using sdp::Codec;

/// Without the hyphen that a test's name may not have.
std::string name_of(Codec codec) {
    std::string name(sdp::codec_name(codec));
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

class HostilePayload : public testing::TestWithParam<std::pair<Codec, int>> {};

TEST_P(HostilePayload, random_bytes_are_decoded_or_refused) {
    const auto [codec, rate] = GetParam();
    const auto decoder = make_decoder({codec, {}, ""}, rate).value();
    std::mt19937 random(1);
    Samples room(static_cast<std::size_t>(rate) * 120 / 1000);
    for (int round = 0; round < 1000; ++round) {
        Payload payload(random() % (round % 10 == 0 ? 1500 : 200));
        for (auto& byte : payload) byte = static_cast<std::uint8_t>(random());
        EXPECT_LE(decoder->decode(payload, room), room.size());
        EXPECT_LE(decoder->conceal(random() % 6000, room), room.size());
        EXPECT_LE(decoder->recover(payload, random() % 6000, room), room.size());
    }
}

TEST_P(HostilePayload, an_empty_payload_is_unreadable) {
    const auto [codec, rate] = GetParam();
    Samples room(static_cast<std::size_t>(rate) * 120 / 1000);
    EXPECT_EQ(make_decoder({codec, {}, ""}, rate).value()->decode({}, room), 0U);
}

TEST_P(HostilePayload, sound_comes_back_after_rubbish) {
    const auto [codec, rate] = GetParam();
    const auto decoder = make_decoder({codec, {}, ""}, rate).value();
    std::mt19937 random(2);
    Samples room(static_cast<std::size_t>(rate) * 120 / 1000);
    for (int round = 0; round < 200; ++round) {
        Payload payload(100);
        for (auto& byte : payload) byte = static_cast<std::uint8_t>(random());
        decoder->decode(payload, room);
    }
    const auto encoder = make_encoder({codec, {}, ""}, rate, {}).value();
    const auto heard = decode_all(
        *decoder,
        encode_all(*encoder, test::generate(1004, -12, rate, static_cast<std::size_t>(rate)), rate));
    EXPECT_NEAR(test::level_at(1004, tail(heard, rate, 500), rate), -12, 0.75);
}

INSTANTIATE_TEST_SUITE_P(EveryCodec, HostilePayload,
                         testing::Values(std::pair{Codec::opus, 8000}, std::pair{Codec::opus, 48000},
                                         std::pair{Codec::g722, 8000}, std::pair{Codec::g722, 16000},
                                         std::pair{Codec::pcmu, 8000}, std::pair{Codec::pcma, 8000},
                                         std::pair{Codec::g729, 8000}, std::pair{Codec::amr, 8000},
                                         std::pair{Codec::amr_wb, 8000}, std::pair{Codec::amr_wb, 16000},
                                         std::pair{Codec::gsm, 8000}, std::pair{Codec::speex, 8000},
                                         std::pair{Codec::speex_wb, 16000}, std::pair{Codec::l16, 8000},
                                         std::pair{Codec::l16_wb, 16000}),
                         [](const auto& given) {
                             return name_of(given.param.first) + "_at_" + std::to_string(given.param.second);
                         });

}  // namespace
}  // namespace causeway::transcode
