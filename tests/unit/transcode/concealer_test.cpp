#include "transcode/concealer.hpp"

#include <gtest/gtest.h>

#include "tests/support/tone.hpp"
#include "tests/unit/transcode/codec_run.hpp"

namespace causeway::transcode {
namespace {

using test::generate;
using test::level;
using test::level_at;

std::size_t ms(int count, int rate) {
    return static_cast<std::size_t>(count * rate / 1000);
}

/// The greatest step between neighbouring samples: a click shows in it.
int greatest_step(std::span<const std::int16_t> samples) {
    int greatest = 0;
    for (std::size_t i = 1; i < samples.size(); ++i)
        greatest = std::max(greatest, std::abs(samples[i] - samples[i - 1]));
    return greatest;
}

TEST(Concealer, a_tone_goes_on_for_the_first_10_ms) {
    for (const int rate : {8000, 16000}) {
        Concealer concealer(rate);
        Samples tone = generate(400, -10, rate, ms(100, rate));
        concealer.hear(tone);
        Samples lost(ms(10, rate));
        concealer.conceal(lost);
        EXPECT_NEAR(level_at(400, lost, rate), -10, 1.0) << rate;
    }
}

TEST(Concealer, a_long_loss_fades_to_silence) {
    Concealer concealer(8000);
    Samples tone = generate(400, -10, 8000, ms(100, 8000));
    concealer.hear(tone);
    Samples lost(ms(80, 8000));
    concealer.conceal(lost);
    const auto part = [&](int from, int length) {
        return std::span(lost).subspan(ms(from, 8000), ms(length, 8000));
    };
    EXPECT_LT(level(part(20, 20)), level(part(0, 10)) - 1);
    EXPECT_LT(level(part(40, 20)), level(part(20, 20)) - 3);
    EXPECT_EQ(greatest_step(part(60, 20)), 0);
    EXPECT_EQ(lost.back(), 0);
}

TEST(Concealer, there_is_no_click_into_and_out_of_a_loss) {
    constexpr int kRate = 8000;
    Concealer concealer(kRate);
    const Samples tone = generate(310, -6, kRate, ms(200, kRate));
    Samples heard(tone.begin(), tone.begin() + 800);
    concealer.hear(heard);
    Samples lost(160);
    concealer.conceal(lost);
    Samples next(tone.begin() + 960, tone.begin() + 1120);
    concealer.hear(next);
    heard.insert(heard.end(), lost.begin(), lost.end());
    heard.insert(heard.end(), next.begin(), next.end());
    EXPECT_LT(greatest_step(heard), greatest_step(tone) * 5 / 4);
}

TEST(Concealer, what_is_heard_without_a_loss_is_not_touched) {
    Concealer concealer(8000);
    const Samples tone = generate(1000, -10, 8000, 160);
    Samples heard = tone;
    concealer.hear(heard);
    EXPECT_EQ(heard, tone);
}

TEST(Concealer, a_loss_before_anything_was_heard_is_silence) {
    Concealer concealer(16000);
    Samples lost(320, 77);
    concealer.conceal(lost);
    EXPECT_EQ(lost, Samples(320, 0));
}

TEST(Concealment, g711_and_g722_fill_a_lost_packet_near_its_level) {
    for (const auto& [codec, rate] : {std::pair{sdp::Codec::pcmu, 8000},
                                      {sdp::Codec::pcma, 8000},
                                      {sdp::Codec::g722, 16000},
                                      {sdp::Codec::g722, 8000}}) {
        const auto encoder = make_encoder({codec, {}, ""}, rate, {}).value();
        const auto decoder = make_decoder({codec, {}, ""}, rate).value();
        const auto packets =
            encode_all(*encoder, generate(440, -12, rate, static_cast<std::size_t>(rate)), rate);
        decode_all(*decoder, packets);
        Samples room(ms(120, rate));
        ASSERT_EQ(decoder->conceal(ms(20, rate), room), ms(20, rate));
        EXPECT_NEAR(level_at(440, std::span(room).first(ms(20, rate)), rate), -12, 2);
        ASSERT_EQ(decoder->recover(packets.front(), ms(20, rate), room), ms(20, rate));
    }
}

}  // namespace
}  // namespace causeway::transcode
