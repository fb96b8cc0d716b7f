#include "webrtc/browser_sdp_transport.hpp"

#include <algorithm>
#include <utility>

#include "core/sdp/dtls_attributes.hpp"
#include "core/sdp/words.hpp"

namespace causeway::webrtc {

namespace {

constexpr std::size_t kMaxCandidates = 100;

Result<void> read_ice(const sdp::Session& session, const sdp::MediaSection& section, BrowserOffer& offer) {
    auto login = sdp::read_ice_login(session, section);
    if (!login) return login.error();
    offer.ice_ufrag = std::move(login->ufrag);
    offer.ice_password = std::move(login->password);
    offer.ice_lite = session.attribute("ice-lite").has_value();  // RFC 8839 §5.3: session level only
    offer.end_of_candidates = sdp::attribute_of(session, section, "end-of-candidates").has_value();
    for (const std::string_view value : section.attributes("candidate")) {
        const auto parts = sdp::words(value);
        // RFC 8839 §5.1: foundation, component, transport, priority, address, port, "typ", type. Component 2
        // is RTCP's own, which rtcp-mux leaves unused.
        if (parts.size() < 8 || parts[1] != "1" || offer.candidates.size() == kMaxCandidates) continue;
        offer.candidates.push_back("candidate:" + std::string(value));
    }
    return {};
}

}  // namespace

Result<void> read_transport(const sdp::Session& session, const sdp::MediaSection& section,
                            BrowserOffer& offer) {
    if (!section.attribute("rtcp-mux")) return Error{"the audio has no a=rtcp-mux, and we take no other way"};
    if (const auto ice = read_ice(session, section, offer); !ice) return ice.error();
    auto fingerprints = sdp::read_fingerprints(session, section);
    if (!fingerprints) return fingerprints.error();
    offer.fingerprints = std::move(*fingerprints);
    const auto setup = sdp::read_setup(session, section);
    if (!setup) return setup.error();
    offer.setup = *setup;
    return {};
}

}  // namespace causeway::webrtc
