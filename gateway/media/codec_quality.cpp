// Figures of ITU-T G.113 (09/2024) where it has them: Table I.1 (Ie), Table I.3 (Bpl), Tables IV.1 and IV.4
// (wide band). Where it has none, the line says whose figure stands in.
#include "gateway/media/codec_quality.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace causeway::media {
namespace {

using rtp::VoiceBand;

// Recent coders all stand about there in Table IV.4 (G.722.2: 4.3 to 4.9).
constexpr double kWideBpl = 4.3;
constexpr double kUnknownOpusRate = 32'000;

/// G.113 has no Opus. The fit of the rtcscore project (github.com/ggarber/rtcscore): Ie = 55 - 4.6 ln(bit
/// rate) within 0..30 and Bpl = 10, with in-band FEC 20, on a scale whose best is 100; that of G.107.1 has
/// 129 there.
CodecQuality opus(const sdp::AudioFormat& format, double bits_per_second) {
    const double rate = bits_per_second > 0 ? bits_per_second : kUnknownOpusRate;
    const double impairment = std::clamp(55 - 4.6 * std::log(rate), 0.0, 30.0);
    const bool corrects = format.fmtp.find("useinbandfec=1") != std::string::npos;
    // RFC 6716 §2: 6.5 ms beyond the frame.
    return {VoiceBand::wide, impairment * 1.29, corrects ? 20.0 : 10.0, 6.5};
}

}  // namespace

std::optional<CodecQuality> codec_quality(const sdp::AudioFormat& format, double bits_per_second) {
    switch (format.codec) {
        case sdp::Codec::opus:
            return opus(format, bits_per_second);
        case sdp::Codec::pcmu:
        case sdp::Codec::pcma:
        case sdp::Codec::l16:
            return CodecQuality{VoiceBand::narrow, 0, 25.1, 0};  // G.711 with G.711 Appendix I concealment
        case sdp::Codec::g722:
            return CodecQuality{VoiceBand::wide, 13, kWideBpl, 1.5};  // 64 kbit/s; Bpl: none in G.113
        case sdp::Codec::l16_wb:
            return CodecQuality{VoiceBand::wide, 0, kWideBpl, 0};  // Bpl: none in G.113
        case sdp::Codec::g729:
            return CodecQuality{VoiceBand::narrow, 11, 19, 5};  // G.729A with VAD
        case sdp::Codec::amr:
            return CodecQuality{VoiceBand::narrow, 5, 10, 5};  // GSM-EFR, which is AMR at 12.2 kbit/s
        case sdp::Codec::amr_wb:
            return CodecQuality{VoiceBand::wide, 13, kWideBpl, 5};  // G.722.2 at 12.65 kbit/s
        case sdp::Codec::gsm:
            return CodecQuality{VoiceBand::narrow, 20, 10, 0};  // GSM-FR; Bpl: that of GSM-EFR
        case sdp::Codec::ilbc:
            return CodecQuality{VoiceBand::narrow, 11, 25.1, 5};  // none in G.113: G.729A's, G.711's
        case sdp::Codec::speex:
            return CodecQuality{VoiceBand::narrow, 11, 10, 10};  // none in G.113: G.729A's, GSM-EFR's
        case sdp::Codec::speex_wb:
            return CodecQuality{VoiceBand::wide, 13, kWideBpl, 14};  // none in G.113: G.722.2's
        case sdp::Codec::clearmode:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace causeway::media
