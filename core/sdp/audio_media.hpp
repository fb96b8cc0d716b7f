// What two sides agree about one audio stream: the values that SDP text is parsed into, that the codec plan
// is made of and that media legs are set up with. No SDP text, no library here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "core/sdp/media_security.hpp"

namespace causeway::sdp {

/// The codecs that Causeway knows. Others in an SDP are kept by the model and ignored by negotiation.
enum class Codec : std::uint8_t {
    opus,
    g722,
    pcmu,
    pcma,
    g729,
    amr,
    amr_wb,
    ilbc,
    gsm,
    speex,     ///< 8 kHz
    speex_wb,  ///< 16 kHz
    l16,       ///< mono at 8 kHz
    l16_wb,    ///< mono at 16 kHz
    clearmode,
};

inline constexpr std::array kCodecs{
    Codec::opus, Codec::g722, Codec::pcmu,  Codec::pcma,     Codec::g729, Codec::amr,    Codec::amr_wb,
    Codec::ilbc, Codec::gsm,  Codec::speex, Codec::speex_wb, Codec::l16,  Codec::l16_wb, Codec::clearmode};

/// "opus", "G722", "PCMU", "AMR-WB" and so on: the encoding name of rtpmap.
std::string_view encoding_name(Codec codec);
/// The RTP clock: 48000 for Opus, 16000 for the wide-band ones, 8000 for the others, G.722 too
/// (RFC 3551 §4.5.2).
std::uint32_t rtp_clock_rate(Codec codec);
/// "opus", "pcmu", "amr-wb", "l16-wb" and so on, as configuration spells it.
std::string_view codec_name(Codec codec);
/// nullopt for a word that is no codec_name.
std::optional<Codec> codec_from_name(std::string_view name);
/// There is a decoder and no encoder: agreed only with a peer that sends and wants to hear nothing.
bool is_only_heard(Codec codec);

/// One payload type that stands for one of our codecs.
struct AudioFormat {
    Codec codec = Codec::pcmu;
    PayloadType payload_type{};
    std::string fmtp;  ///< as received, without the payload type; "" if none

    friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

/// One payload type that carries RFC 4733 telephone events.
struct EventFormat {
    PayloadType payload_type{};
    std::uint32_t clock_rate = 8000;

    friend bool operator==(const EventFormat&, const EventFormat&) = default;
};

enum class Direction : std::uint8_t { sendrecv, sendonly, recvonly, inactive };
/// The same direction as the other side sees it.
Direction reversed(Direction direction);

/// Extended RTCP reports that a side declares with a=rtcp-xr (RFC 3611 §5).
struct ExtendedReports {
    bool reference_time = false;  ///< rcvr-rtt: it takes part in measuring a receiver's round trip
    bool voip_metrics = false;    ///< it wants VoIP metrics of what it sends

    friend bool operator==(const ExtendedReports&, const ExtendedReports&) = default;
};

/// One side's description of its audio stream.
struct AudioMedia {
    SocketAddress rtp;                  ///< where it wants RTP; unspecified with ICE or on (old) hold
    std::optional<SocketAddress> rtcp;  ///< absent: RTP port + 1 (RFC 3550 §11)
    bool rtcp_mux = false;
    std::vector<AudioFormat> formats;            ///< in its order of preference
    std::vector<EventFormat> events;             ///< telephone-event formats
    std::optional<PayloadType> comfort_noise{};  ///< RFC 3389, at 8000 Hz
    int ptime_ms = 20;                           ///< 10..120
    Direction direction = Direction::sendrecv;
    ExtendedReports extended{};
    MediaSecurity security{};
    std::optional<IceLogin> ice{};  ///< towards SIP; the browser's is the ICE agent's business
    bool ice_lite = false;
    /// In a SIP peer's description, when both sides have spoken.
    AgreedTransport agreed{};

    friend bool operator==(const AudioMedia&, const AudioMedia&) = default;
};

/// The event format whose clock fits `codec` (RFC 4733 §2.1), or nullptr.
const EventFormat* event_format_for(const AudioMedia& media, Codec codec);

}  // namespace causeway::sdp
