// SHA-256 (FIPS 180-4) and HMAC (RFC 2104). Pure.
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <stdexcept>

#include "core/jose/key.hpp"
#include "core/jose/openssl_bytes.hpp"

namespace causeway::jose {

std::string sha256(std::string_view bytes) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(octets(bytes), bytes.size(), octets(digest));
    return digest;
}

std::string hmac_sha256(std::string_view secret, std::string_view bytes) {
    // RFC 2104 §2: a key longer than a block is hashed first; so none is too long for OpenSSL's int.
    const std::string key = secret.size() > SHA256_CBLOCK ? sha256(secret) : std::string(secret);
    std::string mac(SHA256_DIGEST_LENGTH, '\0');
    const QuietErrors quiet;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), octets(bytes), bytes.size(), octets(mac),
             nullptr) == nullptr) {
        throw std::runtime_error("OpenSSL has no HMAC-SHA-256");
    }
    return mac;
}

}  // namespace causeway::jose
