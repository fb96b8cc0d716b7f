#include "webrtc/browser_sdp_transport.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "core/sdp/words.hpp"

namespace causeway::webrtc {

namespace {

constexpr std::size_t kMaxCandidates = 100;
constexpr std::size_t kMaxFingerprints = 16;

/// Hash functions that a fingerprint may be checked with, and the bytes of their digests. RFC 8122 §5 forbids
/// MD5; SHA-1 is left out as broken.
constexpr std::array<std::pair<std::string_view, std::size_t>, 4> kHashes{
    {{"sha-224", 28}, {"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}}};

/// RFC 8839 §5.4: ice-char, and the lengths of user fragment and password.
bool is_ice_text(std::string_view text, std::size_t least) {
    constexpr std::size_t kMost = 256;
    const auto is_ice_char = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
               c == '/';
    };
    return text.size() >= least && text.size() <= kMost && std::all_of(text.begin(), text.end(), is_ice_char);
}

Result<void> read_ice(const sdp::Session& session, const sdp::MediaSection& section, BrowserOffer& offer) {
    const auto ufrag = sdp::attribute_of(session, section, "ice-ufrag");
    if (!ufrag) return Error{"the audio has no a=ice-ufrag"};
    if (!is_ice_text(*ufrag, 4)) return Error{"a=ice-ufrag is not 4 to 256 ICE characters"};
    const auto password = sdp::attribute_of(session, section, "ice-pwd");
    if (!password) return Error{"the audio has no a=ice-pwd"};
    if (!is_ice_text(*password, 22)) return Error{"a=ice-pwd is not 22 to 256 ICE characters"};
    offer.ice_ufrag = *ufrag;
    offer.ice_password = *password;
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

/// "AB:CD:..." of exactly `size` bytes.
std::optional<std::vector<std::uint8_t>> parse_digest(std::string_view text, std::size_t size) {
    if (text.size() != size * 3 - 1) return std::nullopt;
    std::vector<std::uint8_t> digest(size);
    for (std::size_t i = 0; i < size; ++i) {
        const char* const byte = text.data() + i * 3;
        if (i > 0 && byte[-1] != ':') return std::nullopt;
        const auto [end, fault] = std::from_chars(byte, byte + 2, digest[i], 16);
        if (fault != std::errc{} || end != byte + 2) return std::nullopt;
    }
    return digest;
}

Result<void> read_fingerprints(const sdp::Session& session, const sdp::MediaSection& section,
                               BrowserOffer& offer) {
    // RFC 8122 §5: those of the section replace those of the session.
    auto values = section.attributes("fingerprint");
    if (values.empty()) values = session.attributes("fingerprint");
    if (values.empty()) return Error{"the audio has no a=fingerprint"};
    for (const std::string_view value : values) {
        const auto parts = sdp::words(value);
        if (parts.size() != 2) return Error{"a=fingerprint is not a hash name and a digest"};
        const std::string hash = sdp::lower_case(parts[0]);
        const auto known = std::find_if(kHashes.begin(), kHashes.end(),
                                        [&](const auto& candidate) { return candidate.first == hash; });
        if (known == kHashes.end() || offer.fingerprints.size() == kMaxFingerprints) continue;
        auto digest = parse_digest(parts[1], known->second);
        if (!digest) return Error{"the digest of a=fingerprint:" + hash + " is not readable"};
        offer.fingerprints.push_back({hash, std::move(*digest)});
    }
    if (offer.fingerprints.empty()) return Error{"a=fingerprint has no hash that we accept (sha-256 is)"};
    return {};
}

/// RFC 8842 §5.2.
Result<Setup> read_setup(const sdp::Session& session, const sdp::MediaSection& section) {
    const auto value = sdp::attribute_of(session, section, "setup");
    if (!value) return Error{"the audio has no a=setup"};
    if (*value == "actpass") return Setup::actpass;
    if (*value == "active") return Setup::active;
    if (*value == "passive") return Setup::passive;
    return Error{"a=setup is " + sdp::in_quotes(*value) + ", not actpass, active or passive"};
}

}  // namespace

Result<void> read_transport(const sdp::Session& session, const sdp::MediaSection& section,
                            BrowserOffer& offer) {
    if (!section.attribute("rtcp-mux")) return Error{"the audio has no a=rtcp-mux, and we take no other way"};
    if (const auto ice = read_ice(session, section, offer); !ice) return ice.error();
    if (const auto read = read_fingerprints(session, section, offer); !read) return read.error();
    const auto setup = read_setup(session, section);
    if (!setup) return setup.error();
    offer.setup = *setup;
    return {};
}

std::string fingerprint_text(const Fingerprint& fingerprint) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string text = fingerprint.hash;
    char separator = ' ';
    for (const std::uint8_t byte : fingerprint.digest) {
        text += separator;
        text += kHex[byte >> 4];
        text += kHex[byte & 15];
        separator = ':';
    }
    return text;
}

}  // namespace causeway::webrtc
