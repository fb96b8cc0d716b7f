// The E-model: from codec, loss and delay to the rating R and the mean opinion score that listeners would
// give. Any thread; pure. ITU-T G.107 (06/2015), narrow band; ITU-T G.107.1 (06/2019, Cor.1), wide band.
#pragma once

namespace causeway::rtp {

/// Each band has its own scale: a wide-band score of 4.3 and a narrow-band one of 4.3 are not the same sound.
enum class VoiceBand { narrow, wide };

/// One direction from mouth to ear.
struct VoicePath {
    VoiceBand band = VoiceBand::narrow;
    double impairment = 0;       ///< Ie of the codec (Ie,wb in wide band)
    double loss_robustness = 1;  ///< Bpl of the codec with its concealment
    double loss_percent = 0;     ///< Ppl: lost or discarded
    double burst_ratio = 1;      ///< BurstR: mean length of losses, over that of random loss
    double delay_ms = 0;         ///< Ta: one way, mouth to ear
};

struct VoiceQuality {
    double r = 0;    ///< 0..93.2 in narrow band, 0..129 in wide band
    double mos = 1;  ///< 1..4.5, conversational (MOS-CQE)

    friend bool operator==(const VoiceQuality&, const VoiceQuality&) = default;
};

/// All other parameters of the model have their default values (G.107 Table 2). Not finite or out of range
/// inputs are brought into range.
VoiceQuality rate(const VoicePath& path);

/// G.107 Annex B: the score of a narrow-band R.
double mos_of(double r);

/// G.107 §7.4, with an echo path of default loudness.
double delay_impairment(double delay_ms);

}  // namespace causeway::rtp
