#include "core/dtls/peer_check.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>

namespace causeway::dtls {
namespace {

struct Hash {
    const char* name;
    const EVP_MD* (*algorithm)();
};

/// The hash functions of RFC 8122 §5 that are still any good, our preference first.
constexpr std::array kHashes{Hash{"sha-512", EVP_sha512}, Hash{"sha-384", EVP_sha384},
                             Hash{"sha-256", EVP_sha256}};

const EVP_MD* algorithm_of(const std::string& name) {
    for (const Hash& hash : kHashes) {
        if (name == hash.name) return hash.algorithm();
    }
    return nullptr;
}

}  // namespace

std::vector<std::uint8_t> digest_of(const X509* certificate, const EVP_MD* hash) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (certificate == nullptr || X509_digest(certificate, hash, digest.data(), &size) != 1) return {};
    return {digest.begin(), digest.begin() + size};
}

Result<PeerCheck> PeerCheck::make(const std::vector<sdp::Fingerprint>& announced) {
    PeerCheck check;
    // RFC 8122 §5: of several hash functions only the most preferred one counts.
    for (const Hash& hash : kHashes) {
        for (const sdp::Fingerprint& fingerprint : announced) {
            if (fingerprint.hash == hash.name) check.digests_.push_back(fingerprint.digest);
        }
        check.hash_ = hash.name;
        if (!check.digests_.empty()) return check;
    }
    return Error{"no fingerprint with sha-256, sha-384 or sha-512"};
}

bool PeerCheck::accept(const X509* certificate) {
    const std::vector<std::uint8_t> digest = digest_of(certificate, algorithm_of(hash_));
    const bool matches = std::any_of(digests_.begin(), digests_.end(), [&](const auto& announced) {
        return !digest.empty() && announced.size() == digest.size() &&
               CRYPTO_memcmp(announced.data(), digest.data(), digest.size()) == 0;
    });
    accepted_ = matches && !refused_;
    refused_ = !matches;
    return accepted_;
}

}  // namespace causeway::dtls
