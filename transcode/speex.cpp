// Speex by libspeex at 8 and 16 kHz: several frames in a packet and concealment, which FFmpeg's wrapper has
// not. RFC 5574.
#include <speex/speex.h>

#include <algorithm>
#include <array>

#include "transcode/codecs.hpp"
#include "transcode/frame_decoder.hpp"

namespace causeway::transcode {

namespace {

constexpr std::size_t kLongestPayload = 1500;

const SpeexMode* mode_of(sdp::Codec codec) {
    return speex_lib_get_mode(codec == sdp::Codec::speex_wb ? SPEEX_MODEID_WB : SPEEX_MODEID_NB);
}

std::size_t samples_of(sdp::Codec codec) {
    return codec == sdp::Codec::speex_wb ? 320 : 160;
}

/// The bits of one packet; their memory holds 2000 bytes from the beginning and never grows here.
class Bits {
  public:
    Bits() { speex_bits_init(&bits_); }
    Bits(const Bits&) = delete;
    Bits& operator=(const Bits&) = delete;
    ~Bits() { speex_bits_destroy(&bits_); }
    SpeexBits* get() { return &bits_; }

  private:
    SpeexBits bits_{};
};

struct Destroy {
    void (*destroy)(void*);
    void operator()(void* state) const { destroy(state); }
};
using Handle = std::unique_ptr<void, Destroy>;

/// Walks over a payload as libspeex would, since libspeex writes a line to stderr for each that it cannot
/// read, and a stranger must not be able to make a media thread write. In-band requests count as unreadable.
class Walk {
  public:
    Walk(std::span<const std::uint8_t> payload, bool wide) : payload_(payload), wide_(wide) {}

    bool is_clean() {
        while (left() >= 5) {
            // The narrow-band decoder skips upper bands of others, but not those of nothing.
            if (!pass_layer(kInvalid) || !pass_layer(kInvalid)) return false;
            if (has_layer()) return false;
            if (left() < 5) break;
            constexpr std::array<int, 9> kFrame{5, 43, 119, 160, 220, 300, 364, 492, 79};
            const unsigned mode = bits(5);
            if (mode == kEnd) return true;
            if (mode >= kFrame.size()) return false;
            at_ += static_cast<std::size_t>(kFrame[mode]);
            if (wide_ && !pass_layer(kNothing)) return false;
        }
        return true;
    }

  private:
    static constexpr unsigned kEnd = 15;
    static constexpr int kNothing = 4;
    static constexpr int kInvalid = -1;

    std::size_t left() const { return payload_.size() * 8 - std::min(at_, payload_.size() * 8); }
    /// The next bits, which stay.
    unsigned bits(std::size_t count) const {
        unsigned value = 0;
        for (std::size_t i = at_; i < at_ + count; ++i) {
            value = value << 1 | (payload_[i / 8] >> (7 - i % 8) & 1U);
        }
        return value;
    }

    bool has_layer() const { return left() >= 1 && bits(1) == 1; }
    /// Past an upper band, if there is one; `empty` is the size of one of nothing. False when its mode is
    /// unknown.
    bool pass_layer(int empty) {
        if (!has_layer() || left() < 4) return true;
        const std::array<int, 8> sizes{empty, 36, 112, 192, 352, kInvalid, kInvalid, kInvalid};
        const int size = sizes[bits(4) & 7];
        if (size == kInvalid) return false;
        at_ += static_cast<std::size_t>(size);
        return true;
    }

    std::span<const std::uint8_t> payload_;
    bool wide_;
    std::size_t at_ = 0;
};

class SpeexDecoder final : public FrameDecoder {
  public:
    SpeexDecoder(sdp::Codec codec, Handle decoder)
        : FrameDecoder(samples_of(codec)),
          wide_(codec == sdp::Codec::speex_wb),
          decoder_(std::move(decoder)) {}

  private:
    std::size_t decode_frames(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) override {
        if (payload.empty() || payload.size() > kLongestPayload || !Walk(payload, wide_).is_clean()) return 0;
        speex_bits_read_from(bits_.get(), reinterpret_cast<const char*>(payload.data()),
                             static_cast<int>(payload.size()));
        std::size_t written = 0;
        // RFC 5574 §3.3: frames follow each other bit by bit; padding to a whole byte ends them.
        while (speex_bits_remaining(bits_.get()) >= 5 && pcm.size() - written >= frame_samples()) {
            if (speex_decode_int(decoder_.get(), bits_.get(), pcm.data() + written) != 0) break;
            if (speex_bits_remaining(bits_.get()) < 0) break;
            written += frame_samples();
        }
        return written;
    }

    void conceal_frame(std::span<std::int16_t> frame) override {
        speex_decode_int(decoder_.get(), nullptr, frame.data());
    }

    bool wide_;
    Handle decoder_;
    Bits bits_;
};

class SpeexEncoder final : public Encoder {
  public:
    SpeexEncoder(sdp::Codec codec, Handle encoder)
        : samples_(samples_of(codec)), encoder_(std::move(encoder)) {}

    std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) override {
        if (pcm.size() < samples_) return 0;
        speex_bits_reset(bits_.get());
        for (; pcm.size() >= samples_; pcm = pcm.subspan(samples_)) {
            // libspeex only reads them.
            speex_encode_int(encoder_.get(), const_cast<std::int16_t*>(pcm.data()), bits_.get());
        }
        speex_bits_insert_terminator(bits_.get());
        const int bytes = speex_bits_nbytes(bits_.get());
        if (bytes < 0 || static_cast<std::size_t>(bytes) > payload.size()) return 0;
        return static_cast<std::size_t>(
            speex_bits_write(bits_.get(), reinterpret_cast<char*>(payload.data()), bytes));
    }

    void set_complexity(int complexity) override {
        int value = std::clamp(complexity, 1, 10);
        speex_encoder_ctl(encoder_.get(), SPEEX_SET_COMPLEXITY, &value);
    }

  private:
    std::size_t samples_;
    Handle encoder_;
    Bits bits_;
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_speex_decoder(sdp::Codec codec) {
    Handle decoder(speex_decoder_init(mode_of(codec)), {speex_decoder_destroy});
    if (!decoder) return Error{"no memory for a Speex decoder"};
    int enhance = 1;
    speex_decoder_ctl(decoder.get(), SPEEX_SET_ENH, &enhance);
    return std::unique_ptr<Decoder>(std::make_unique<SpeexDecoder>(codec, std::move(decoder)));
}

Result<std::unique_ptr<Encoder>> make_speex_encoder(sdp::Codec codec) {
    Handle encoder(speex_encoder_init(mode_of(codec)), {speex_encoder_destroy});
    if (!encoder) return Error{"no memory for a Speex encoder"};
    int quality = 8;  // 15 kbit/s, with the upper band 27.8
    speex_encoder_ctl(encoder.get(), SPEEX_SET_QUALITY, &quality);
    return std::unique_ptr<Encoder>(std::make_unique<SpeexEncoder>(codec, std::move(encoder)));
}

}  // namespace causeway::transcode
