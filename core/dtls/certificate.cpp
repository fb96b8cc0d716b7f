#include "core/dtls/certificate.hpp"

#include <openssl/rand.h>

#include <stdexcept>

#include "core/dtls/dtls_context.hpp"
#include "core/dtls/openssl_handles.hpp"
#include "core/dtls/peer_check.hpp"

namespace causeway::dtls {
namespace {

constexpr long kOneDay = 24 * 60 * 60;
constexpr long kLifetime = 365 * kOneDay;

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string(what) + ": " + drain_openssl_errors());
}

X509Handle self_sign(EVP_PKEY* key) {
    X509Handle certificate(X509_new());
    X509* const x509 = certificate.get();
    require(x509 != nullptr, "cannot make a certificate");
    std::uint64_t serial = 0;
    require(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "no random numbers");
    X509_NAME* const name = X509_get_subject_name(x509);
    const bool filled =
        X509_set_version(x509, 2) == 1 &&
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1) == 1 &&
        // A browser's clock may be behind ours.
        X509_gmtime_adj(X509_getm_notBefore(x509), -kOneDay) != nullptr &&
        X509_gmtime_adj(X509_getm_notAfter(x509), kLifetime) != nullptr && X509_set_pubkey(x509, key) == 1 &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("Causeway"), -1, -1, 0) == 1 &&
        X509_set_issuer_name(x509, name) == 1;
    require(filled && X509_sign(x509, key, EVP_sha256()) > 0, "cannot sign the certificate");
    return certificate;
}

}  // namespace

void Certificate::FreeContext::operator()(ssl_ctx_st* context) const {
    SSL_CTX_free(context);
}

Certificate::Certificate() {
    const KeyHandle key(EVP_EC_gen("P-256"));
    require(key != nullptr, "cannot make a P-256 key");
    const X509Handle x509 = self_sign(key.get());
    ContextHandle context = make_dtls_context(x509.get(), key.get());
    require(context != nullptr, "cannot set up DTLS");
    context_.reset(context.release());
    fingerprint_ = {"sha-256", digest_of(x509.get(), EVP_sha256())};
}

Certificate::~Certificate() = default;
Certificate::Certificate(Certificate&&) noexcept = default;
Certificate& Certificate::operator=(Certificate&&) noexcept = default;

}  // namespace causeway::dtls
