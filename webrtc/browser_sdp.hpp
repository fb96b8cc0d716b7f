// The JSEP profile of SDP (RFC 8829): reads a browser's offer, writes the gateway's answer. The gateway is
// always the answerer towards a browser: for an incoming call the page offers when its user accepts. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/sdp/audio_media.hpp"
#include "webrtc/browser_sdp_feedback.hpp"

namespace causeway::webrtc {

using sdp::DtlsRole;
using sdp::Fingerprint;
using sdp::Setup;

/// One m= section of the offer that the answer rejects with port 0.
struct RejectedSection {
    std::string kind;      ///< "video", "application", "audio"
    std::string protocol;  ///< as offered
    std::string formats;   ///< as offered
    std::string mid;       ///< "" if none
};

/// What the gateway needs of a browser's offer; everything else in it is left behind here.
struct BrowserOffer {
    sdp::AudioMedia audio;
    std::string audio_mid;
    std::size_t audio_index = 0;            ///< position of the audio section among all sections
    std::vector<RejectedSection> rejected;  ///< all other sections, in order
    bool bundle = false;
    std::string ice_ufrag;
    std::string ice_password;
    bool ice_lite = false;
    std::vector<Fingerprint> fingerprints;
    Setup setup = Setup::actpass;
    std::vector<std::string> candidates;  ///< "candidate:..." values, without "a="
    bool end_of_candidates = false;
    bool may_wait = false;  ///< not of the SDP: it hears our answer much later (softphones)
    std::string audio_protocol = "UDP/TLS/RTP/SAVPF";  ///< as offered; the answer repeats it
    OfferedFeedback feedback;
};

/// Bounded (64 KiB), total. The first usable audio section is taken; an offer without one, without rtcp-mux,
/// ICE credentials or fingerprint is an Error that names the lack.
Result<BrowserOffer> parse_offer(std::string_view text);

/// The role that answers `offered`: `preferred` when the offer leaves the choice (actpass).
DtlsRole answer_role(Setup offered, DtlsRole preferred);

/// What the gateway's answer says.
struct AnswerParameters {
    std::vector<sdp::Codec> codecs;  ///< allowed, in order of preference; others offered are left out
    bool comfort_noise = false;      ///< agree to RFC 3389 when it is offered: the browser may fall silent
    DtlsRole role = DtlsRole::server;
    std::string ice_ufrag;
    std::string ice_password;
    bool ice_lite = false;
    Fingerprint fingerprint;
    std::vector<std::string> candidates;
    bool end_of_candidates = false;
    Ssrc ssrc{};
    std::string cname;
    std::uint64_t session_id = 0;
    std::uint64_t session_version = 1;  ///< one more with each answer of a session (RFC 3264 §8)
    int opus_bitrate = 0;   ///< what we like to receive on average, bits per second; 0: say nothing
    bool opus_dtx = false;  ///< we like silence not to be sent
};

struct BrowserAnswer {
    std::string sdp;
    /// What both sides agreed: formats in the answer's order with the offer's payload types and fmtp. The
    /// browser sends the first; any may be sent to it. The direction is the browser's.
    sdp::AudioMedia agreed;
    AgreedFeedback feedback;
};

/// An Error when no codec is common or the role contradicts the offer's a=setup.
Result<BrowserAnswer> make_answer(const BrowserOffer& offer, const AnswerParameters& parameters);

}  // namespace causeway::webrtc
