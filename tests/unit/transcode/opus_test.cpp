#include <gtest/gtest.h>
#include <opus/opus.h>

#include <set>

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
    const auto encoder = make_encoder({Codec::opus, {}, "useinbandfec=1"}, kRate,
                                      {.complexity = 5, .bitrate = 24000, .in_band_fec = fec})
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

/// Bits per second of two seconds of a voice.
double rate_of(Encoder& encoder) {
    std::size_t bytes = 0;
    for (const auto& packet : encode_all(encoder, voice(kRate * 2), kRate)) bytes += packet.size();
    return static_cast<double>(bytes) * 8 / 2;
}

std::unique_ptr<Encoder> encoder_for(const char* fmtp, OpusSettings settings = {}) {
    return make_encoder({Codec::opus, {}, fmtp}, kRate, settings).value();
}

TEST(Opus, a_receiver_that_wants_less_gets_less) {
    EXPECT_LT(rate_of(*encoder_for("maxaveragebitrate=12000")), 13500);
    const auto encoder = encoder_for("maxaveragebitrate=12000");
    encoder->set_bitrate(64000);
    EXPECT_LT(rate_of(*encoder), 13500);
}

TEST(Opus, the_bit_rate_follows_the_path_within_its_bounds) {
    const auto encoder = encoder_for("");
    encoder->set_bitrate(10000);
    EXPECT_LT(rate_of(*encoder), 11500);
    encoder->set_bitrate(1);
    EXPECT_GT(rate_of(*encoder), 4000);
    encoder->set_bitrate(1'000'000);
    EXPECT_LT(rate_of(*encoder), 36000);
}

TEST(Opus, constant_bit_rate_is_constant_when_asked_for) {
    const auto sizes = [](const char* fmtp) {
        std::set<std::size_t> seen;
        for (const auto& packet : encode_all(*encoder_for(fmtp), voice(kRate * 2), kRate))
            seen.insert(packet.size());
        return seen.size();
    };
    EXPECT_EQ(sizes("cbr=1"), 1U);
    EXPECT_GT(sizes(""), 3U);
}

TEST(Opus, silence_is_not_sent_to_a_receiver_that_asks_for_that) {
    const auto packets = [](const char* fmtp) {
        const auto all = encode_all(*encoder_for(fmtp), Samples(kRate * 4, 0), kRate);
        return std::count_if(all.begin(), all.end(), [](const Payload& one) { return !one.empty(); });
    };
    EXPECT_EQ(packets(""), 200);
    EXPECT_EQ(packets("cbr=1;usedtx=1"), 200);
    EXPECT_LT(packets("usedtx=1"), 40);
}

TEST(Opus, fec_is_sent_only_where_there_is_loss_and_a_receiver_for_it) {
    const auto likeness = [](const char* fmtp, int loss) {
        const auto encoder = encoder_for(fmtp, {.complexity = 5, .bitrate = 24000});
        encoder->set_expected_loss(loss);
        return rebuilt_likeness(encode_all(*encoder, voice(kRate * 2), kRate));
    };
    const double with_fec = likeness("useinbandfec=1", 20);
    EXPECT_GT(with_fec, likeness("useinbandfec=1", 0) + 3.0);
    EXPECT_GT(with_fec, likeness("useinbandfec=0", 20) + 3.0);
    EXPECT_GT(with_fec, likeness("", 20) + 3.0);
}

TEST(Opus, the_sound_is_no_wider_than_the_receiver_plays) {
    const auto level_above = [](const char* fmtp) {
        const auto encoder = make_encoder({Codec::opus, {}, fmtp}, 48000, {.bitrate = 64000}).value();
        const auto packets = encode_all(*encoder, generate(6000, -12, 48000, 48000), 48000);
        const auto heard = decode_all(*make_decoder({Codec::opus, {}, ""}, 48000).value(), packets);
        return level_at(6000, tail(heard, 48000, 500), 48000);
    };
    EXPECT_GT(level_above("maxplaybackrate=16000"), -20);
    EXPECT_LT(level_above("maxplaybackrate=8000"), -40);
}

/// A second of stereo with the tone on the left only, at what libopus makes of it.
std::vector<Payload> one_sided(int bitrate, int application) {
    int fault = OPUS_OK;
    OpusEncoder* const encoder = opus_encoder_create(48000, 2, application, &fault);
    EXPECT_EQ(fault, OPUS_OK);
    opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bitrate));
    opus_encoder_ctl(encoder, OPUS_SET_FORCE_CHANNELS(2));
    const Samples left = generate(1004, -12, 48000, 48000);
    std::vector<Payload> packets;
    for (std::size_t at = 0; at + 960 <= left.size(); at += 960) {
        Samples both(1920, 0);
        for (std::size_t i = 0; i < 960; ++i) both[2 * i] = left[at + i];
        Payload packet(1500);
        const int size = opus_encode(encoder, both.data(), 960, packet.data(), 1500);
        EXPECT_GT(size, 2);
        packet.resize(static_cast<std::size_t>(std::max(size, 0)));
        EXPECT_EQ(opus_packet_get_nb_channels(packet.data()), 2);
        packets.push_back(std::move(packet));
    }
    opus_encoder_destroy(encoder);
    return packets;
}

TEST(Opus, stereo_is_folded_to_the_mean_of_both_sides) {
    for (const int application : {OPUS_APPLICATION_AUDIO, OPUS_APPLICATION_VOIP}) {
        const auto packets = one_sided(application == OPUS_APPLICATION_AUDIO ? 96000 : 40000, application);
        for (const int rate : {8000, 16000, 48000}) {
            const auto heard =
                decode_all(*make_decoder({Codec::opus, {}, "stereo=1"}, rate).value(), packets);
            // One side of two at -12 dB: the mean is 6 dB lower, and nothing can clip.
            EXPECT_NEAR(level_at(1004, tail(heard, rate, 500), rate), -18, 0.7) << rate << ' ' << application;
        }
    }
}

TEST(Opus, its_complexity_changes_while_it_runs) {
    const auto encoder = encoder_for("");
    const auto decoder = make_decoder({Codec::opus, {}, ""}, kRate).value();
    for (const int complexity : {0, 10, -3, 99}) {
        encoder->set_complexity(complexity);
        const auto heard =
            decode_all(*decoder, encode_all(*encoder, generate(1004, -12, kRate, kRate), kRate));
        EXPECT_NEAR(level_at(1004, tail(heard, kRate, 500), kRate), -12, 1.0) << complexity;
    }
}

TEST(Opus, settings_that_it_cannot_have_are_an_error) {
    EXPECT_EQ(make_encoder({Codec::opus, {}, ""}, kRate, {.complexity = 11}).error().detail,
              "libopus refuses the complexity: invalid argument");
    EXPECT_EQ(make_encoder({Codec::opus, {}, ""}, kRate, {.bitrate = -5}).error().detail,
              "libopus refuses the bit rate: invalid argument");
}

}  // namespace
}  // namespace causeway::transcode
