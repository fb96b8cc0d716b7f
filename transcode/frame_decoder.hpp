// What decoders of codecs with frames of one length have in common: concealment in any number of samples,
// made from whole frames of it. One stream, one thread, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "transcode/codec.hpp"

namespace causeway::transcode {

class FrameDecoder : public Decoder {
  public:
    std::size_t conceal(std::size_t samples, std::span<std::int16_t> pcm) final;
    std::size_t recover(std::span<const std::uint8_t> next, std::size_t samples,
                        std::span<std::int16_t> pcm) final;
    std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) final;

  protected:
    static constexpr std::size_t kLongestFrame = 320;

    /// At most kLongestFrame.
    explicit FrameDecoder(std::size_t frame_samples) : frame_samples_(frame_samples) {}

    /// One frame in place of one that did not come, by the codec's own means.
    virtual void conceal_frame(std::span<std::int16_t> frame) = 0;
    /// As Decoder::decode: whole frames, as many as there is room for.
    virtual std::size_t decode_frames(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) = 0;

    std::size_t frame_samples() const { return frame_samples_; }

  private:
    std::size_t frame_samples_;
    std::array<std::int16_t, kLongestFrame> frame_{};
    std::size_t left_ = 0;  ///< samples at the end of `frame_` that were concealed and not yet given
};

}  // namespace causeway::transcode
