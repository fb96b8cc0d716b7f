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

// The others work at their best rate only.
Result<std::unique_ptr<Decoder>> make_g722_decoder();
Result<std::unique_ptr<Encoder>> make_g722_encoder();

Result<std::unique_ptr<Decoder>> make_g729_decoder();
Result<std::unique_ptr<Encoder>> make_g729_encoder();

/// amr or amr_wb.
Result<std::unique_ptr<Decoder>> make_amr_decoder(const sdp::AudioFormat& format);
Result<std::unique_ptr<Encoder>> make_amr_encoder(const sdp::AudioFormat& format);

Result<std::unique_ptr<Decoder>> make_ilbc_decoder(const sdp::AudioFormat& format);

Result<std::unique_ptr<Decoder>> make_gsm_decoder();
Result<std::unique_ptr<Encoder>> make_gsm_encoder();

/// speex or speex_wb.
Result<std::unique_ptr<Decoder>> make_speex_decoder(sdp::Codec codec);
Result<std::unique_ptr<Encoder>> make_speex_encoder(sdp::Codec codec);

/// l16 or l16_wb.
std::unique_ptr<Decoder> make_l16_decoder(sdp::Codec codec);
std::unique_ptr<Encoder> make_l16_encoder();

}  // namespace causeway::transcode
