// A tone must come through every codec, and through every pair of codecs that may meet in a call, at its
// frequency and level.
#include "transcode/codec.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/tone.hpp"
#include "tests/unit/transcode/codec_run.hpp"

namespace causeway::transcode {
namespace {

using sdp::Codec;
using test::generate;
using test::level_at;

constexpr Codec kAll[] = {Codec::opus, Codec::g722, Codec::pcmu, Codec::pcma, Codec::l16, Codec::l16_wb};

Samples through(Codec codec, int rate, const Samples& samples, int ptime_ms = 20) {
    const auto encoder = make_encoder({codec, {}, ""}, rate, {}).value();
    const auto decoder = make_decoder({codec, {}, ""}, rate).value();
    return decode_all(*decoder, encode_all(*encoder, samples, rate, ptime_ms));
}

void expect_tone(const Samples& heard, double frequency, double decibel, int rate, const std::string& what) {
    const auto part = tail(heard, rate, 200);
    EXPECT_NEAR(level_at(frequency, part, rate), decibel, 0.5) << what;
    // All that is heard is this tone.
    EXPECT_NEAR(test::level(part), decibel, 0.5) << what;
}

TEST(Codec, a_tone_keeps_frequency_and_level_at_every_rate) {
    for (const Codec codec : kAll) {
        for (const int rate : {8000, 16000, 48000}) {
            if (!supports_sample_rate(codec, rate)) continue;
            for (const double decibel : {-6.0, -20.0}) {
                const auto heard =
                    through(codec, rate, generate(1004, decibel, rate, static_cast<std::size_t>(rate)));
                ASSERT_EQ(heard.size(), static_cast<std::size_t>(rate));
                expect_tone(heard, 1004, decibel, rate,
                            std::string(sdp::encoding_name(codec)) + " at " + std::to_string(rate));
            }
        }
    }
}

TEST(Codec, a_tone_crosses_every_pair_of_codecs) {
    for (const Codec first : kAll) {
        for (const Codec second : kAll) {
            for (const int rate : {8000, 16000, 48000}) {
                if (!supports_sample_rate(first, rate) || !supports_sample_rate(second, rate)) continue;
                const auto sent = generate(700, -12, rate, static_cast<std::size_t>(rate) * 3 / 2);
                expect_tone(through(second, rate, through(first, rate, sent)), 700, -12, rate,
                            std::string(sdp::encoding_name(first)) + " to " +
                                std::string(sdp::encoding_name(second)) + " at " + std::to_string(rate));
            }
        }
    }
}

TEST(Codec, every_pair_has_a_rate_in_common) {
    for (const Codec first : kAll) {
        for (const Codec second : kAll) {
            EXPECT_TRUE((supports_sample_rate(first, 8000) && supports_sample_rate(second, 8000)));
        }
    }
}

TEST(Codec, each_packet_time_gives_packets_of_that_length) {
    for (const Codec codec : kAll) {
        for (const int ptime : {10, 20, 40, 60}) {
            if (frame_ms_of({codec, {}, ""}, ptime) != ptime) continue;
            const int rate = std::min(best_sample_rate(codec), 16000);
            const auto heard = through(
                codec, rate, generate(1004, -10, rate, static_cast<std::size_t>(rate) * 6 / 5), ptime);
            EXPECT_EQ(heard.size(), static_cast<std::size_t>(rate) * 6 / 5);
            expect_tone(heard, 1004, -10, rate,
                        std::string(sdp::encoding_name(codec)) + ", " + std::to_string(ptime));
        }
    }
}

TEST(Codec, payload_sizes_are_those_of_rfc_3551) {
    const auto size = [](Codec codec, int rate, std::size_t samples) {
        std::array<std::uint8_t, 1500> room{};
        return make_encoder({codec, {}, ""}, rate, {}).value()->encode(Samples(samples), room);
    };
    EXPECT_EQ(size(Codec::pcmu, 8000, 160), 160U);
    EXPECT_EQ(size(Codec::g722, 16000, 320), 160U);
    EXPECT_EQ(size(Codec::g722, 8000, 160), 160U);
}

TEST(G711, silence_and_extremes_have_the_bytes_of_the_standard) {
    const auto bytes = [](Codec codec, const Samples& samples) {
        Payload room(samples.size());
        make_encoder({codec, {}, ""}, 8000, {}).value()->encode(samples, room);
        return room;
    };
    EXPECT_EQ(bytes(Codec::pcmu, {0, 32767, -32768}), (Payload{0xFF, 0x80, 0x00}));
    EXPECT_EQ(bytes(Codec::pcma, {0, 32767, -32768}), (Payload{0xD5, 0xAA, 0x2A}));
}

TEST(G711, every_byte_survives_decoding_and_encoding) {
    for (const Codec codec : {Codec::pcmu, Codec::pcma}) {
        Payload all(256);
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
        Samples pcm(all.size());
        ASSERT_EQ(make_decoder({codec, {}, ""}, 8000).value()->decode(all, pcm), all.size());
        Payload again(all.size());
        ASSERT_EQ(make_encoder({codec, {}, ""}, 8000, {}).value()->encode(pcm, again), all.size());
        // The two zeros of mu-law are one sample.
        if (codec == Codec::pcmu) again[0x7F] = 0x7F;
        EXPECT_EQ(again, all);
    }
}

TEST(Codec, a_rate_that_does_not_fit_is_an_error) {
    EXPECT_EQ(make_decoder({Codec::pcmu, {}, ""}, 16000).error().detail, "PCMU does not work at 16000 Hz");
    EXPECT_EQ(make_encoder({Codec::g722, {}, ""}, 48000, {}).error().detail,
              "G722 does not work at 48000 Hz");
    EXPECT_EQ(make_decoder({Codec::opus, {}, ""}, 44100).error().detail, "opus does not work at 44100 Hz");
}

TEST(Codec, too_little_room_is_never_overrun) {
    for (const Codec codec : kAll) {
        const int rate = std::min(best_sample_rate(codec), 16000);
        const auto encoder = make_encoder({codec, {}, ""}, rate, {}).value();
        const auto packets =
            encode_all(*encoder, generate(1004, -10, rate, static_cast<std::size_t>(rate) / 10), rate);
        Samples small(40, 99);
        const std::size_t count =
            make_decoder({codec, {}, ""}, rate).value()->decode(packets.back(), std::span(small).first(20));
        EXPECT_LE(count, 20U);
        for (std::size_t i = 20; i < small.size(); ++i) EXPECT_EQ(small[i], 99);

        Payload tiny(8, 0x5A);
        EXPECT_LE(encoder->encode(Samples(static_cast<std::size_t>(rate) / 50), std::span(tiny).first(4)),
                  4U);
        for (std::size_t i = 4; i < tiny.size(); ++i) EXPECT_EQ(tiny[i], 0x5A);
    }
}

}  // namespace
}  // namespace causeway::transcode
