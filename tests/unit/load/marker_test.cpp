#include "tests/load/marker.hpp"

#include <gtest/gtest.h>

#include "tests/load/sound.hpp"

namespace causeway::load {
namespace {

/// When bursts begin in `pcm`, in milliseconds, heard in frames of 20 ms.
std::vector<double> onsets(const Pcm& pcm, int sample_rate) {
    MarkerFinder finder(sample_rate);
    std::vector<double> found;
    const std::size_t frame = static_cast<std::size_t>(sample_rate) / 50;
    std::int64_t begin = 0;
    for (std::size_t at = 0; at + frame <= pcm.size(); at += frame, begin += 20'000'000) {
        if (const auto onset = finder.hear({pcm.data() + at, frame}, begin)) {
            found.push_back(static_cast<double>(*onset) / 1e6);
        }
    }
    return found;
}

class Marker : public ::testing::TestWithParam<int> {};

TEST_P(Marker, is_found_within_a_millisecond_and_only_once_in_a_voice) {
    const int rate = GetParam();
    Pcm pcm = make_voice(rate);
    write_marker(pcm, rate, 2000);
    const auto found = onsets(pcm, rate);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NEAR(found.front(), marker_onset_ms(2000), 1);
}

INSTANTIATE_TEST_SUITE_P(Rates, Marker, ::testing::Values(8000, 16000, 48000));

TEST(MarkerFinder, a_burst_without_silence_before_is_none) {
    Pcm pcm = make_voice(8000);
    write_marker(pcm, 8000, 2000);
    // A voice right up to the burst.
    std::copy_n(pcm.begin(), kMarkerSilence_ms * 8, pcm.begin() + 16000);
    EXPECT_TRUE(onsets(pcm, 8000).empty());
}

TEST(MarkerFinder, a_voice_after_a_pause_is_no_burst) {
    const Pcm voice = make_voice(8000);
    Pcm pcm(8000);
    pcm.insert(pcm.end(), voice.begin() + 1200, voice.end());  // in the middle of a vowel
    pcm.insert(pcm.end(), 8000, 0);
    pcm.insert(pcm.end(), voice.begin() + 3000, voice.end());
    EXPECT_TRUE(onsets(pcm, 8000).empty());
}

TEST(MarkerFinder, a_burst_that_begins_late_is_heard_late) {
    Pcm pcm(8000 * 3);
    write_marker(pcm, 8000, 1000);
    pcm.insert(pcm.begin(), 37 * 8, 0);
    const auto found = onsets(pcm, 8000);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NEAR(found.front(), marker_onset_ms(1037), 1);
}

class Loop : public ::testing::TestWithParam<sdp::Codec> {};

TEST_P(Loop, has_whole_frames_and_a_marker_that_survives_the_codec) {
    const auto loop = make_sound_loop(GetParam(), make_voice(transcode::best_sample_rate(GetParam())));
    ASSERT_TRUE(loop) << loop.error().detail;
    EXPECT_EQ(loop->frames.size(), static_cast<std::size_t>(kLoop_ms / kFrame_ms));
    for (const auto& frame : loop->frames) EXPECT_GE(frame.size(), 20U);
    // The codec's own delay, at most two frames, is in the offset.
    const double ms =
        static_cast<double>(loop->marker_frame) * kFrame_ms + static_cast<double>(loop->marker_offset) / 1e6;
    const double written = marker_onset_ms(kLoop_ms - 2 * kMarkerSilence_ms - kMarkerBurst_ms);
    EXPECT_GE(ms, written - 1);
    EXPECT_LE(ms, written + 40);
}

INSTANTIATE_TEST_SUITE_P(Codecs, Loop,
                         ::testing::Values(sdp::Codec::pcmu, sdp::Codec::pcma, sdp::Codec::g722,
                                           sdp::Codec::opus));

}  // namespace
}  // namespace causeway::load
