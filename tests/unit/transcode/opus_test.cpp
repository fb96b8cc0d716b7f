#include <gtest/gtest.h>

#include "tests/support/tone.hpp"
#include "tests/unit/transcode/codec_run.hpp"

namespace causeway::transcode {
namespace {

using sdp::Codec;
using test::generate;
using test::level_at;

constexpr int kRate = 16000;
constexpr std::size_t kFrame = 320;

/// Something like a voice: harmonics of a gliding pitch, so that Opus chooses its speech mode, which has FEC.
Samples voice(std::size_t count) {
    Samples samples(count);
    double phase = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double time = static_cast<double>(i) / kRate;
        phase += 2 * std::numbers::pi * (140 + 30 * std::sin(2 * std::numbers::pi * 1.5 * time)) / kRate;
        double sum = 0;
        for (int harmonic = 1; harmonic <= 12; ++harmonic) sum += std::sin(harmonic * phase) / harmonic;
        samples[i] =
            static_cast<std::int16_t>(6000 * sum * (0.6 + 0.4 * std::sin(2 * std::numbers::pi * 3 * time)));
    }
    return samples;
}

/// How far `heard` is from what an undisturbed decoder gives, in dB below that.
double distance(const Samples& heard, const Samples& undisturbed) {
    double error = 1e-9;
    double energy = 1e-9;
    for (std::size_t i = 0; i < heard.size(); ++i) {
        const double difference = heard[i] - undisturbed[i];
        error += difference * difference;
        energy += static_cast<double>(undisturbed[i]) * undisturbed[i];
    }
    return 10 * std::log10(energy / error);
}

std::vector<Payload> packets_with_fec(bool fec) {
    const auto encoder =
        make_encoder({Codec::opus, {}, ""}, kRate, {.complexity = 5, .bitrate = 24000, .in_band_fec = fec})
            .value();
    encoder->set_expected_loss(20);
    return encode_all(*encoder, voice(kRate * 2), kRate);
}

/// Every fifth packet is lost and rebuilt with a look at its successor; returns the rebuilt pieces' likeness.
double rebuilt_likeness(const std::vector<Payload>& packets) {
    const auto whole = make_decoder({Codec::opus, {}, ""}, kRate).value();
    const auto lossy = make_decoder({Codec::opus, {}, ""}, kRate).value();
    Samples expected;
    Samples rebuilt;
    Samples room(5760);
    for (std::size_t i = 0; i + 1 < packets.size(); ++i) {
        const std::size_t count = whole->decode(packets[i], room);
        const bool lost = i > 20 && i % 5 == 0;
        if (lost)
            expected.insert(expected.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
        const std::size_t got =
            lost ? lossy->recover(packets[i + 1], kFrame, room) : lossy->decode(packets[i], room);
        EXPECT_EQ(got, kFrame);
        if (lost)
            rebuilt.insert(rebuilt.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(got));
    }
    return distance(rebuilt, expected);
}

TEST(Opus, in_band_fec_brings_a_lost_packet_back_better_than_concealment) {
    const double with_fec = rebuilt_likeness(packets_with_fec(true));
    const double without = rebuilt_likeness(packets_with_fec(false));
    EXPECT_GT(with_fec, without + 3.0);
}

TEST(Opus, recovering_from_an_unreadable_successor_conceals) {
    const auto decoder = make_decoder({Codec::opus, {}, ""}, kRate).value();
    decode_all(*decoder, packets_with_fec(true));
    Samples room(5760);
    EXPECT_EQ(decoder->recover({}, kFrame, room), kFrame);
    const Payload unreadable{0xFF};
    EXPECT_EQ(decoder->recover(unreadable, kFrame, room), kFrame);
}

TEST(Opus, a_lost_packet_of_a_voice_is_concealed_near_its_level) {
    const auto decoder = make_decoder({Codec::opus, {}, ""}, kRate).value();
    const auto heard = decode_all(*decoder, packets_with_fec(false));
    Samples room(5760);
    ASSERT_EQ(decoder->conceal(kFrame, room), kFrame);
    EXPECT_NEAR(test::level(std::span(room).first(kFrame)), test::level(tail(heard, kRate, 20)), 6);
}

TEST(Opus, a_stream_at_48_khz_is_decoded_at_the_other_sides_rate) {
    const auto encoder = make_encoder({Codec::opus, {}, ""}, 48000, {}).value();
    const auto packets = encode_all(*encoder, generate(1004, -12, 48000, 48000), 48000);
    for (const int rate : {8000, 16000}) {
        const auto heard = decode_all(*make_decoder({Codec::opus, {}, ""}, rate).value(), packets);
        ASSERT_EQ(heard.size(), static_cast<std::size_t>(rate));
        EXPECT_NEAR(level_at(1004, tail(heard, rate, 500), rate), -12, 0.5);
    }
}

TEST(Opus, the_bit_rate_follows_the_setting) {
    const auto bits_per_second = [](int bitrate) {
        const auto encoder = make_encoder({Codec::opus, {}, ""}, kRate,
                                          {.complexity = 5, .bitrate = bitrate, .in_band_fec = false})
                                 .value();
        std::size_t bytes = 0;
        for (const auto& packet : encode_all(*encoder, voice(kRate * 2), kRate)) bytes += packet.size();
        return static_cast<double>(bytes) * 8 / 2;
    };
    EXPECT_LT(bits_per_second(8000), 9000);
    EXPECT_GT(bits_per_second(24000), 1.5 * bits_per_second(8000));
    EXPECT_LT(bits_per_second(24000), 27000);
}

TEST(Opus, settings_that_it_cannot_have_are_an_error) {
    EXPECT_EQ(make_encoder({Codec::opus, {}, ""}, kRate, {.complexity = 11}).error().detail,
              "libopus refuses the complexity: invalid argument");
    EXPECT_EQ(make_encoder({Codec::opus, {}, ""}, kRate, {.bitrate = -5}).error().detail,
              "libopus refuses the bit rate: invalid argument");
}

}  // namespace
}  // namespace causeway::transcode
