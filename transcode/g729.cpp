// G.729 with Annex A by bcg729, both ways; the silence frames of Annex B are heard, never sent. Lost frames
// are concealed by the decoder itself. ITU-T G.729; RFC 3551 §4.5.6.
#include <algorithm>

extern "C" {
#include <bcg729/decoder.h>
#include <bcg729/encoder.h>
}

#include "transcode/codecs.hpp"
#include "transcode/frame_decoder.hpp"

namespace causeway::transcode {

namespace {

constexpr std::size_t kSamples = 80;
constexpr std::size_t kFrame = 10;
constexpr std::size_t kSilenceFrame = 2;

struct Close {
    void operator()(bcg729DecoderChannelContextStruct* decoder) const { closeBcg729DecoderChannel(decoder); }
    void operator()(bcg729EncoderChannelContextStruct* encoder) const { closeBcg729EncoderChannel(encoder); }
};
using DecoderHandle = std::unique_ptr<bcg729DecoderChannelContextStruct, Close>;
using EncoderHandle = std::unique_ptr<bcg729EncoderChannelContextStruct, Close>;

class G729Decoder final : public FrameDecoder {
  public:
    explicit G729Decoder(DecoderHandle decoder) : FrameDecoder(kSamples), decoder_(std::move(decoder)) {}

    bool is_pausing() const override { return pausing_; }

  private:
    std::size_t decode_frames(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        // RFC 3551 §4.5.6: frames of 10 bytes, the last one may be a silence frame of 2.
        const std::size_t rest = payload.size() % kFrame;
        if (rest != 0 && rest != kSilenceFrame) return 0;
        std::size_t written = 0;
        while (!payload.empty() && pcm.size() - written >= kSamples) {
            const std::size_t size = std::min(payload.size(), kFrame);
            pausing_ = size == kSilenceFrame;
            bcg729Decoder(decoder_.get(), payload.data(), static_cast<std::uint8_t>(size), 0,
                          pausing_ ? 1 : 0, 0, pcm.data() + written);
            payload = payload.subspan(size);
            written += kSamples;
        }
        return written;
    }

    void conceal_frame(std::span<std::int16_t> frame) override {
        bcg729Decoder(decoder_.get(), nullptr, 0, 1, 0, 0, frame.data());
    }

    DecoderHandle decoder_;
    bool pausing_ = false;  ///< the newest frame was one of silence
};

class G729Encoder final : public Encoder {
  public:
    explicit G729Encoder(EncoderHandle encoder) : encoder_(std::move(encoder)) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        std::size_t written = 0;
        for (; pcm.size() >= kSamples && payload.size() - written >= kFrame; pcm = pcm.subspan(kSamples)) {
            std::uint8_t size = 0;
            bcg729Encoder(encoder_.get(), pcm.data(), payload.data() + written, &size);
            written += size;
        }
        return written;
    }

  private:
    EncoderHandle encoder_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_g729_decoder() {
    DecoderHandle decoder(initBcg729DecoderChannel());
    if (!decoder) return Error{"no memory for a G.729 decoder"};
    return std::unique_ptr<Decoder>(std::make_unique<G729Decoder>(std::move(decoder)));
}

Result<std::unique_ptr<Encoder>> make_g729_encoder() {
    constexpr std::uint8_t kNoSilenceFrames = 0;
    EncoderHandle encoder(initBcg729EncoderChannel(kNoSilenceFrames));
    if (!encoder) return Error{"no memory for a G.729 encoder"};
    return std::unique_ptr<Encoder>(std::make_unique<G729Encoder>(std::move(encoder)));
}

}  // namespace causeway::transcode
