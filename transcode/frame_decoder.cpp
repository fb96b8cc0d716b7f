#include "transcode/frame_decoder.hpp"

#include <algorithm>

namespace causeway::transcode {

std::size_t FrameDecoder::conceal(std::size_t samples, std::span<std::int16_t> pcm) {
    const std::size_t wanted = std::min(samples, pcm.size());
    for (std::size_t given = 0; given < wanted;) {
        if (left_ == 0) {
            conceal_frame(std::span(frame_).first(frame_samples_));
            left_ = frame_samples_;
        }
        const std::size_t some = std::min(left_, wanted - given);
        std::copy_n(frame_.data() + frame_samples_ - left_, some, pcm.data() + given);
        left_ -= some;
        given += some;
    }
    return wanted;
}

std::size_t FrameDecoder::recover(std::span<const std::uint8_t> /*next*/, std::size_t samples,
                                  std::span<std::int16_t> pcm) {
    return conceal(samples, pcm);
}

std::size_t FrameDecoder::decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) {
    left_ = 0;
    return decode_frames(payload, pcm);
}

}  // namespace causeway::transcode
