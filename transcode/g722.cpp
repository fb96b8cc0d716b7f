// G.722 by FFmpeg at 16 kHz. 64 kbit/s: a byte is two samples. RFC 3551 §4.5.2.
#include "transcode/codecs.hpp"
#include "transcode/concealed_decoder.hpp"
#include "transcode/ffmpeg_codec.hpp"

namespace causeway::transcode {

namespace {

constexpr int kRate = 16000;
constexpr std::size_t kPiece = 160;  ///< 10 ms: what every packet time is made of

class G722Decoder final : public ConcealedDecoder {
  public:
    explicit G722Decoder(FfmpegDecoder ffmpeg) : ConcealedDecoder(kRate), ffmpeg_(std::move(ffmpeg)) {}

  private:
    std::size_t decode_heard(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        return ffmpeg_.decode(payload, pcm);
    }

    FfmpegDecoder ffmpeg_;
};

class G722Encoder final : public Encoder {
  public:
    explicit G722Encoder(FfmpegEncoder ffmpeg) : ffmpeg_(std::move(ffmpeg)) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        std::size_t written = 0;
        for (; pcm.size() >= kPiece; pcm = pcm.subspan(kPiece)) {
            written += ffmpeg_.encode(pcm.first(kPiece), payload.subspan(written));
        }
        return written;
    }

  private:
    FfmpegEncoder ffmpeg_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_g722_decoder() {
    auto ffmpeg = FfmpegDecoder::open(FfmpegCodec::g722, kRate);
    if (!ffmpeg) return ffmpeg.error();
    return std::unique_ptr<Decoder>(std::make_unique<G722Decoder>(std::move(*ffmpeg)));
}

Result<std::unique_ptr<Encoder>> make_g722_encoder() {
    auto ffmpeg = FfmpegEncoder::open(FfmpegCodec::g722, kRate, kPiece);
    if (!ffmpeg) return ffmpeg.error();
    return std::unique_ptr<Encoder>(std::make_unique<G722Encoder>(std::move(*ffmpeg)));
}

}  // namespace causeway::transcode
