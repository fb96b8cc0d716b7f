#include "transcode/codec.hpp"

#include "transcode/codecs.hpp"

namespace causeway::transcode {

namespace {

Error unfit(sdp::Codec codec, int sample_rate) {
    return Error{std::string(sdp::encoding_name(codec)) + " does not work at " + std::to_string(sample_rate) +
                 " Hz"};
}

}  // namespace

bool supports_sample_rate(sdp::Codec codec, int sample_rate) {
    switch (codec) {
        case sdp::Codec::opus:
            return sample_rate == 8000 || sample_rate == 12000 || sample_rate == 16000 ||
                   sample_rate == 24000 || sample_rate == 48000;
        case sdp::Codec::g722:
            return sample_rate == 8000 || sample_rate == 16000;
        case sdp::Codec::pcmu:
        case sdp::Codec::pcma:
            return sample_rate == 8000;
        default:
            return false;
    }
}

Result<std::unique_ptr<Decoder>> make_decoder(const sdp::AudioFormat& format, int sample_rate) {
    const sdp::Codec codec = format.codec;
    if (!supports_sample_rate(codec, sample_rate)) return unfit(codec, sample_rate);
    switch (codec) {
        case sdp::Codec::opus:
            return make_opus_decoder(sample_rate);
        case sdp::Codec::g722:
            return make_g722_decoder(sample_rate);
        case sdp::Codec::pcmu:
        case sdp::Codec::pcma:
            return make_g711_decoder(codec);
        default:
            return unfit(codec, sample_rate);
    }
}

Result<std::unique_ptr<Encoder>> make_encoder(const sdp::AudioFormat& format, int sample_rate,
                                              const OpusSettings& opus) {
    const sdp::Codec codec = format.codec;
    if (!supports_sample_rate(codec, sample_rate)) return unfit(codec, sample_rate);
    switch (codec) {
        case sdp::Codec::opus:
            return make_opus_encoder(format, sample_rate, opus);
        case sdp::Codec::g722:
            return make_g722_encoder(sample_rate);
        case sdp::Codec::pcmu:
        case sdp::Codec::pcma:
            return make_g711_encoder(codec);
        default:
            return unfit(codec, sample_rate);
    }
}

}  // namespace causeway::transcode
