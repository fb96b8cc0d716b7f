// GSM both ways and iLBC to listen, by FFmpeg: a packet is a row of frames of one size. RFC 3551 §4.5.8, RFC
// 3952 §3.
#include "core/sdp/format_parameters.hpp"
#include "transcode/codecs.hpp"
#include "transcode/concealed_decoder.hpp"
#include "transcode/ffmpeg_codec.hpp"

namespace causeway::transcode {

namespace {

constexpr int kRate = 8000;
constexpr std::size_t kGsmFrame = 33;
constexpr std::size_t kGsmSamples = 160;

class FramedDecoder final : public ConcealedDecoder {
  public:
    FramedDecoder(FfmpegDecoder ffmpeg, std::size_t frame_size, std::size_t frame_samples)
        : ConcealedDecoder(kRate),
          ffmpeg_(std::move(ffmpeg)),
          frame_size_(frame_size),
          frame_samples_(frame_samples) {}

  private:
    std::size_t decode_heard(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        if (payload.size() % frame_size_ != 0) return 0;
        std::size_t written = 0;
        for (; !payload.empty() && pcm.size() - written >= frame_samples_;
             payload = payload.subspan(frame_size_)) {
            written += ffmpeg_.decode(payload.first(frame_size_), pcm.subspan(written));
        }
        return written;
    }

    FfmpegDecoder ffmpeg_;
    std::size_t frame_size_;
    std::size_t frame_samples_;
};

class GsmEncoder final : public Encoder {
  public:
    explicit GsmEncoder(FfmpegEncoder ffmpeg) : ffmpeg_(std::move(ffmpeg)) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        std::size_t written = 0;
        for (; pcm.size() >= kGsmSamples; pcm = pcm.subspan(kGsmSamples)) {
            written += ffmpeg_.encode(pcm.first(kGsmSamples), payload.subspan(written));
        }
        return written;
    }

  private:
    FfmpegEncoder ffmpeg_;
};

Result<std::unique_ptr<Decoder>> make_framed(FfmpegCodec codec, std::size_t frame_size,
                                             std::size_t frame_samples) {
    auto ffmpeg = FfmpegDecoder::open(codec, kRate, static_cast<int>(frame_size));
    if (!ffmpeg) return ffmpeg.error();
    return std::unique_ptr<Decoder>(
        std::make_unique<FramedDecoder>(std::move(*ffmpeg), frame_size, frame_samples));
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_gsm_decoder() {
    return make_framed(FfmpegCodec::gsm, kGsmFrame, kGsmSamples);
}

Result<std::unique_ptr<Encoder>> make_gsm_encoder() {
    auto ffmpeg = FfmpegEncoder::open(FfmpegCodec::gsm, kRate, static_cast<int>(kGsmSamples));
    if (!ffmpeg) return ffmpeg.error();
    return std::unique_ptr<Encoder>(std::make_unique<GsmEncoder>(std::move(*ffmpeg)));
}

Result<std::unique_ptr<Decoder>> make_ilbc_decoder(const sdp::AudioFormat& format) {
    // RFC 3952 §3.1: 38 bytes are 20 ms, 50 are 30.
    const bool is_short = sdp::ilbc_frame_ms(format.fmtp) == 20;
    return make_framed(FfmpegCodec::ilbc, is_short ? 38 : 50, is_short ? 160 : 240);
}

}  // namespace causeway::transcode
