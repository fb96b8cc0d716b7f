// VerifyKey but for its JWK forms, which are in jwk.cpp.
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/rsa.h>

#include "core/jose/ecdsa_signature.hpp"
#include "core/jose/key.hpp"
#include "core/jose/key_material.hpp"
#include "core/jose/pem.hpp"

namespace causeway::jose {
namespace {

using DigestContext = CHandle<EVP_MD_CTX, EVP_MD_CTX_free>;

bool same_bytes(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// RFC 7518 §3.5: MGF1 with the same hash, a salt as long as the hash.
bool set_pss(EVP_PKEY_CTX* context) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool openssl_verifies(EVP_PKEY* key, const EVP_MD* digest, bool pss, std::string_view input,
                      std::string_view signature) {
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;
    if (!context || EVP_DigestVerifyInit(context.get(), &key_context, digest, nullptr, key) != 1)
        return false;
    if (pss && !set_pss(key_context)) return false;
    return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(input),
                            input.size()) == 1;
}

bool ecdsa_verifies(const KeyMaterial& material, const EVP_MD* digest, std::string_view input,
                    std::string_view signature) {
    const BignumHandle order = number_of(material.key.get(), OSSL_PKEY_PARAM_EC_ORDER);
    if (!order) return false;
    const std::string der = ecdsa_to_der(signature, curve_width(material.kind), order.get());
    return !der.empty() && openssl_verifies(material.key.get(), digest, false, input, der);
}

bool rsa_verifies(EVP_PKEY* key, bool pss, std::string_view input, std::string_view signature) {
    // RFC 8017 §8.1.2, §8.2.2 step 1: as long as the modulus.
    if (signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(key))) return false;
    return openssl_verifies(key, EVP_sha256(), pss, input, signature);
}

}  // namespace

VerifyKey::VerifyKey(std::shared_ptr<const Material> material) : material_(std::move(material)) {}

Result<VerifyKey> VerifyKey::from_pem(std::string_view pem) {
    const QuietErrors quiet;
    const BioHandle input = pem_input(pem);
    KeyHandle key(input ? PEM_read_bio_PUBKEY(input.get(), nullptr, no_passphrase, nullptr) : nullptr);
    if (!key) return Error{"no public key in PEM"};
    const KeyKind kind = kind_of(key.get());
    if (kind == KeyKind::other) return Error{"public key of a kind that is not supported"};
    return VerifyKey(std::make_shared<Material>(kind, share(std::move(key))));
}

Result<VerifyKey> VerifyKey::from_secret(std::string_view secret) {
    if (!long_enough(secret)) return Error{"secret is shorter than 32 bytes"};
    return VerifyKey(std::make_shared<Material>(secret));
}

VerifyKey VerifyKey::from_openssl(EVP_PKEY* key) {
    if (key != nullptr) EVP_PKEY_up_ref(key);
    return VerifyKey(std::make_shared<Material>(kind_of(key), share(KeyHandle(key))));
}

bool VerifyKey::fits(Algorithm algorithm) const {
    if (!material_->may_verify || material_->only.value_or(algorithm) != algorithm) return false;
    return jose::fits(material_->kind, algorithm);
}

bool VerifyKey::verify(Algorithm algorithm, std::string_view input, std::string_view signature) const {
    // Also what stops algorithm confusion: a public key is never a secret (RFC 8725 §3.1).
    if (!fits(algorithm)) return false;
    const QuietErrors quiet;
    EVP_PKEY* key = material_->key.get();
    switch (algorithm) {
        case Algorithm::es256:
            return ecdsa_verifies(*material_, EVP_sha256(), input, signature);
        case Algorithm::es384:
            return ecdsa_verifies(*material_, EVP_sha384(), input, signature);
        case Algorithm::rs256:
            return rsa_verifies(key, false, input, signature);
        case Algorithm::ps256:
            return rsa_verifies(key, true, input, signature);
        case Algorithm::eddsa:
            return openssl_verifies(key, nullptr, false, input, signature);
        case Algorithm::hs256:
            return same_bytes(hmac_sha256(material_->secret, input), signature);
    }
    return false;
}

bool operator==(const VerifyKey& a, const VerifyKey& b) {
    if (a.material_->kind != b.material_->kind) return false;
    if (a.material_->kind == KeyKind::secret) return same_bytes(a.material_->secret, b.material_->secret);
    if (!a.material_->key || !b.material_->key) return a.material_->key == b.material_->key;
    const QuietErrors quiet;
    return EVP_PKEY_eq(a.material_->key.get(), b.material_->key.get()) == 1;
}

}  // namespace causeway::jose
