// Signing and verifying keys, by OpenSSL EVP. Immutable after making; any thread.
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

struct evp_pkey_st;

namespace causeway::jose {

/// RFC 7518 §3.1, RFC 8037. `none` does not exist here.
enum class Algorithm { es256, es384, rs256, ps256, eddsa, hs256 };

/// "ES256"; EdDSA means Ed25519.
std::string_view name(Algorithm algorithm);
std::optional<Algorithm> algorithm_of(std::string_view name);

/// An asymmetric public key, or a shared secret for HS256.
class VerifyKey {
  public:
    /// SubjectPublicKeyInfo in PEM.
    static Result<VerifyKey> from_pem(std::string_view pem);
    /// RFC 7517: EC P-256 and P-384, RSA of 2048 to 8192 bits, OKP Ed25519. Private members are ignored.
    static Result<VerifyKey> from_jwk(const boost::json::object& jwk);
    /// At least 32 bytes (RFC 7518 §3.2).
    static Result<VerifyKey> from_secret(std::string_view secret);
    /// Takes its own reference.
    static VerifyKey from_openssl(evp_pkey_st* key);

    /// Signature as in JWS (RFC 7518 §3.4: r || s of fixed length, neither 0 nor >= n). False also when the
    /// key is not one for this algorithm. From an ECDSA signature everybody can make a second one, with n - s
    /// for s: what must be unique is told by what was signed, never by the signature.
    bool verify(Algorithm algorithm, std::string_view input, std::string_view signature) const;
    /// Whether this key can be used with that algorithm at all.
    bool fits(Algorithm algorithm) const;
    /// RFC 7638, SHA-256, base64url; "" for a secret.
    std::string thumbprint() const;
    /// RFC 7517 with kty and the key's own members only, canonical JSON; "" for a secret.
    std::string jwk() const;

    friend bool operator==(const VerifyKey& a, const VerifyKey& b);

  private:
    struct Material;
    explicit VerifyKey(std::shared_ptr<const Material> material);
    std::shared_ptr<const Material> material_;
};

class SigningKey {
  public:
    /// PKCS #8, SEC1 or PKCS #1 in PEM, unencrypted.
    static Result<SigningKey> from_pem(std::string_view pem);
    static Result<SigningKey> from_secret(std::string_view secret);
    /// A new P-256 key.
    static SigningKey generate();

    /// As in JWS. "" when the key is not one for this algorithm or OpenSSL fails.
    std::string sign(Algorithm algorithm, std::string_view input) const;
    /// What verifies it; for a secret the secret itself.
    VerifyKey verify_key() const;
    /// PKCS #8; for generated keys that are to be kept. "" for a secret.
    std::string pem() const;

  private:
    struct Material;
    explicit SigningKey(std::shared_ptr<const Material> material);
    std::shared_ptr<const Material> material_;
};

std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view secret, std::string_view bytes);

}  // namespace causeway::jose
