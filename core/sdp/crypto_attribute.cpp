#include "core/sdp/crypto_attribute.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "core/sdp/words.hpp"

namespace causeway::sdp {

namespace {

constexpr std::size_t kMostLines = 32;
constexpr int kLongestLifetime = 48;  // RFC 3711 §9.2: bits of an SRTP key's packets
/// Six hours of voice: keys are never changed in a call, so that shorter ones would run out.
constexpr std::uint64_t kLeastLifetime = std::uint64_t{1} << 20;

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Exactly `size` bytes. Padding may be missing: some peers leave it out.
std::optional<SecretKey> decoded(std::string_view text, std::size_t size) {
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.size() != (size * 8 + 5) / 6) return std::nullopt;
    std::array<std::uint8_t, SecretKey::kMost + 3> bytes{};
    std::uint32_t bits = 0;
    int held = 0;
    std::size_t made = 0;
    bool good = true;
    for (const char c : text) {
        const auto at = kBase64.find(c);
        good = good && at != std::string_view::npos;
        bits = (bits << 6) | static_cast<std::uint32_t>(at & 63);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes[made++] = static_cast<std::uint8_t>(bits >> held);
    }
    std::optional<SecretKey> key;
    if (good && made == size) key.emplace(std::span<const std::uint8_t>(bytes).first(size));
    ::explicit_bzero(bytes.data(), bytes.size());
    return key;
}

std::string encoded(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    int held = 0;
    for (const std::uint8_t byte : bytes) {
        bits = (bits << 8) | byte;
        for (held += 8; held >= 6; held -= 6) text += kBase64[(bits >> (held - 6)) & 63];
    }
    if (held > 0) text += kBase64[(bits << (6 - held)) & 63];
    while (text.size() % 4 != 0) text += '=';
    return text;
}

/// "2^31" or "2147483648".
std::optional<std::uint64_t> lifetime(std::string_view text) {
    if (text.substr(0, 2) != "2^") return number<std::uint64_t>(text);
    const auto exponent = number<int>(text.substr(2));
    if (!exponent || *exponent < 0 || *exponent > kLongestLifetime) return std::nullopt;
    return std::uint64_t{1} << *exponent;
}

/// "value:length", the value in decimal, its bytes in network order.
Result<std::vector<std::uint8_t>> read_mki(std::string_view text) {
    constexpr std::size_t kLongest = 16;  // RFC 4568 §9.1 has up to 128; nobody has so many keys
    const auto colon = text.find(':');
    auto value = number<std::uint64_t>(text.substr(0, colon));
    const auto length = number<std::size_t>(text.substr(colon + 1));
    if (!value || !length || *length == 0 || *length > kLongest)
        return Error{"the master key identifier in a=crypto is not readable"};
    std::vector<std::uint8_t> mki(*length);
    for (auto byte = mki.rbegin(); byte != mki.rend(); ++byte) {
        *byte = static_cast<std::uint8_t>(*value);
        *value >>= 8;
    }
    if (*value != 0) return Error{"the master key identifier in a=crypto is longer than it says"};
    return mki;
}

std::string mki_text(const std::vector<std::uint8_t>& mki) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : mki) value = (value << 8) | byte;
    return std::to_string(value) + ':' + std::to_string(mki.size());
}

/// What follows the key: "|lifetime", "|MKI:length", both, or nothing.
Result<void> read_key_limits(std::string_view rest, CryptoLine& line) {
    bool lifetime_seen = false;
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const std::string_view part = rest.substr(0, rest.find('|'));
        rest.remove_prefix(part.size());
        if (part.find(':') != std::string_view::npos) {
            auto mki = read_mki(part);
            if (!mki) return mki.error();
            // RFC 4568 §9.1: it comes last.
            if (!rest.empty()) return Error{"the master key identifier in a=crypto is not readable"};
            line.mki = std::move(*mki);
            return {};
        }
        const auto packets = lifetime(part);
        if (!packets || lifetime_seen) return Error{"the key's lifetime in a=crypto is not readable"};
        if (*packets < kLeastLifetime) return Error{"the key's lifetime in a=crypto is too short for a call"};
        lifetime_seen = true;
    }
    return {};
}

/// RFC 4568 §6.3.
Result<void> check_session_parameter(std::string_view text) {
    const std::string_view name = text.substr(0, text.find('='));
    // The window is the receiver's own business.
    if (name == "WSH") return {};
    if (name == "KDR" && text == "KDR=0") return {};
    // §6.3.7: what begins with "-" may be left alone.
    if (text.front() == '-') return {};
    return Error{"a=crypto has the parameter " + in_quotes(name) + ", which is not supported"};
}

}  // namespace

Result<CryptoLine> parse_crypto(std::string_view value) {
    const auto parts = words(value);
    if (parts.size() < 3) return Error{"a=crypto is not a tag, a suite and a key"};
    CryptoLine line;
    // §9.1: up to nine digits.
    const auto tag = number<std::uint32_t>(parts[0]);
    if (!tag || parts[0].size() > 9) return Error{"the tag of a=crypto is no number"};
    line.tag = *tag;
    const auto suite = suite_from_name(parts[1]);
    if (!suite) return Error{"a=crypto has the suite " + in_quotes(parts[1]) + ", which is not supported"};
    line.suite = *suite;
    constexpr std::string_view kInline = "inline:";
    std::string_view key = parts[2];
    if (!equal_ignoring_case(key.substr(0, kInline.size()), kInline))
        return Error{"the key of a=crypto is not inline"};
    key.remove_prefix(kInline.size());
    if (key.find(';') != std::string_view::npos)
        return Error{"a=crypto has several keys, which is not supported"};
    const std::string_view base64 = key.substr(0, key.find('|'));
    auto bytes = decoded(base64, key_and_salt_length(*suite));
    if (!bytes) return Error{"the key of a=crypto does not fit " + std::string(suite_name(*suite))};
    line.key = *bytes;
    if (auto good = read_key_limits(key.substr(base64.size()), line); !good) return good.error();
    for (std::size_t i = 3; i < parts.size(); ++i) {
        if (auto good = check_session_parameter(parts[i]); !good) return good.error();
    }
    return line;
}

void read_crypto(const MediaSection& section, MediaSecurity& security) {
    std::size_t seen = 0;
    for (const std::string_view value : section.attributes("crypto")) {
        if (++seen > kMostLines) break;
        auto line = parse_crypto(value);
        if (!line) {
            if (security.crypto_fault.empty()) security.crypto_fault = line.error().detail;
            continue;
        }
        const auto same_tag = [&](const CryptoLine& other) { return other.tag == line->tag; };
        if (std::none_of(security.crypto.begin(), security.crypto.end(), same_tag))
            security.crypto.push_back(*line);
    }
}

std::string crypto_text(const CryptoLine& line) {
    return std::to_string(line.tag) + " " + std::string(suite_name(line.suite)) +
           " inline:" + encoded(line.key.bytes()) + (line.mki.empty() ? "" : '|' + mki_text(line.mki));
}

}  // namespace causeway::sdp
