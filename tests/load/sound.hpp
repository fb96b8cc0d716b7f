// The sound that the clients send: like a voice, with markers in it, encoded once and then played in a loop.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"
#include "tests/load/rtp_stream.hpp"
#include "transcode/codec.hpp"

namespace causeway::load {

using Pcm = std::vector<std::int16_t>;

inline constexpr int kLoop_ms = 3000;
inline constexpr int kFrame_ms = 20;

/// Syllables of a voice made of harmonics and breath, kLoop_ms long, without a marker.
Pcm make_voice(int sample_rate);
/// A WAV file at `sample_rate`, cut or repeated to `length_ms`.
Result<Pcm> read_sound(const std::string& path, int sample_rate, int length_ms);

/// The rate at which a codec is decoded to look for markers: 8 kHz for Opus, which is cheap.
int listening_rate_of(sdp::Codec codec);

/// Frames of one codec, and where in them a marker's burst begins once they are decoded again: what the
/// codec itself delays is no delay of the network.
struct SoundLoop {
    sdp::Codec codec{};
    std::vector<std::vector<std::uint8_t>> frames;
    std::size_t marker_frame = 0;
    std::int64_t marker_offset = 0;  ///< nanoseconds from the frame's begin
};
/// `pcm` is at the codec's best sample rate; a marker replaces its last 540 ms.
Result<SoundLoop> make_sound_loop(sdp::Codec codec, Pcm pcm);

}  // namespace causeway::load
