// Audio codecs behind two small interfaces. Frames are mono 16-bit PCM at the rate that both sides of a call
// share best: 8 kHz for G.711, 16 kHz for G.722, 48 kHz for Opus to Opus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"

namespace causeway::transcode {

/// Turns payloads into PCM. One stream, one thread. No allocation after construction.
class Decoder {
  public:
    virtual ~Decoder() = default;
    /// Samples written to `pcm` (at least 120 ms of room); 0 for an unreadable payload. Total on any bytes.
    virtual std::size_t decode(std::span<const std::uint8_t> payload, std::span<std::int16_t> pcm) = 0;
    /// `samples` of concealment for a lost packet.
    virtual std::size_t conceal(std::size_t samples, std::span<std::int16_t> pcm) = 0;
    /// Recovers the lost packet before `next` from its in-band FEC, or conceals when it has none.
    virtual std::size_t recover(std::span<const std::uint8_t> next, std::size_t samples,
                                std::span<std::int16_t> pcm) = 0;
    /// The sender fell silent with a frame of its codec that describes its noise (SID): `conceal` goes on
    /// with that noise for as long as nothing else comes.
    virtual bool is_pausing() const { return false; }
    /// The AMR mode that the peer asked for last (RFC 4867 §4.3.1): for the encoder of the other direction.
    virtual std::optional<int> mode_request() const { return std::nullopt; }
};

/// Turns PCM into payloads. One stream, one thread. No allocation after construction.
class Encoder {
  public:
    virtual ~Encoder() = default;
    /// Bytes written to `payload`; 0 when nothing is to be sent. `pcm` is one frame (10..60 ms).
    virtual std::size_t encode(std::span<const std::int16_t> pcm, std::span<std::uint8_t> payload) = 0;
    /// The path loses this share of packets, 0..100: sizes Opus' in-band FEC.
    virtual void set_expected_loss(int /*percent*/) {}
    /// What the path carries, bits per second; codecs of one rate ignore it.
    virtual void set_bitrate(int) {}
    /// 0..10, as Opus has it; others ignore it. Takes effect with the next frame.
    virtual void set_complexity(int) {}
    /// The AMR mode that the receiver asks for; others ignore it.
    virtual void request_mode(int /*mode*/) {}
};

/// The PCM rate that fits `codec` best: 48000 for Opus, 16000 for wide-band ones, 8000 for the others; 0 for
/// clear mode, which is no sound.
int best_sample_rate(sdp::Codec codec);
/// PCM rates at which `codec` can work: its best; 8000 for wide-band codecs too; 8000..48000 for Opus.
bool supports_sample_rate(sdp::Codec codec, int sample_rate);
/// There is an encoder, in this build of FFmpeg too: what is false here is not to be offered.
bool can_encode(sdp::Codec codec);
/// The packet time that is nearest to what the receiver `wanted`, not above it where possible: whole frames
/// of the codec, 10..60 ms, no larger than a packet.
int frame_ms_of(const sdp::AudioFormat& format, int wanted_ms);

struct OpusSettings {
    int complexity = 5;       ///< 0..10
    int bitrate = 32000;      ///< bits per second, 6000..128000
    bool in_band_fec = true;  ///< when there is loss and the receiver says useinbandfec=1
};

/// An Error when the library refuses or the rate does not fit. `format`'s fmtp is the receiver's wish for an
/// encoder (RFC 7587 §6.1, RFC 4867 §8.1) and says how a decoder's packets are packed. The encoder of a codec
/// that is only heard sends nothing.
Result<std::unique_ptr<Decoder>> make_decoder(const sdp::AudioFormat& format, int sample_rate);
Result<std::unique_ptr<Encoder>> make_encoder(const sdp::AudioFormat& format, int sample_rate,
                                              const OpusSettings& opus);

}  // namespace causeway::transcode
