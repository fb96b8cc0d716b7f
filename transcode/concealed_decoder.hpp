// What decoders without concealment of their own have in common: the Concealer hears what they decode and
// speaks for what is lost. One stream, one thread, no allocation after construction.
#pragma once

#include <algorithm>

#include "transcode/codec.hpp"
#include "transcode/concealer.hpp"

namespace causeway::transcode {

class ConcealedDecoder : public Decoder {
  public:
    std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) final {
        const std::size_t samples = decode_heard(payload, pcm);
        if (samples != 0) concealer_.hear(pcm.first(samples));
        return samples;
    }

    std::size_t conceal(std::size_t samples, std::span<std::int16_t> pcm) final {
        const auto lost = pcm.first(std::min(samples, pcm.size()));
        concealer_.conceal(lost);
        return lost.size();
    }

    std::size_t recover(std::span<const std::uint8_t> /*next*/, std::size_t samples,
                        std::span<std::int16_t> pcm) final {
        return conceal(samples, pcm);
    }

  protected:
    explicit ConcealedDecoder(int sample_rate) : concealer_(sample_rate) {}
    /// As Decoder::decode.
    virtual std::size_t decode_heard(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) = 0;

  private:
    Concealer concealer_;
};

}  // namespace causeway::transcode
