#include "core/sdp/media_security.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/base/random.hpp"

namespace causeway::sdp {

namespace {

struct SuiteRow {
    CryptoSuite suite;
    std::string_view name;
    std::size_t key_and_salt;
};
constexpr std::array kSuites{
    SuiteRow{CryptoSuite::aead_aes_128_gcm, "AEAD_AES_128_GCM", 16 + 12},
    SuiteRow{CryptoSuite::aead_aes_256_gcm, "AEAD_AES_256_GCM", 32 + 12},
    SuiteRow{CryptoSuite::aes_256_cm_sha1_80, "AES_256_CM_HMAC_SHA1_80", 32 + 14},
    SuiteRow{CryptoSuite::aes_cm_128_sha1_80, "AES_CM_128_HMAC_SHA1_80", 16 + 14},
    SuiteRow{CryptoSuite::aes_cm_128_sha1_32, "AES_CM_128_HMAC_SHA1_32", 16 + 14},
};

const SuiteRow& row(CryptoSuite suite) {
    return *std::find_if(kSuites.begin(), kSuites.end(), [&](const auto& r) { return r.suite == suite; });
}

}  // namespace

std::string_view suite_name(CryptoSuite suite) {
    return row(suite).name;
}

std::optional<CryptoSuite> suite_from_name(std::string_view name) {
    for (const SuiteRow& one : kSuites) {
        if (one.name == name) return one.suite;
    }
    return std::nullopt;
}

std::size_t key_and_salt_length(CryptoSuite suite) {
    return row(suite).key_and_salt;
}

SecretKey::SecretKey(std::span<const std::uint8_t> bytes) : size_(std::min(bytes.size(), kMost)) {
    std::copy_n(bytes.begin(), size_, bytes_.begin());
}

SecretKey::~SecretKey() {
    ::explicit_bzero(bytes_.data(), bytes_.size());
}

std::string_view to_string(Protection protection) {
    switch (protection) {
        case Protection::none:
            return "RTP";
        case Protection::sdes:
            return "SDES-SRTP";
        case Protection::dtls:
            return "DTLS-SRTP";
    }
    return "RTP";
}

bool same_association(const AgreedTransport& a, const AgreedTransport& b) {
    return a.protection == b.protection && a.dtls_role == b.dtls_role && a.fingerprints == b.fingerprints &&
           a.tls_id == b.tls_id;
}

OwnSecurity make_own_security(SrtpPolicy policy, Fingerprint fingerprint) {
    constexpr std::size_t kUfrag = 8;      // RFC 8445 §5.3: at least 24 bits,
    constexpr std::size_t kPassword = 24;  // and at least 128
    constexpr std::size_t kTlsId = 24;     // RFC 8842 §5.2: 20 to 255 characters
    OwnSecurity own;
    own.policy = policy;
    own.fingerprint = std::move(fingerprint);
    own.tls_id = random_token(kTlsId);
    own.ice = {random_token(kUfrag), random_token(kPassword)};
    if (policy == SrtpPolicy::off || policy == SrtpPolicy::dtls) return own;
    std::uint32_t tag = 0;
    for (const CryptoSuite suite : kCryptoSuites) {
        std::array<std::uint8_t, SecretKey::kMost> bytes;
        const auto used = std::span(bytes).first(key_and_salt_length(suite));
        fill_random(used);
        own.crypto.push_back({++tag, suite, SecretKey(used)});
        ::explicit_bzero(bytes.data(), bytes.size());
    }
    return own;
}

}  // namespace causeway::sdp
