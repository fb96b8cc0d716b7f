#include "core/jose/key_material.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include <array>

namespace causeway::jose {
namespace {

constexpr int kShortestRsa = 2048;  // RFC 7518 §3.3
constexpr int kLongestRsa = 8192;   // verifying costs grow with the square
constexpr std::size_t kShortestSecret = 32;

KeyKind curve_of(const EVP_PKEY* key) {
    int is_explicit = 0;
    // RFC 5480 §2.1.1: curves by name only.
    if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) == 1 &&
        is_explicit != 0) {
        return KeyKind::other;
    }
    std::array<char, 32> text{};
    std::size_t length = 0;
    if (EVP_PKEY_get_group_name(key, text.data(), text.size(), &length) != 1) return KeyKind::other;
    const std::string_view curve(text.data(), length);
    if (curve == "prime256v1" || curve == "P-256") return KeyKind::p256;
    if (curve == "secp384r1" || curve == "P-384") return KeyKind::p384;
    return KeyKind::other;
}

KeyKind sound_rsa(const EVP_PKEY* key) {
    const BignumHandle n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
    const BignumHandle e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
    if (!n || !e || !BN_is_odd(n.get())) return KeyKind::other;
    const int bits = BN_num_bits(n.get());
    if (bits < kShortestRsa || bits > kLongestRsa) return KeyKind::other;
    // RFC 8017 §3.1: e is odd and at least 3; with 1 everybody can sign.
    if (!BN_is_odd(e.get()) || BN_is_one(e.get()) || BN_cmp(e.get(), n.get()) >= 0) return KeyKind::other;
    return KeyKind::rsa;
}

}  // namespace

KeyMaterial::~KeyMaterial() {
    OPENSSL_cleanse(secret.data(), secret.size());
}

KeyKind kind_of(const EVP_PKEY* key) {
    if (key == nullptr) return KeyKind::other;
    const QuietErrors quiet;
    switch (EVP_PKEY_get_base_id(key)) {
        case EVP_PKEY_EC:
            return curve_of(key);
        case EVP_PKEY_RSA:
            return sound_rsa(key);
        case EVP_PKEY_ED25519:
            return KeyKind::ed25519;
        default:
            return KeyKind::other;
    }
}

bool fits(KeyKind kind, Algorithm algorithm) {
    switch (algorithm) {
        case Algorithm::es256:
            return kind == KeyKind::p256;
        case Algorithm::es384:
            return kind == KeyKind::p384;
        case Algorithm::rs256:
        case Algorithm::ps256:
            return kind == KeyKind::rsa;
        case Algorithm::eddsa:
            return kind == KeyKind::ed25519;
        case Algorithm::hs256:
            return kind == KeyKind::secret;
    }
    return false;
}

std::size_t curve_width(KeyKind kind) {
    if (kind == KeyKind::p256) return 32;
    return kind == KeyKind::p384 ? 48 : 0;
}

BignumHandle number_of(const EVP_PKEY* key, const char* parameter) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1) return nullptr;
    return BignumHandle(number);
}

bool long_enough(std::string_view secret) {
    return secret.size() >= kShortestSecret;
}

SharedKey share(KeyHandle key) {
    return SharedKey(key.release(), EVP_PKEY_free);
}

}  // namespace causeway::jose
