// AMR by opencore-amrnb, AMR-WB by vo-amrwbenc and opencore-amrwb: one decoder and one encoder class over
// both. Modes follow the receiver's mode-set and requests. Silence frames are heard, never sent; lost frames
// are concealed by the decoders themselves. RFC 4867; 3GPP TS 26.071, TS 26.171.
#include <opencore-amrnb/interf_dec.h>
#include <opencore-amrnb/interf_enc.h>
#include <opencore-amrwb/dec_if.h>
#include <vo-amrwbenc/enc_if.h>

#include <algorithm>

#include "core/sdp/format_parameters.hpp"
#include "transcode/amr_modes.hpp"
#include "transcode/amr_payload.hpp"
#include "transcode/codecs.hpp"
#include "transcode/frame_decoder.hpp"

namespace causeway::transcode {

namespace {

struct Close {
    void (*close)(void*);
    void operator()(void* state) const { close(state); }
};
using Handle = std::unique_ptr<void, Close>;

constexpr int kSpeechLost = 14;  ///< of AMR-WB
constexpr int kSoftly = 3;       ///< frames

std::size_t samples_of(sdp::Codec codec) {
    return codec == sdp::Codec::amr ? 160 : 320;
}

int silence_type(sdp::Codec codec) {
    return codec == sdp::Codec::amr ? 8 : 9;
}

class AmrDecoder final : public FrameDecoder {
  public:
    AmrDecoder(sdp::Codec codec, bool octet_align, Handle decoder)
        : FrameDecoder(samples_of(codec)),
          codec_(codec),
          octet_align_(octet_align),
          decoder_(std::move(decoder)) {}

    bool is_pausing() const override { return pausing_; }
    std::optional<int> mode_request() const override {
        if (request_ == AmrPayload::kNoRequest) return std::nullopt;
        return request_;
    }

  private:
    std::size_t decode_frames(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        if (!read_amr_payload(codec_, octet_align_, payload, unpacked_)) return 0;
        if (unpacked_.mode_request != AmrPayload::kNoRequest) request_ = unpacked_.mode_request;
        std::size_t written = 0;
        for (AmrFrame& frame : std::span(unpacked_.frames).first(unpacked_.count)) {
            if (pcm.size() - written < frame_samples()) break;
            const int type = frame.type();
            // A damaged frame is as good as a lost one.
            if (!frame.good() || type == kSpeechLost) {
                conceal_frame(pcm.subspan(written, frame_samples()));
            } else {
                if (type != AmrFrame::kNoData) pausing_ = type == silence_type(codec_);
                if (type < silence_type(codec_)) last_speech_ = frame;
                lost_ = 0;
                run(frame, pcm.data() + written);
            }
            written += frame_samples();
        }
        return written;
    }

    void conceal_frame(std::span<std::int16_t> pcm) override {
        // Told of no data outside of a pause, opencore-amrwb falls by 14 dB at once; from the last frame,
        // marked as damaged, it goes on softly, but for too long.
        const bool soft = codec_ == sdp::Codec::amr_wb && !pausing_ && lost_++ < kSoftly;
        AmrFrame frame = last_speech_;
        soft ? frame.set_type(frame.type(), false) : frame.set_type(AmrFrame::kNoData, true);
        run(frame, pcm.data());
    }

    void run(const AmrFrame& frame, std::int16_t* pcm) {
        if (codec_ == sdp::Codec::amr) {
            Decoder_Interface_Decode(decoder_.get(), frame.bytes.data(), pcm, 0);
        } else {
            D_IF_decode(decoder_.get(), frame.bytes.data(), pcm, _good_frame);
        }
    }

    sdp::Codec codec_;
    bool octet_align_;
    Handle decoder_;
    AmrPayload unpacked_;
    AmrFrame last_speech_;
    int lost_ = 0;  ///< frames concealed since the newest good one
    bool pausing_ = false;
    int request_ = AmrPayload::kNoRequest;
};

class AmrEncoder final : public Encoder {
  public:
    AmrEncoder(sdp::Codec codec, const sdp::AmrParameters& amr, Handle encoder)
        : codec_(codec), octet_align_(amr.octet_align), modes_(codec, amr), encoder_(std::move(encoder)) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        const std::size_t samples = samples_of(codec_);
        packed_.count = 0;
        for (; pcm.size() >= samples && packed_.count < AmrPayload::kMostFrames; pcm = pcm.subspan(samples)) {
            // The libraries scale their input in place.
            std::copy_n(pcm.begin(), samples, speech_.begin());
            run(modes_.next(), packed_.frames[packed_.count++].bytes.data());
        }
        return write_amr_payload(codec_, octet_align_, packed_, payload);
    }

    void request_mode(int mode) override { modes_.request(mode); }

  private:
    void run(int mode, std::uint8_t* frame) {
        if (codec_ == sdp::Codec::amr) {
            Encoder_Interface_Encode(encoder_.get(), static_cast<Mode>(mode), speech_.data(), frame, 1);
        } else {
            E_IF_encode(encoder_.get(), mode, speech_.data(), frame, 0);
        }
    }

    sdp::Codec codec_;
    bool octet_align_;
    AmrModes modes_;
    Handle encoder_;
    AmrPayload packed_;
    std::array<std::int16_t, 320> speech_{};
};

Result<sdp::AmrParameters> parameters_of(const sdp::AudioFormat& format) {
    const auto amr = sdp::read_amr_parameters(format.codec, format.fmtp);
    if (!amr) return Error{"AMR is asked for in a packing that is not spoken here"};
    return *amr;
}

}  // namespace

Result<std::unique_ptr<Decoder>> make_amr_decoder(const sdp::AudioFormat& format) {
    const auto amr = parameters_of(format);
    if (!amr) return amr.error();
    const bool narrow = format.codec == sdp::Codec::amr;
    Handle decoder(narrow ? Decoder_Interface_init() : D_IF_init(),
                   {narrow ? Decoder_Interface_exit : D_IF_exit});
    if (!decoder) return Error{"no memory for an AMR decoder"};
    return std::unique_ptr<Decoder>(
        std::make_unique<AmrDecoder>(format.codec, amr->octet_align, std::move(decoder)));
}

Result<std::unique_ptr<Encoder>> make_amr_encoder(const sdp::AudioFormat& format) {
    const auto amr = parameters_of(format);
    if (!amr) return amr.error();
    const bool narrow = format.codec == sdp::Codec::amr;
    Handle encoder(narrow ? Encoder_Interface_init(0) : E_IF_init(),
                   {narrow ? Encoder_Interface_exit : E_IF_exit});
    if (!encoder) return Error{"no memory for an AMR encoder"};
    return std::unique_ptr<Encoder>(std::make_unique<AmrEncoder>(format.codec, *amr, std::move(encoder)));
}

}  // namespace causeway::transcode
