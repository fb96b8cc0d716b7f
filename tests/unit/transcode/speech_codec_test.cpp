// The codecs that model speech: they are judged by a voice's level, envelope and gaps, not by samples.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "tests/support/tone.hpp"
#include "tests/unit/transcode/codec_run.hpp"
#include "tests/unit/transcode/voice.hpp"
#include "transcode/codec.hpp"

namespace causeway::transcode {
namespace {

using sdp::AudioFormat;
using sdp::Codec;

struct Case {
    const char* name;
    AudioFormat format;
    int rate;
    double alike = 0.97;  ///< the envelopes' correlation
    /// A loss costs so much level: G.729's predictor of gain forgets, and finds its way back in 100 ms.
    double loses = 6;
};

class SpeechCodec : public testing::TestWithParam<Case> {};

TEST_P(SpeechCodec, a_voice_keeps_its_level_and_envelope_at_each_packet_time) {
    const auto& [name, format, rate, alike, loses] = GetParam();
    const Samples sent = voice(rate, 3000);
    for (const int wanted : {10, 20, 40, 60}) {
        const int ptime = frame_ms_of(format, wanted);
        const auto encoder = make_encoder(format, rate, {}).value();
        const auto decoder = make_decoder(format, rate).value();
        const Samples heard = decode_all(*decoder, encode_all(*encoder, sent, rate, ptime));
        EXPECT_EQ(heard.size(), sent.size());
        EXPECT_NEAR(test::level(heard), test::level(sent), 0.5) << ptime;
        EXPECT_GT(likeness(heard, sent, rate), alike) << ptime;
    }
}

TEST_P(SpeechCodec, a_lost_packet_leaves_neither_hole_nor_shout) {
    const auto& [name, format, rate, alike, loses] = GetParam();
    const auto frame = static_cast<std::size_t>(rate / 50);
    const auto encoder = make_encoder(format, rate, {}).value();
    const auto decoder = make_decoder(format, rate).value();
    // A steady voice: the harmonics of 120 Hz.
    Samples sent(frame * 60);
    for (std::size_t i = 0; i < sent.size(); ++i) {
        double sound = 0;
        for (int k = 1; k < 12; ++k) {
            sound += std::sin(2 * std::numbers::pi * 120 * k * static_cast<double>(i) / rate + k) / k;
        }
        sent[i] = static_cast<std::int16_t>(std::lround(4000 * sound));
    }
    const double level = test::level(sent);
    Samples room(frame * 6);
    const auto packets = encode_all(*encoder, sent, rate);
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const bool lost = i == 30;
        const std::size_t count = lost ? decoder->conceal(frame, room) : decoder->decode(packets[i], room);
        ASSERT_EQ(count, frame);
        if (i < 29) continue;
        const double heard = test::level(std::span(room).first(count));
        EXPECT_LT(heard, level + 3) << i;
        EXPECT_GT(heard, level - loses) << i;
    }
}

TEST_P(SpeechCodec, concealment_fades_and_may_have_any_length) {
    const auto& [name, format, rate, alike, loses] = GetParam();
    const auto frame = static_cast<std::size_t>(rate / 50);
    const auto encoder = make_encoder(format, rate, {}).value();
    const auto decoder = make_decoder(format, rate).value();
    for (const auto& packet : encode_all(*encoder, voice(rate, 500), rate)) {
        Samples room(frame * 6);
        decoder->decode(packet, room);
    }
    Samples lost;
    for (std::size_t some = 1; lost.size() < static_cast<std::size_t>(rate); some = some * 2 % 701) {
        Samples room(some, 0);
        ASSERT_EQ(decoder->conceal(some, room), some);
        lost.insert(lost.end(), room.begin(), room.end());
    }
    EXPECT_LT(test::level(tail(lost, rate, 200)), -45);
}

TEST_P(SpeechCodec, any_length_of_random_bytes_is_decoded_or_refused_without_a_word) {
    const auto& [name, format, rate, alike, loses] = GetParam();
    const auto decoder = make_decoder(format, rate).value();
    testing::internal::CaptureStderr();
    std::mt19937 random(5);
    Samples room(static_cast<std::size_t>(rate) * 120 / 1000);
    for (std::size_t length = 0; length <= 200; ++length) {
        for (int round = 0; round < 50; ++round) {
            Payload payload(length);
            for (auto& byte : payload) byte = static_cast<std::uint8_t>(random());
            EXPECT_LE(decoder->decode(payload, room), room.size());
            EXPECT_LE(decoder->decode(payload, std::span(room).first(length)), length);
            EXPECT_LE(decoder->conceal(length, room), length);
        }
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Each, SpeechCodec,
    testing::Values(
        Case{"g729", {Codec::g729, {}, ""}, 8000, 0.97, 14}, Case{"amr", {Codec::amr, {}, ""}, 8000},
        Case{"amr_octet_aligned", {Codec::amr, {}, "octet-align=1"}, 8000},
        Case{"amr_wb", {Codec::amr_wb, {}, ""}, 16000},
        Case{"amr_wb_octet_aligned", {Codec::amr_wb, {}, "octet-align=1"}, 16000},
        Case{"amr_wb_at_8000", {Codec::amr_wb, {}, ""}, 8000}, Case{"gsm", {Codec::gsm, {}, ""}, 8000, 0.87},
        Case{"speex", {Codec::speex, {}, ""}, 8000}, Case{"speex_wb", {Codec::speex_wb, {}, ""}, 16000},
        Case{"speex_wb_at_8000", {Codec::speex_wb, {}, ""}, 8000}),
    [](const auto& given) { return given.param.name; });

TEST_P(SpeechCodec, what_is_encoded_is_left_as_it_was) {
    const auto& [name, format, rate, alike, loses] = GetParam();
    const Samples sent = voice(rate, 200);
    Samples given = sent;
    encode_all(*make_encoder(format, rate, {}).value(), given, rate);
    EXPECT_EQ(given, sent);
}

TEST(G729, silence_frames_of_annex_b_are_heard_and_go_on_in_the_pause) {
    const AudioFormat format{Codec::g729, {}, ""};
    const auto decoder = make_decoder(format, 8000).value();
    Samples room(960);
    for (const auto& packet : encode_all(*make_encoder(format, 8000, {}).value(), voice(8000, 500), 8000)) {
        decoder->decode(packet, room);
        EXPECT_FALSE(decoder->is_pausing());
    }
    const Payload silence{0x31, 0x28};
    EXPECT_EQ(decoder->decode(silence, room), 80U);
    EXPECT_TRUE(decoder->is_pausing());
    for (int i = 0; i < 50; ++i) EXPECT_EQ(decoder->conceal(160, room), 160U);
    EXPECT_NEAR(test::level(std::span(room).first(160)), -25, 6);
    Payload voice_and_silence(12, 0x55);
    EXPECT_EQ(decoder->decode(voice_and_silence, room), 160U);
    EXPECT_EQ(decoder->decode(Payload(11, 0x55), room), 0U);
}

TEST(Amr, a_request_of_the_peer_changes_what_it_is_sent) {
    for (const Codec codec : {Codec::amr, Codec::amr_wb}) {
        const AudioFormat format{codec, {}, "octet-align=1"};
        const int rate = best_sample_rate(codec);
        const auto decoder = make_decoder(format, rate).value();
        EXPECT_EQ(decoder->mode_request(), std::nullopt);
        Samples room(1920);
        EXPECT_NE(decoder->decode(Payload{0x20, 0x7C}, room), 0U);
        EXPECT_EQ(decoder->mode_request(), 2);
        const auto encoder = make_encoder(format, rate, {}).value();
        Payload bytes(200);
        const Samples frame(static_cast<std::size_t>(rate / 50));
        const std::size_t before = encoder->encode(frame, bytes);
        encoder->request_mode(*decoder->mode_request());
        EXPECT_LT(encoder->encode(frame, bytes), before);
        EXPECT_EQ(bytes[1] >> 3 & 15, 2);
    }
}

TEST(Amr, a_pause_has_the_senders_noise) {
    const AudioFormat format{Codec::amr, {}, "octet-align=1"};
    const auto decoder = make_decoder(format, 8000).value();
    Samples room(960);
    EXPECT_EQ(decoder->decode(Payload{0xF0, 0x44, 0x1B, 0x52, 0x60, 0x70, 0x80}, room), 160U);
    EXPECT_TRUE(decoder->is_pausing());
    EXPECT_EQ(decoder->decode(Payload{0xF0, 0x7C}, room), 160U);
    EXPECT_TRUE(decoder->is_pausing());
}

TEST(Codec, what_can_be_encoded_is_what_is_not_only_heard) {
    for (const Codec codec : sdp::kCodecs) {
        const bool sound = codec != Codec::clearmode;
        EXPECT_EQ(can_encode(codec), sound && !sdp::is_only_heard(codec)) << sdp::codec_name(codec);
        if (!sound) continue;
        const AudioFormat format{codec, {}, ""};
        ASSERT_TRUE(make_encoder(format, best_sample_rate(codec), {})) << sdp::codec_name(codec);
        ASSERT_TRUE(make_decoder(format, best_sample_rate(codec))) << sdp::codec_name(codec);
    }
}

TEST(Codec, packet_times_are_whole_frames_that_fit_into_a_packet) {
    const auto ms = [](Codec codec, int wanted, const char* fmtp = "") {
        return frame_ms_of({codec, {}, fmtp}, wanted);
    };
    EXPECT_EQ(ms(Codec::g729, 10), 10);
    EXPECT_EQ(ms(Codec::g729, 30), 30);
    EXPECT_EQ(ms(Codec::amr, 10), 20);
    EXPECT_EQ(ms(Codec::amr_wb, 50), 40);
    EXPECT_EQ(ms(Codec::gsm, 30), 20);
    EXPECT_EQ(ms(Codec::speex, 120), 60);
    EXPECT_EQ(ms(Codec::ilbc, 20), 30);
    EXPECT_EQ(ms(Codec::ilbc, 60, "mode=20"), 60);
    EXPECT_EQ(ms(Codec::l16_wb, 60), 40);
    EXPECT_EQ(ms(Codec::pcmu, 25), 20);
    EXPECT_EQ(ms(Codec::pcmu, 0), 10);
}

TEST(Ilbc, frames_of_both_modes_are_heard_and_nothing_is_sent) {
    // No encoder here: random bits are sound of a kind.
    std::mt19937 random(4);
    Samples room(960);
    for (const auto& [fmtp, bytes, samples] :
         {std::tuple{"mode=20", 38U, 160U}, std::tuple{"mode=30", 50U, 240U}, std::tuple{"", 50U, 240U}}) {
        const auto decoder = make_decoder({Codec::ilbc, {}, fmtp}, 8000).value();
        Payload payload(2 * bytes);
        for (auto& byte : payload) byte = static_cast<std::uint8_t>(random());
        payload[bytes - 1] &= 0xFE;  // the last bit of a frame is 0 (RFC 3951 §3.8)
        payload[2 * bytes - 1] &= 0xFE;
        EXPECT_EQ(decoder->decode(payload, room), 2 * samples);
        EXPECT_EQ(decoder->decode(std::span(payload).first(bytes + 1), room), 0U);
        EXPECT_EQ(make_encoder({Codec::ilbc, {}, fmtp}, 8000, {}).value()->encode(Samples(160), payload), 0U);
    }
}

}  // namespace
}  // namespace causeway::transcode
