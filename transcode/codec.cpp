#include "transcode/codec.hpp"

#include <algorithm>

#include "core/sdp/format_parameters.hpp"
#include "transcode/codecs.hpp"
#include "transcode/ffmpeg_codec.hpp"
#include "transcode/narrow_band.hpp"
#include "transcode/opus_fmtp.hpp"

namespace causeway::transcode {

namespace {

using sdp::Codec;

Error unfit(Codec codec, int sample_rate) {
    return Error{std::string(sdp::encoding_name(codec)) + " does not work at " + std::to_string(sample_rate) +
                 " Hz"};
}

/// At the codec's best rate.
Result<std::unique_ptr<Decoder>> decoder_of(const sdp::AudioFormat& format) {
    switch (format.codec) {
        case Codec::g722:
            return make_g722_decoder();
        case Codec::g729:
            return make_g729_decoder();
        case Codec::amr:
        case Codec::amr_wb:
            return make_amr_decoder(format);
        case Codec::ilbc:
            return make_ilbc_decoder(format);
        case Codec::gsm:
            return make_gsm_decoder();
        case Codec::speex:
        case Codec::speex_wb:
            return make_speex_decoder(format.codec);
        case Codec::l16:
        case Codec::l16_wb:
            return make_l16_decoder(format.codec);
        default:
            return make_g711_decoder(format.codec);
    }
}

class MuteEncoder final : public Encoder {
  public:
    std::size_t encode(std::span<const std::int16_t>, std::span<std::uint8_t>) override { return 0; }
};

/// At the codec's best rate.
Result<std::unique_ptr<Encoder>> encoder_of(const sdp::AudioFormat& format) {
    switch (format.codec) {
        case Codec::g722:
            return make_g722_encoder();
        case Codec::g729:
            return make_g729_encoder();
        case Codec::amr:
        case Codec::amr_wb:
            return make_amr_encoder(format);
        case Codec::ilbc:
            return std::unique_ptr<Encoder>(std::make_unique<MuteEncoder>());
        case Codec::gsm:
            return make_gsm_encoder();
        case Codec::speex:
        case Codec::speex_wb:
            return make_speex_encoder(format.codec);
        case Codec::l16:
        case Codec::l16_wb:
            return make_l16_encoder();
        default:
            return make_g711_encoder(format.codec);
    }
}

/// Whole frames of `frame` ms.
int whole_frames(int frame, int wanted, int most = 60) {
    return std::clamp(wanted / frame * frame, frame, most / frame * frame);
}

}  // namespace

int best_sample_rate(Codec codec) {
    switch (codec) {
        case Codec::opus:
            return 48000;
        case Codec::g722:
        case Codec::amr_wb:
        case Codec::speex_wb:
        case Codec::l16_wb:
            return 16000;
        case Codec::clearmode:
            return 0;
        default:
            return 8000;
    }
}

bool supports_sample_rate(Codec codec, int sample_rate) {
    if (codec == Codec::opus) {
        return sample_rate == 8000 || sample_rate == 12000 || sample_rate == 16000 || sample_rate == 24000 ||
               sample_rate == 48000;
    }
    const int best = best_sample_rate(codec);
    return best != 0 && (sample_rate == best || sample_rate == 8000);
}

bool can_encode(Codec codec) {
    switch (codec) {
        case Codec::g722:
            return FfmpegEncoder::exists(FfmpegCodec::g722);
        case Codec::gsm:
            return FfmpegEncoder::exists(FfmpegCodec::gsm);
        case Codec::clearmode:
            return false;
        default:
            return !sdp::is_only_heard(codec);
    }
}

int frame_ms_of(const sdp::AudioFormat& format, int wanted_ms) {
    switch (format.codec) {
        case Codec::opus:
            return opus_packet_time(wanted_ms, read_opus_fmtp(format.fmtp));
        case Codec::amr:
        case Codec::amr_wb:
        case Codec::gsm:
        case Codec::speex:
        case Codec::speex_wb:
            return whole_frames(20, wanted_ms);
        case Codec::ilbc:
            return whole_frames(sdp::ilbc_frame_ms(format.fmtp), wanted_ms);
        case Codec::l16_wb:
            return whole_frames(10, wanted_ms, 40);  // 1280 bytes: 60 ms would not fit into a packet
        default:
            return whole_frames(10, wanted_ms);
    }
}

Result<std::unique_ptr<Decoder>> make_decoder(const sdp::AudioFormat& format, int sample_rate) {
    if (!supports_sample_rate(format.codec, sample_rate)) return unfit(format.codec, sample_rate);
    if (format.codec == Codec::opus) return make_opus_decoder(sample_rate);
    auto decoder = decoder_of(format);
    if (!decoder || sample_rate == best_sample_rate(format.codec)) return decoder;
    return make_narrow(std::move(*decoder));
}

Result<std::unique_ptr<Encoder>> make_encoder(const sdp::AudioFormat& format, int sample_rate,
                                              const OpusSettings& opus) {
    if (!supports_sample_rate(format.codec, sample_rate)) return unfit(format.codec, sample_rate);
    if (format.codec == Codec::opus) return make_opus_encoder(format, sample_rate, opus);
    auto encoder = encoder_of(format);
    if (!encoder || sample_rate == best_sample_rate(format.codec)) return encoder;
    return make_narrow(std::move(*encoder));
}

}  // namespace causeway::transcode
