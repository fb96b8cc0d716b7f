#include "core/sdp/dtls_attributes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/sdp/words.hpp"

namespace causeway::sdp {

namespace {

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

}  // namespace

Result<std::vector<Fingerprint>> read_fingerprints(const Session& session, const MediaSection& section) {
    // RFC 8122 §5: those of the section replace those of the session.
    auto values = section.attributes("fingerprint");
    if (values.empty()) values = session.attributes("fingerprint");
    if (values.empty()) return Error{"the audio has no a=fingerprint"};
    std::vector<Fingerprint> fingerprints;
    for (const std::string_view value : values) {
        const auto parts = words(value);
        if (parts.size() != 2) return Error{"a=fingerprint is not a hash name and a digest"};
        const std::string hash = lower_case(parts[0]);
        const auto known = std::find_if(kHashes.begin(), kHashes.end(),
                                        [&](const auto& candidate) { return candidate.first == hash; });
        if (known == kHashes.end() || fingerprints.size() == kMaxFingerprints) continue;
        auto digest = parse_digest(parts[1], known->second);
        if (!digest) return Error{"the digest of a=fingerprint:" + hash + " is not readable"};
        fingerprints.push_back({hash, std::move(*digest)});
    }
    if (fingerprints.empty()) return Error{"a=fingerprint has no hash that we accept (sha-256 is)"};
    return fingerprints;
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

Result<Setup> read_setup(const Session& session, const MediaSection& section) {
    const auto value = attribute_of(session, section, "setup");
    if (!value) return Error{"the audio has no a=setup"};
    for (const Setup setup : {Setup::actpass, Setup::active, Setup::passive}) {
        if (*value == attribute_name(setup)) return setup;
    }
    return Error{"a=setup is " + in_quotes(*value) + ", not actpass, active or passive"};
}

std::string_view attribute_name(Setup setup) {
    switch (setup) {
        case Setup::actpass:
            return "actpass";
        case Setup::active:
            return "active";
        case Setup::passive:
            return "passive";
    }
    return "actpass";
}

std::string read_tls_id(const Session& session, const MediaSection& section) {
    const auto value = attribute_of(session, section, "tls-id");
    constexpr std::size_t kLeast = 20;
    constexpr std::size_t kMost = 255;
    if (!value || value->size() < kLeast || value->size() > kMost) return {};
    const bool good = std::all_of(value->begin(), value->end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
               c == '/' || c == '-' || c == '_';
    });
    return good ? std::string(*value) : std::string();
}

Result<IceLogin> read_ice_login(const Session& session, const MediaSection& section) {
    const auto ufrag = attribute_of(session, section, "ice-ufrag");
    if (!ufrag) return Error{"the audio has no a=ice-ufrag"};
    if (!is_ice_text(*ufrag, 4)) return Error{"a=ice-ufrag is not 4 to 256 ICE characters"};
    const auto password = attribute_of(session, section, "ice-pwd");
    if (!password) return Error{"the audio has no a=ice-pwd"};
    if (!is_ice_text(*password, 22)) return Error{"a=ice-pwd is not 22 to 256 ICE characters"};
    return IceLogin{std::string(*ufrag), std::string(*password)};
}

}  // namespace causeway::sdp
