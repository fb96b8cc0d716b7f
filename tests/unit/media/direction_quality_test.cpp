// What a second of figures means to a listener.
#include "gateway/media/direction_quality.hpp"

#include <gtest/gtest.h>

#include "gateway/media/codec_quality.hpp"

namespace causeway::media {
namespace {

const sdp::AudioFormat kPcmu{sdp::Codec::pcmu, {0}, ""};
const PathFigures kNear{.jitter_ms = 0, .round_trip_ms = 10.0, .buffer_ms = 20.0};

/// `seconds` of 50 packets each, of which `bad` per second are lost in `runs` places.
struct Stream {
    LossCounts counts;
    DirectionQuality quality;

    void run(int seconds, std::uint64_t bad, std::uint64_t runs, const sdp::AudioFormat& format = kPcmu,
             const PathFigures& path = kNear) {
        for (int n = 0; n < seconds; ++n) {
            counts.expected += 50;
            counts.packets += 50 - bad;
            counts.bytes += (50 - bad) * 160;
            counts.bad += bad;
            counts.runs += runs;
            quality.judge(counts, path, format);
        }
    }
    double mos() const { return quality.now() ? quality.now()->mos : 0; }
};

TEST(DirectionQuality, a_clean_near_call_is_as_good_as_its_codec_allows) {
    Stream stream;
    stream.run(1, 0, 0);
    EXPECT_GT(stream.mos(), 4.35);
    EXPECT_EQ(stream.quality.delay_ms(), 5 + 20 + 20);
}

TEST(DirectionQuality, loss_hurts_for_eight_seconds_and_bursts_hurt_more) {
    Stream stream;
    stream.run(20, 0, 0);
    stream.run(1, 10, 10);
    const double hurt = stream.mos();
    EXPECT_LT(hurt, 4.3);
    stream.run(7, 0, 0);
    EXPECT_NEAR(stream.mos(), hurt, 0.01);
    stream.run(1, 0, 0);
    EXPECT_GT(stream.mos(), 4.35);
    Stream scattered, bursts;
    scattered.run(8, 5, 5);
    bursts.run(8, 5, 1);
    EXPECT_LT(bursts.mos(), scattered.mos() - 0.05);
}

TEST(DirectionQuality, a_far_end_is_heard_worse) {
    Stream near, far;
    near.run(1, 0, 0);
    far.run(1, 0, 0, kPcmu, {.jitter_ms = 40, .round_trip_ms = 500.0, .buffer_ms = std::nullopt});
    EXPECT_EQ(far.quality.delay_ms(), 250 + 20 + 80 + 20);
    EXPECT_LT(far.mos(), near.mos() - 0.5);
}

TEST(DirectionQuality, silence_is_not_judged_and_not_averaged) {
    Stream stream;
    stream.run(10, 0, 0);
    const auto before = stream.quality.summary();
    for (int n = 0; n < 20; ++n) stream.quality.judge(stream.counts, kNear, kPcmu);
    EXPECT_FALSE(stream.quality.now());
    EXPECT_EQ(stream.quality.summary().mos_avg, before.mos_avg);
}

TEST(DirectionQuality, a_stream_that_begins_anew_counts_from_its_beginning) {
    Stream stream;
    stream.run(10, 25, 5);
    EXPECT_LT(stream.mos(), 2);
    stream.counts = {};
    stream.run(1, 0, 0);
    EXPECT_GT(stream.mos(), 4.3);
}

TEST(DirectionQuality, the_summary_has_worst_and_mean) {
    Stream stream;
    stream.run(30, 0, 0);
    stream.run(5, 20, 4, kPcmu, {.jitter_ms = 33, .round_trip_ms = 77.0, .buffer_ms = 20.0});
    const auto& summary = stream.quality.summary();
    EXPECT_LT(*summary.mos_min, 3);
    EXPECT_GT(*summary.mos_avg, 3.9);
    EXPECT_EQ(summary.jitter_max_ms, 33);
    EXPECT_EQ(summary.round_trip_max_ms, 77);
}

TEST(DirectionQuality, what_the_listener_says_of_itself_is_believed) {
    DirectionQuality quality;
    quality.adopt({80, 3.9}, kNear);
    EXPECT_EQ(quality.now()->mos, 3.9);
    EXPECT_EQ(quality.summary().mos_min, 3.9);
}

TEST(DirectionQuality, reported_loss_alone_is_enough) {
    DirectionQuality quality;
    quality.judge_interval(0, kNear, kPcmu, {.packets = 50, .bytes = 8000});
    const double clean = quality.now()->mos;
    quality.judge_interval(5, kNear, kPcmu, {.packets = 100, .bytes = 16000});
    EXPECT_NEAR(clean - quality.now()->mos, 0.6, 0.2);
}

TEST(CodecQuality, codecs_rank_as_listeners_rank_them) {
    const auto clean = [](sdp::Codec codec, double rate = 0, const char* fmtp = "") {
        const auto quality = *codec_quality({codec, {0}, fmtp}, rate);
        return rtp::rate({.band = quality.band, .impairment = quality.impairment}).mos;
    };
    EXPECT_NEAR(clean(sdp::Codec::pcmu), 4.41, 0.01);
    EXPECT_GT(clean(sdp::Codec::pcma), clean(sdp::Codec::g729));
    EXPECT_GT(clean(sdp::Codec::g729), clean(sdp::Codec::gsm));
    EXPECT_GT(clean(sdp::Codec::opus, 32000), clean(sdp::Codec::amr_wb));
    EXPECT_GT(clean(sdp::Codec::opus, 64000), clean(sdp::Codec::opus, 12000));
    EXPECT_FALSE(codec_quality({sdp::Codec::clearmode, {0}, ""}, 0));
    EXPECT_GT(codec_quality({sdp::Codec::opus, {0}, "minptime=10;useinbandfec=1"}, 0)->loss_robustness,
              codec_quality({sdp::Codec::opus, {0}, ""}, 0)->loss_robustness);
}

}  // namespace
}  // namespace causeway::media
