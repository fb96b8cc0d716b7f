// L16: samples as they are, in network byte order. RFC 3551 §4.5.11.
#include <algorithm>

#include "transcode/codecs.hpp"
#include "transcode/concealed_decoder.hpp"

namespace causeway::transcode {

namespace {

class L16Decoder final : public ConcealedDecoder {
  public:
    explicit L16Decoder(int sample_rate) : ConcealedDecoder(sample_rate) {}

  private:
    std::size_t decode_heard(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        const std::size_t samples = std::min(payload.size() / 2, pcm.size());
        for (std::size_t i = 0; i < samples; ++i) {
            pcm[i] = static_cast<std::int16_t>(payload[2 * i] << 8 | payload[2 * i + 1]);
        }
        return samples;
    }
};

class L16Encoder final : public Encoder {
  public:
    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        if (payload.size() < pcm.size() * 2) return 0;
        for (std::size_t i = 0; i < pcm.size(); ++i) {
            const auto sample = static_cast<std::uint16_t>(pcm[i]);
            payload[2 * i] = static_cast<std::uint8_t>(sample >> 8);
            payload[2 * i + 1] = static_cast<std::uint8_t>(sample);
        }
        return pcm.size() * 2;
    }
};

}  // namespace

std::unique_ptr<Decoder> make_l16_decoder(sdp::Codec codec) {
    return std::make_unique<L16Decoder>(static_cast<int>(sdp::rtp_clock_rate(codec)));
}

std::unique_ptr<Encoder> make_l16_encoder() {
    return std::make_unique<L16Encoder>();
}

}  // namespace causeway::transcode
