// SigningKey: reading, making and using private keys.
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <stdexcept>

#include "core/jose/ecdsa_signature.hpp"
#include "core/jose/key.hpp"
#include "core/jose/key_material.hpp"
#include "core/jose/pem.hpp"

namespace causeway::jose {
namespace {

using DigestContext = CHandle<EVP_MD_CTX, EVP_MD_CTX_free>;

/// RFC 7518 §3.5: MGF1 with the same hash, a salt as long as the hash.
bool set_pss(EVP_PKEY_CTX* context) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

std::string openssl_signs(EVP_PKEY* key, const EVP_MD* digest, bool pss, std::string_view input) {
    const DigestContext context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* key_context = nullptr;
    if (!context || EVP_DigestSignInit(context.get(), &key_context, digest, nullptr, key) != 1) return {};
    if (pss && !set_pss(key_context)) return {};
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key)), '\0');
    std::size_t length = signature.size();
    if (EVP_DigestSign(context.get(), octets(signature), &length, octets(input), input.size()) != 1)
        return {};
    signature.resize(length);
    return signature;
}

}  // namespace

SigningKey::SigningKey(std::shared_ptr<const Material> material) : material_(std::move(material)) {}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
    const QuietErrors quiet;
    const BioHandle input = pem_input(pem);
    KeyHandle key(input ? PEM_read_bio_PrivateKey(input.get(), nullptr, no_passphrase, nullptr) : nullptr);
    if (!key) return Error{"no unencrypted private key in PEM"};
    const KeyKind kind = kind_of(key.get());
    if (kind == KeyKind::other) return Error{"private key of a kind that is not supported"};
    return SigningKey(std::make_shared<Material>(kind, share(std::move(key))));
}

Result<SigningKey> SigningKey::from_secret(std::string_view secret) {
    if (!long_enough(secret)) return Error{"secret is shorter than 32 bytes"};
    return SigningKey(std::make_shared<Material>(secret));
}

SigningKey SigningKey::generate() {
    KeyHandle key(EVP_EC_gen("P-256"));
    if (!key) throw std::runtime_error("OpenSSL makes no P-256 key");
    return SigningKey(std::make_shared<Material>(KeyKind::p256, share(std::move(key))));
}

std::string SigningKey::sign(Algorithm algorithm, std::string_view input) const {
    if (!fits(material_->kind, algorithm)) return {};
    const QuietErrors quiet;
    EVP_PKEY* key = material_->key.get();
    const std::size_t width = curve_width(material_->kind);
    switch (algorithm) {
        case Algorithm::es256:
            return ecdsa_to_raw(openssl_signs(key, EVP_sha256(), false, input), width);
        case Algorithm::es384:
            return ecdsa_to_raw(openssl_signs(key, EVP_sha384(), false, input), width);
        case Algorithm::rs256:
            return openssl_signs(key, EVP_sha256(), false, input);
        case Algorithm::ps256:
            return openssl_signs(key, EVP_sha256(), true, input);
        case Algorithm::eddsa:
            return openssl_signs(key, nullptr, false, input);
        case Algorithm::hs256:
            return hmac_sha256(material_->secret, input);
    }
    return {};
}

VerifyKey SigningKey::verify_key() const {
    if (material_->kind == KeyKind::secret) return VerifyKey::from_secret(material_->secret).value();
    return VerifyKey::from_openssl(material_->key.get());
}

std::string SigningKey::pem() const {
    if (material_->kind == KeyKind::secret) return {};
    const QuietErrors quiet;
    const BioHandle output(BIO_new(BIO_s_mem()));
    if (!output || PEM_write_bio_PKCS8PrivateKey(output.get(), material_->key.get(), nullptr, nullptr, 0,
                                                 no_passphrase, nullptr) != 1) {
        return {};
    }
    char* text = nullptr;
    const long length = BIO_get_mem_data(output.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

}  // namespace causeway::jose
