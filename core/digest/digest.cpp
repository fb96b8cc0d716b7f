#include "core/digest/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace causeway::digest {
namespace {

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

}  // namespace

std::string_view name(Algorithm algorithm) {
    return algorithm == Algorithm::md5 ? "MD5" : "SHA-256";
}

std::optional<Algorithm> algorithm_of(std::string_view name) {
    if (name.empty() || same_word(name, "MD5")) return Algorithm::md5;
    if (same_word(name, "SHA-256")) return Algorithm::sha256;
    return std::nullopt;
}

std::string hash_hex(Algorithm algorithm, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    const EVP_MD* kind = algorithm == Algorithm::md5 ? EVP_md5() : EVP_sha256();
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &length, kind, nullptr) != 1) {
        throw std::runtime_error("OpenSSL has no " + std::string(name(algorithm)));
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < length; ++i) {
        hex += kHex[bytes[i] >> 4];
        hex += kHex[bytes[i] & 15];
    }
    return hex;
}

std::string response(const Exchange& exchange, std::string_view password, std::string_view method) {
    const Algorithm algorithm = exchange.algorithm;
    const std::string ha1 =
        hash_hex(algorithm, exchange.username + ':' + exchange.realm + ':' + std::string(password));
    const std::string ha2 = hash_hex(algorithm, std::string(method) + ':' + exchange.uri);
    std::string text = ha1 + ':' + exchange.nonce + ':';
    // RFC 7616 §3.4.1; without qop as RFC 2069 had it, which RFC 3261 §22.4 still wants heard.
    if (!exchange.qop.empty()) text += exchange.nc + ':' + exchange.cnonce + ':' + exchange.qop + ':';
    return hash_hex(algorithm, text + ha2);
}

bool equal(std::string_view given, std::string_view expected) {
    if (expected.empty()) return false;
    // Both are hashed, so that neither length nor content show in the time it takes.
    const std::string a = hash_hex(Algorithm::sha256, given);
    const std::string b = hash_hex(Algorithm::sha256, expected);
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace causeway::digest
