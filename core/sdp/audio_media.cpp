#include "core/sdp/audio_media.hpp"

namespace causeway::sdp {

std::string_view encoding_name(Codec codec) {
    switch (codec) {
        case Codec::opus:
            return "opus";
        case Codec::g722:
            return "G722";
        case Codec::pcmu:
            return "PCMU";
        case Codec::pcma:
            return "PCMA";
        case Codec::g729:
            return "G729";
        case Codec::amr:
            return "AMR";
        case Codec::amr_wb:
            return "AMR-WB";
        case Codec::ilbc:
            return "iLBC";
        case Codec::gsm:
            return "GSM";
        case Codec::speex:
        case Codec::speex_wb:
            return "speex";
        case Codec::l16:
        case Codec::l16_wb:
            return "L16";
        case Codec::clearmode:
            return "CLEARMODE";
    }
    return "PCMU";
}

std::uint32_t rtp_clock_rate(Codec codec) {
    switch (codec) {
        case Codec::opus:
            return 48000;
        case Codec::amr_wb:
        case Codec::speex_wb:
        case Codec::l16_wb:
            return 16000;
        default:
            return 8000;
    }
}

std::string_view codec_name(Codec codec) {
    switch (codec) {
        case Codec::opus:
            return "opus";
        case Codec::g722:
            return "g722";
        case Codec::pcmu:
            return "pcmu";
        case Codec::pcma:
            return "pcma";
        case Codec::g729:
            return "g729";
        case Codec::amr:
            return "amr";
        case Codec::amr_wb:
            return "amr-wb";
        case Codec::ilbc:
            return "ilbc";
        case Codec::gsm:
            return "gsm";
        case Codec::speex:
            return "speex";
        case Codec::speex_wb:
            return "speex-wb";
        case Codec::l16:
            return "l16";
        case Codec::l16_wb:
            return "l16-wb";
        case Codec::clearmode:
            return "clearmode";
    }
    return "pcmu";
}

std::optional<Codec> codec_from_name(std::string_view name) {
    for (const Codec codec : kCodecs) {
        if (codec_name(codec) == name) return codec;
    }
    return std::nullopt;
}

bool is_only_heard(Codec codec) {
    return codec == Codec::ilbc;
}

Direction reversed(Direction direction) {
    switch (direction) {
        case Direction::sendonly:
            return Direction::recvonly;
        case Direction::recvonly:
            return Direction::sendonly;
        case Direction::sendrecv:
        case Direction::inactive:
            return direction;
    }
    return direction;
}

const EventFormat* event_format_for(const AudioMedia& media, Codec codec) {
    for (const EventFormat& format : media.events) {
        if (format.clock_rate == rtp_clock_rate(codec)) return &format;
    }
    return nullptr;
}

}  // namespace causeway::sdp
