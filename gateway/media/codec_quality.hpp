// What each codec costs a listener, for the E-model: impairment, robustness against loss, delay. Pure.
// ITU-T G.113 Appendix I and IV (09/2024).
#pragma once

#include <optional>

#include "core/rtp/e_model.hpp"
#include "core/sdp/audio_media.hpp"

namespace causeway::media {

struct CodecQuality {
    rtp::VoiceBand band = rtp::VoiceBand::narrow;
    double impairment = 0;       ///< Ie, or Ie,wb
    double loss_robustness = 1;  ///< Bpl, with concealment
    double look_ahead_ms = 0;    ///< of the encoder, beyond the packet itself
};

/// nullopt for what is no voice (clear mode). `bits_per_second` matters to Opus only; 0: not known.
std::optional<CodecQuality> codec_quality(const sdp::AudioFormat& format, double bits_per_second);

}  // namespace causeway::media
