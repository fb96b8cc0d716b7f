// Opus by libopus itself: at the other side's rate no resampler is needed, and loss is concealed or repaired
// from in-band FEC. RFC 6716, RFC 7587.
#include <opus/opus.h>

#include <algorithm>

#include "transcode/codecs.hpp"

namespace causeway::transcode {

namespace {

struct Destroy {
    void operator()(OpusDecoder* decoder) const { opus_decoder_destroy(decoder); }
    void operator()(OpusEncoder* encoder) const { opus_encoder_destroy(encoder); }
};
using DecoderHandle = std::unique_ptr<OpusDecoder, Destroy>;
using EncoderHandle = std::unique_ptr<OpusEncoder, Destroy>;

Error refused(const char* what, int code) {
    return Error{std::string("libopus refuses ") + what + ": " + opus_strerror(code)};
}

std::size_t count_of(int samples) {
    return samples > 0 ? static_cast<std::size_t>(samples) : 0;
}

class OpusAudioDecoder final : public Decoder {
  public:
    OpusAudioDecoder(DecoderHandle decoder, int sample_rate)
        : decoder_(std::move(decoder)), most_(static_cast<std::size_t>(sample_rate) / 1000 * 120) {}

    std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        if (payload.empty()) return 0;  // libopus would take it for a loss
        return run(payload, std::min(pcm.size(), most_), pcm, false);
    }

    std::size_t conceal(std::size_t samples, std::span<std::int16_t> pcm) override {
        return run({}, fitting(samples, pcm), pcm, false);
    }

    std::size_t recover(std::span<const std::uint8_t> next, std::size_t samples,
                        std::span<std::int16_t> pcm) override {
        const std::size_t lost = fitting(samples, pcm);
        // A packet without FEC is met by libopus with concealment; an unreadable one is not.
        const std::size_t found = next.empty() ? 0 : run(next, lost, pcm, true);
        return found != 0 ? found : run({}, lost, pcm, false);
    }

  private:
    /// Whole 2.5 ms, at most 120 ms: libopus conceals nothing else.
    std::size_t fitting(std::size_t samples, std::span<std::int16_t> pcm) const {
        const std::size_t unit = most_ / 48;
        return std::min({samples, pcm.size(), most_}) / unit * unit;
    }

    std::size_t run(std::span<const std::uint8_t> payload, std::size_t samples, std::span<std::int16_t> pcm,
                    bool from_fec) {
        if (samples == 0) return 0;
        return count_of(opus_decode(decoder_.get(), payload.empty() ? nullptr : payload.data(),
                                    static_cast<opus_int32>(payload.size()), pcm.data(),
                                    static_cast<int>(samples), from_fec ? 1 : 0));
    }

    DecoderHandle decoder_;
    std::size_t most_;  ///< samples of 120 ms
};

class OpusAudioEncoder final : public Encoder {
  public:
    explicit OpusAudioEncoder(EncoderHandle encoder) : encoder_(std::move(encoder)) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        const int written = opus_encode(encoder_.get(), pcm.data(), static_cast<int>(pcm.size()),
                                        payload.data(), static_cast<opus_int32>(payload.size()));
        return count_of(written);
    }

    void set_expected_loss(int percent) override {
        opus_encoder_ctl(encoder_.get(), OPUS_SET_PACKET_LOSS_PERC(std::clamp(percent, 0, 100)));
    }

  private:
    EncoderHandle encoder_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_opus_decoder(int sample_rate) {
    int fault = OPUS_OK;
    DecoderHandle decoder(opus_decoder_create(sample_rate, 1, &fault));
    if (fault != OPUS_OK) return refused("a decoder", fault);
    return std::unique_ptr<Decoder>(std::make_unique<OpusAudioDecoder>(std::move(decoder), sample_rate));
}

Result<std::unique_ptr<Encoder>> make_opus_encoder(int sample_rate, const OpusSettings& settings) {
    int fault = OPUS_OK;
    EncoderHandle encoder(opus_encoder_create(sample_rate, 1, OPUS_APPLICATION_VOIP, &fault));
    if (fault != OPUS_OK) return refused("an encoder", fault);
    if ((fault = opus_encoder_ctl(encoder.get(), OPUS_SET_COMPLEXITY(settings.complexity))) != OPUS_OK) {
        return refused("the complexity", fault);
    }
    if ((fault = opus_encoder_ctl(encoder.get(), OPUS_SET_BITRATE(settings.bitrate))) != OPUS_OK) {
        return refused("the bit rate", fault);
    }
    if ((fault = opus_encoder_ctl(encoder.get(), OPUS_SET_INBAND_FEC(settings.in_band_fec ? 1 : 0))) !=
        OPUS_OK) {
        return refused("in-band FEC", fault);
    }
    return std::unique_ptr<Encoder>(std::make_unique<OpusAudioEncoder>(std::move(encoder)));
}

}  // namespace causeway::transcode
