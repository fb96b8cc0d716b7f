// G.722 by FFmpeg at 16 kHz, or at 8 kHz through a half-band filter. 64 kbit/s: a byte is two samples.
// RFC 3551 §4.5.2.
#include <algorithm>
#include <array>

#include "transcode/codecs.hpp"
#include "transcode/concealer.hpp"
#include "transcode/ffmpeg_codec.hpp"
#include "transcode/half_band.hpp"

namespace causeway::transcode {

namespace {

constexpr int kRate = 16000;
constexpr std::size_t kPiece = 160;     ///< 10 ms at 16 kHz: what every packet time is made of
constexpr std::size_t kLongest = 1920;  ///< 120 ms at 16 kHz

class G722Decoder final : public Decoder {
  public:
    G722Decoder(FfmpegDecoder ffmpeg, int sample_rate)
        : ffmpeg_(std::move(ffmpeg)), narrow_(sample_rate == kRate / 2), concealer_(sample_rate) {}

    std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        const std::size_t samples = narrow_ ? decode_narrow(payload, pcm) : ffmpeg_.decode(payload, pcm);
        concealer_.hear(pcm.first(samples));
        return samples;
    }

    std::size_t conceal(std::size_t samples, std::span<std::int16_t> pcm) override {
        const auto lost = pcm.first(std::min(samples, pcm.size()));
        concealer_.conceal(lost);
        return lost.size();
    }

    std::size_t recover(std::span<const std::uint8_t> /*next*/, std::size_t samples,
                        std::span<std::int16_t> pcm) override {
        return conceal(samples, pcm);
    }

  private:
    std::size_t decode_narrow(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) {
        const std::size_t samples = ffmpeg_.decode(payload, wide_);
        return half_band_.halve(std::span(wide_).first(samples), pcm);
    }

    FfmpegDecoder ffmpeg_;
    bool narrow_;
    Concealer concealer_;
    HalfBand half_band_;
    std::array<std::int16_t, kLongest> wide_{};
};

class G722Encoder final : public Encoder {
  public:
    G722Encoder(FfmpegEncoder ffmpeg, int sample_rate)
        : ffmpeg_(std::move(ffmpeg)), narrow_(sample_rate == kRate / 2) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        if (narrow_) {
            const std::size_t samples = half_band_.twice(pcm, wide_);
            return encode_wide(std::span(wide_).first(samples), payload);
        }
        return encode_wide(pcm, payload);
    }

    void set_expected_loss(int /*percent*/) override {}

  private:
    std::size_t encode_wide(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) {
        std::size_t written = 0;
        for (; pcm.size() >= kPiece; pcm = pcm.subspan(kPiece)) {
            written += ffmpeg_.encode(pcm.first(kPiece), payload.subspan(written));
        }
        return written;
    }

    FfmpegEncoder ffmpeg_;
    bool narrow_;
    HalfBand half_band_;
    std::array<std::int16_t, kLongest> wide_{};
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_g722_decoder(int sample_rate) {
    auto ffmpeg = FfmpegDecoder::open(FfmpegCodec::g722, kRate);
    if (!ffmpeg) return ffmpeg.error();
    return std::unique_ptr<Decoder>(std::make_unique<G722Decoder>(std::move(*ffmpeg), sample_rate));
}

Result<std::unique_ptr<Encoder>> make_g722_encoder(int sample_rate) {
    auto ffmpeg = FfmpegEncoder::open(FfmpegCodec::g722, kRate, kPiece);
    if (!ffmpeg) return ffmpeg.error();
    return std::unique_ptr<Encoder>(std::make_unique<G722Encoder>(std::move(*ffmpeg), sample_rate));
}

}  // namespace causeway::transcode
