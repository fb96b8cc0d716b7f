// The adapters behind make_decoder and make_encoder, one file each. The sample rate has been checked already.
#pragma once

#include <memory>

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"
#include "transcode/codec.hpp"

namespace causeway::transcode {

Result<std::unique_ptr<Decoder>> make_opus_decoder(int sample_rate);
Result<std::unique_ptr<Encoder>> make_opus_encoder(const sdp::AudioFormat& format, int sample_rate,
                                                   const OpusSettings& settings);

/// `law` is pcmu or pcma.
std::unique_ptr<Decoder> make_g711_decoder(sdp::Codec law);
std::unique_ptr<Encoder> make_g711_encoder(sdp::Codec law);

/// At 8000 Hz a half-band filter takes away or adds the upper half, so that G.722 meets G.711.
Result<std::unique_ptr<Decoder>> make_g722_decoder(int sample_rate);
Result<std::unique_ptr<Encoder>> make_g722_encoder(int sample_rate);

}  // namespace causeway::transcode
