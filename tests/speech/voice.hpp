// The voice of a call's end: what it says, encoded frame by frame, and what it hears, kept and decoded when
// the call is over. On the loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"
#include "tests/load/rtp_stream.hpp"
#include "tests/load/wav_file.hpp"

namespace causeway::speech {

/// Says a sound once, then silence.
class Mouth final : public load::PayloadSource {
  public:
    /// `sound` has a rate that the codec works at, and must outlive the mouth. `expected_loss`: percent, as a
    /// browser learns it from reports; sizes Opus' in-band FEC.
    static Result<std::unique_ptr<Mouth>> make(const sdp::AudioFormat& format, const load::Sound& sound,
                                               int expected_loss);
    ~Mouth() override;

    std::size_t next(std::span<std::uint8_t> out) override;
    bool finished() const { return at_ >= sound_.samples.size(); }

  private:
    struct Codec;
    Mouth(const load::Sound& sound, std::unique_ptr<Codec> codec);

    const load::Sound& sound_;
    std::unique_ptr<Codec> codec_;
    std::vector<std::int16_t> frame_;
    std::size_t at_ = 0;
};

/// Keeps all packets of one payload type.
class Ear final : public load::PacketSink {
  public:
    void packet(const rtp::RtpView& packet, std::int64_t arrived) override;

    /// As a patient listener hears it: packets in order, the lost ones concealed or recovered, pauses silent.
    Result<load::Sound> heard(const sdp::AudioFormat& format, int sample_rate) const;
    std::size_t packets() const { return kept_.size(); }

  private:
    struct Kept {
        SequenceNumber sequence{};
        RtpTime timestamp{};
        PayloadType type{};
        std::vector<std::uint8_t> payload;
    };
    std::vector<Kept> kept_;
};

}  // namespace causeway::speech
