#include "sip/ua/digest_client.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace causeway::sip {
namespace {

constexpr std::size_t kLongestValue = 1024;
constexpr std::size_t kMostParameters = 32;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

/// "auth-int,auth" holds auth.
bool offers_auth(std::string_view list) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        std::string_view word = list.substr(0, comma);
        while (!word.empty() && (word.front() == ' ' || word.front() == '\t')) word.remove_prefix(1);
        while (!word.empty() && (word.back() == ' ' || word.back() == '\t')) word.remove_suffix(1);
        if (same_word(word, "auth")) return true;
        if (comma == std::string_view::npos) break;
        list.remove_prefix(comma + 1);
    }
    return false;
}

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string unquoted(std::string_view text) {
    if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::string(text);
    text = text.substr(1, text.size() - 2);
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        plain += text[i];
    }
    return plain;
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string hex;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex += {kHex[byte >> 4], kHex[byte & 15]};
    }
    return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
    std::string bytes;
    if (hex.size() % 2 != 0) return std::nullopt;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const int high = digit_of(hex[i]);
        const int low = digit_of(hex[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes;
}

std::string auth_tag(std::string_view realm, std::string_view username, std::string_view password) {
    return "Digest:" + std::string(realm) + ':' + to_hex(username) + ':' + to_hex(password);
}

std::optional<Challenge> read_challenge(const char* const* parameters) {
    Challenge challenge;
    if (parameters == nullptr) return std::nullopt;
    for (std::size_t i = 0; parameters[i] != nullptr; ++i) {
        const std::string_view parameter(parameters[i]);
        const auto equals = parameter.find('=');
        if (i == kMostParameters || parameter.size() > kLongestValue) return std::nullopt;
        if (equals == std::string_view::npos) continue;
        const std::string_view name = parameter.substr(0, equals);
        std::string value = unquoted(parameter.substr(equals + 1));
        if (same_word(name, "nonce")) {
            challenge.nonce = std::move(value);
        } else if (same_word(name, "opaque")) {
            challenge.opaque = std::move(value);
        } else if (same_word(name, "stale")) {
            challenge.stale = same_word(value, "true");
        } else if (same_word(name, "algorithm")) {
            const auto algorithm = digest::algorithm_of(value);
            if (!algorithm) return std::nullopt;
            challenge.algorithm = *algorithm;
            challenge.names_algorithm = true;
        } else if (same_word(name, "qop")) {
            // RFC 7616 §3.3: auth-int alone would sign the body too, which proxies on the way change.
            if (!offers_auth(value)) return std::nullopt;
            challenge.qop_auth = true;
        }
    }
    if (challenge.nonce.empty()) return std::nullopt;
    return challenge;
}

std::string authorization(const Challenge& challenge, const ChallengeAnswer& answer) {
    digest::Exchange exchange;
    exchange.algorithm = challenge.algorithm;
    exchange.username = answer.username;
    exchange.realm = answer.realm;
    exchange.nonce = challenge.nonce;
    exchange.uri = answer.uri;
    if (challenge.qop_auth) {
        std::array<char, 9> count{};
        std::snprintf(count.data(), count.size(), "%08x", static_cast<unsigned>(answer.count));
        exchange.qop = "auth";
        exchange.nc = count.data();
        exchange.cnonce = answer.cnonce;
    }
    using digest::quoted;
    std::string value = "Digest username=" + quoted(exchange.username) + ", realm=" + quoted(exchange.realm) +
                        ", nonce=" + quoted(exchange.nonce) + ", uri=" + quoted(exchange.uri) +
                        ", response=" + quoted(digest::response(exchange, answer.password, answer.method));
    if (challenge.names_algorithm) value += ", algorithm=" + std::string(digest::name(exchange.algorithm));
    if (!challenge.opaque.empty()) value += ", opaque=" + quoted(challenge.opaque);
    if (challenge.qop_auth) {
        value += ", qop=auth, nc=" + exchange.nc + ", cnonce=" + quoted(exchange.cnonce);
    }
    return value;
}

}  // namespace causeway::sip
