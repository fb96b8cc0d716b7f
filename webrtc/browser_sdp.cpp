// Reads a browser's offer. RFC 8829 §5.8, RFC 9143 §7 (BUNDLE, before: RFC 8843).
#include "webrtc/browser_sdp.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/sdp/audio_section.hpp"
#include "core/sdp/session.hpp"
#include "core/sdp/words.hpp"
#include "webrtc/browser_sdp_transport.hpp"

namespace causeway::webrtc {

namespace {

/// RFC 8829 §5.1.2: all of these mean SRTP keyed by DTLS here, since without a fingerprint nothing is taken.
bool is_webrtc_profile(std::string_view protocol) {
    constexpr std::array<std::string_view, 6> kProfiles{"UDP/TLS/RTP/SAVPF",  "UDP/TLS/RTP/SAVP",
                                                        "TCP/DTLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVP",
                                                        "RTP/SAVPF",          "RTP/SAVP"};
    return std::find(kProfiles.begin(), kProfiles.end(), protocol) != kProfiles.end();
}

/// The section's a=mid when it is one word, else "": what is not a token cannot be repeated in a group.
std::string mid_of(const sdp::MediaSection& section) {
    const auto mid = section.attribute("mid").value_or("");
    return std::string(mid.find(' ') == std::string_view::npos ? mid : std::string_view{});
}

bool is_bundled(const sdp::Session& session, const std::string& mid) {
    if (mid.empty()) return false;
    for (const std::string_view group : session.attributes("group")) {
        const auto names = sdp::words(group);
        if (names.empty() || names.front() != "BUNDLE") continue;
        if (std::find(names.begin() + 1, names.end(), mid) != names.end()) return true;
    }
    return false;
}

/// The audio section as an offer without its neighbours.
Result<BrowserOffer> read_audio(const sdp::Session& session, const sdp::MediaSection& section) {
    if (section.port == 0) {
        // RFC 9143 §7.3.1: a bundle-only section stands on the transport of another one, which is rejected
        // here.
        if (section.attribute("bundle-only")) {
            return Error{"the audio is offered only bundled to a section that we reject"};
        }
        return Error{"the audio is switched off (port 0)"};
    }
    if (!is_webrtc_profile(section.protocol)) {
        return Error{"the audio uses " + sdp::in_quotes(section.protocol) + ", not UDP/TLS/RTP/SAVPF"};
    }
    BrowserOffer offer;
    if (const auto read = read_transport(session, section, offer); !read) return read.error();
    auto formats = sdp::read_formats(section);
    if (formats.formats.empty()) {
        return Error{"the audio has none of our codecs, only " + sdp::format_names(section)};
    }
    offer.audio.rtcp_mux = true;
    offer.audio.formats = std::move(formats.formats);
    offer.audio.events = std::move(formats.events);
    offer.audio.comfort_noise = formats.comfort_noise;
    offer.audio.ptime_ms = sdp::read_ptime(section);
    offer.audio.direction = sdp::read_direction(session, section);
    offer.audio.extended = sdp::read_extended_reports(session, section);
    offer.audio_protocol = section.protocol;
    offer.feedback = read_feedback(section);
    offer.audio_mid = mid_of(section);
    offer.bundle = is_bundled(session, offer.audio_mid);
    return offer;
}

RejectedSection reject(const sdp::MediaSection& section) {
    RejectedSection rejected{
        .kind = section.kind, .protocol = section.protocol, .formats = "", .mid = mid_of(section)};
    for (const std::string& format : section.formats) {
        if (!rejected.formats.empty()) rejected.formats += ' ';
        rejected.formats += format;
    }
    return rejected;
}

/// "the offer has no audio, only application".
Error no_audio(const sdp::Session& session) {
    if (session.media.empty()) return Error{"the offer describes no media"};
    std::string kinds;
    for (std::size_t i = 0; i < session.media.size() && i < 4; ++i) {
        const std::string kind = sdp::in_quotes(session.media[i].kind);
        kinds += (i == 0 ? "" : ", ") + kind.substr(1, kind.size() - 2);
    }
    return Error{"the offer has no audio, only " + kinds};
}

}  // namespace

Result<BrowserOffer> parse_offer(std::string_view text) {
    const auto session = sdp::parse_session(text);
    if (!session) return session.error();
    std::optional<Error> why;
    for (std::size_t i = 0; i < session->media.size(); ++i) {
        if (session->media[i].kind != "audio") continue;
        auto offer = read_audio(*session, session->media[i]);
        if (!offer) {
            if (!why) why = offer.error();
            continue;
        }
        offer->audio_index = i;
        for (std::size_t k = 0; k < session->media.size(); ++k) {
            if (k != i) offer->rejected.push_back(reject(session->media[k]));
        }
        return offer;
    }
    return why ? *why : no_audio(*session);
}

}  // namespace causeway::webrtc
