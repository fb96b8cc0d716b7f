// The SDP that a browser and a telephone write and read, as far as a call of one audio codec needs it. Pure.
// RFC 8829, RFC 3264.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "core/sdp/audio_media.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::load {

/// One line of the m= section's format list, with its attributes.
struct OfferedFormat {
    PayloadType payload_type{};
    std::string rtpmap;  ///< "opus/48000/2"
    std::string fmtp;    ///< "" none
};
/// As browsers write it: opus 111, telephone-event 126 and 110.
OfferedFormat browser_format(sdp::Codec codec);
OfferedFormat event_format(std::uint32_t clock_rate);

struct BrowserOfferParts {
    std::vector<OfferedFormat> formats;
    std::string ice_ufrag;
    std::string ice_password;
    webrtc::Fingerprint fingerprint;
    SocketAddress candidate;  ///< the one host candidate
    Ssrc ssrc{};
    int ptime_ms = 20;
    std::vector<std::string> attributes;  ///< more lines of the audio section, without "a="
};
std::string make_browser_offer(const BrowserOfferParts& parts);

struct BrowserAnswerParts {
    std::string ice_ufrag;
    std::string ice_password;
    std::vector<webrtc::Fingerprint> fingerprints;
    bool peer_is_dtls_client = false;       ///< a=setup:active
    std::vector<SocketAddress> candidates;  ///< UDP, component 1, in the order written
    PayloadType payload_type{};             ///< the first that is chosen
};
/// An Error names what is missing. Attributes of the session level count as well.
Result<BrowserAnswerParts> read_browser_answer(std::string_view sdp);
/// "candidate:..." without "a="; nullopt for TCP, component 2, names and whatever else we cannot reach.
std::optional<SocketAddress> candidate_address(std::string_view candidate);

/// A SIP user agent's answer (or offer) with these formats. `rtcp` 0: the port above.
std::string make_sip_sdp(const SocketAddress& rtp, const std::vector<OfferedFormat>& formats,
                         int ptime_ms = 20);

struct SipOfferParts {
    SocketAddress rtp;
    SocketAddress rtcp;
    std::vector<OfferedFormat> formats;  ///< static ones too, with their rtpmap
};
Result<SipOfferParts> read_sip_sdp(std::string_view sdp);
/// The offered format of that codec, or nullptr.
const OfferedFormat* find_format(const std::vector<OfferedFormat>& formats, sdp::Codec codec);

}  // namespace causeway::load
