// Opus by libopus itself: at the other side's rate no resampler is needed, and loss is concealed or repaired
// from in-band FEC. The encoder does what the receiver asks for in its fmtp. RFC 6716, RFC 7587 §6.1.
#include <opus/opus.h>

#include <algorithm>

#include "transcode/codecs.hpp"
#include "transcode/opus_fmtp.hpp"
#include "transcode/sparse_memory.hpp"

namespace causeway::transcode {

namespace {

constexpr int kMono = 1;

std::size_t count_of(int samples) {
    return samples > 0 ? static_cast<std::size_t>(samples) : 0;
}

/// libopus' encoder or decoder in memory of ours.
template <typename State>
class Handle {
  public:
    explicit Handle(int size) : memory_(count_of(size)) {}
    State* get() const { return static_cast<State*>(memory_.data()); }
    /// Once it is set up.
    void settle() { memory_.forget_zeroes(); }

  private:
    SparseMemory memory_;
};
using DecoderHandle = Handle<OpusDecoder>;
using EncoderHandle = Handle<OpusEncoder>;

Error refused(const char* what, int code) {
    return Error{std::string("libopus refuses ") + what + ": " + opus_strerror(code)};
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

constexpr int kLeastBitrate = 6000;

/// RFC 7587 §6.1: what is above half the receiver's sampling rate is lost on it.
opus_int32 widest_band(int max_playback_rate) {
    if (max_playback_rate < 12000) return OPUS_BANDWIDTH_NARROWBAND;
    if (max_playback_rate < 16000) return OPUS_BANDWIDTH_MEDIUMBAND;
    if (max_playback_rate < 24000) return OPUS_BANDWIDTH_WIDEBAND;
    return max_playback_rate < 48000 ? OPUS_BANDWIDTH_SUPERWIDEBAND : OPUS_BANDWIDTH_FULLBAND;
}

class OpusAudioEncoder final : public Encoder {
  public:
    /// `most` bits per second are never exceeded, whatever the path would carry.
    OpusAudioEncoder(EncoderHandle encoder, int most, bool fec, bool dtx)
        : encoder_(std::move(encoder)), most_(most), fec_(fec), dtx_(dtx) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        const int written = opus_encode(encoder_.get(), pcm.data(), static_cast<int>(pcm.size()),
                                        payload.data(), static_cast<opus_int32>(payload.size()));
        // With DTX, two bytes and less say only that nothing has changed: they need not be sent.
        return dtx_ && written <= 2 ? 0 : count_of(written);
    }

    void set_expected_loss(int percent) override {
        percent = std::clamp(percent, 0, 100);
        opus_encoder_ctl(encoder_.get(), OPUS_SET_PACKET_LOSS_PERC(percent));
        // FEC takes its bits from the sound: none of it where nothing is lost.
        opus_encoder_ctl(encoder_.get(), OPUS_SET_INBAND_FEC(fec_ && percent > 0 ? 1 : 0));
    }

    void set_bitrate(int bits_per_second) override {
        opus_encoder_ctl(encoder_.get(), OPUS_SET_BITRATE(std::clamp(bits_per_second,
                                                                     std::min(kLeastBitrate, most_), most_)));
    }

    void set_complexity(int complexity) override {
        opus_encoder_ctl(encoder_.get(), OPUS_SET_COMPLEXITY(std::clamp(complexity, 0, 10)));
    }

  private:
    EncoderHandle encoder_;
    int most_;
    bool fec_;
    bool dtx_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_opus_decoder(int sample_rate) {
    DecoderHandle decoder(opus_decoder_get_size(kMono));
    if (decoder.get() == nullptr) return refused("a decoder", OPUS_ALLOC_FAIL);
    const int fault = opus_decoder_init(decoder.get(), sample_rate, kMono);
    if (fault != OPUS_OK) return refused("a decoder", fault);
    decoder.settle();
    return std::unique_ptr<Decoder>(std::make_unique<OpusAudioDecoder>(std::move(decoder), sample_rate));
}

Result<std::unique_ptr<Encoder>> make_opus_encoder(const sdp::AudioFormat& format, int sample_rate,
                                                   const OpusSettings& settings) {
    const OpusFmtp wishes = read_opus_fmtp(format.fmtp);
    EncoderHandle encoder(opus_encoder_get_size(kMono));
    if (encoder.get() == nullptr) return refused("an encoder", OPUS_ALLOC_FAIL);
    int fault = opus_encoder_init(encoder.get(), sample_rate, kMono, OPUS_APPLICATION_VOIP);
    if (fault != OPUS_OK) return refused("an encoder", fault);
    if ((fault = opus_encoder_ctl(encoder.get(), OPUS_SET_COMPLEXITY(settings.complexity))) != OPUS_OK) {
        return refused("the complexity", fault);
    }
    const int bitrate = std::min(settings.bitrate, wishes.max_average_bitrate.value_or(settings.bitrate));
    if ((fault = opus_encoder_ctl(encoder.get(), OPUS_SET_BITRATE(bitrate))) != OPUS_OK) {
        return refused("the bit rate", fault);
    }
    if (wishes.max_playback_rate)
        opus_encoder_ctl(encoder.get(), OPUS_SET_MAX_BANDWIDTH(widest_band(*wishes.max_playback_rate)));
    opus_encoder_ctl(encoder.get(), OPUS_SET_VBR(wishes.constant_bitrate ? 0 : 1));
    // RFC 7587 §3.1.2: constant bit rate is asked for where sizes must not tell what is said; gaps would.
    const bool dtx = wishes.dtx && !wishes.constant_bitrate;
    opus_encoder_ctl(encoder.get(), OPUS_SET_DTX(dtx ? 1 : 0));
    encoder.settle();
    const bool fec = settings.in_band_fec && wishes.in_band_fec;
    return std::unique_ptr<Encoder>(
        std::make_unique<OpusAudioEncoder>(std::move(encoder), bitrate, fec, dtx));
}

}  // namespace causeway::transcode
