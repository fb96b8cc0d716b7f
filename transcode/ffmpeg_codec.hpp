// One audio codec of FFmpeg, fed packet by packet and frame by frame: owns its context, packet and frame and
// uses them again. FFmpeg's names stay in ffmpeg_codec.cpp. One stream, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/error.hpp"

namespace causeway::transcode {

enum class FfmpegCodec { g722, gsm, ilbc };

class FfmpegDecoder {
  public:
    /// `block_align` is the size of a frame in bytes, for codecs that must be told.
    static Result<FfmpegDecoder> open(FfmpegCodec codec, int sample_rate, int block_align = 0);
    FfmpegDecoder(FfmpegDecoder&&) noexcept;
    ~FfmpegDecoder();

    /// Mono samples written; 0 for an unreadable or too long payload.
    std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm);

  private:
    struct Parts;
    explicit FfmpegDecoder(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

class FfmpegEncoder {
  public:
    /// This build of FFmpeg has the encoder.
    static bool exists(FfmpegCodec codec);
    /// Every frame given to `encode` has `frame_samples` samples.
    static Result<FfmpegEncoder> open(FfmpegCodec codec, int sample_rate, int frame_samples);
    FfmpegEncoder(FfmpegEncoder&&) noexcept;
    ~FfmpegEncoder();

    /// Bytes written; 0 when refused.
    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload);

  private:
    struct Parts;
    explicit FfmpegEncoder(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace causeway::transcode
