// What keys are made of, and which algorithm fits which key. Private to core/jose. Immutable after making.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/jose/key.hpp"
#include "core/jose/openssl_bytes.hpp"

namespace causeway::jose {

/// `other`: anything that no algorithm here fits.
enum class KeyKind { other, p256, p384, rsa, ed25519, secret };

struct KeyMaterial {
    KeyKind kind = KeyKind::other;
    SharedKey key;       ///< null for a secret
    std::string secret;  ///< "" for a key

    KeyMaterial() = default;
    KeyMaterial(KeyKind its_kind, SharedKey its_key) : kind(its_kind), key(std::move(its_key)) {}
    explicit KeyMaterial(std::string_view its_secret) : kind(KeyKind::secret), secret(its_secret) {}
    KeyMaterial(const KeyMaterial&) = delete;
    KeyMaterial& operator=(const KeyMaterial&) = delete;
    /// Secrets do not stay in freed memory.
    ~KeyMaterial();
};

struct VerifyKey::Material : KeyMaterial {
    using KeyMaterial::KeyMaterial;
    bool may_verify = true;         ///< of JWK `use`, `key_ops`, and an `alg` that is known
    std::optional<Algorithm> only;  ///< of JWK `alg`
};

struct SigningKey::Material : KeyMaterial {
    using KeyMaterial::KeyMaterial;
};

/// `other` for null, other types, other curves, explicit curve parameters, RSA keys too short, too long or
/// with a senseless exponent.
KeyKind kind_of(const EVP_PKEY* key);
bool fits(KeyKind kind, Algorithm algorithm);
/// Octets of one coordinate, and of r and s; 0 for what is no curve.
std::size_t curve_width(KeyKind kind);
/// A number of the key, such as OSSL_PKEY_PARAM_RSA_N; null when it has none.
BignumHandle number_of(const EVP_PKEY* key, const char* parameter);
/// RFC 7518 §3.2: a secret as long as the hash at least.
bool long_enough(std::string_view secret);
SharedKey share(KeyHandle key);

}  // namespace causeway::jose
