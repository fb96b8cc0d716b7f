// Path validation (RFC 5280 §6) and revocation (§6.3) by OpenSSL.
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "core/jose/certificate.hpp"
#include "core/jose/certificate_parts.hpp"
#include "core/jose/pem.hpp"

namespace causeway::jose {
namespace {

using Store = CHandle<X509_STORE, X509_STORE_free>;
using StoreContext = CHandle<X509_STORE_CTX, X509_STORE_CTX_free>;
using RevocationList = CHandle<X509_CRL, X509_CRL_free>;

void free_stack(STACK_OF(X509) * stack) {
    sk_X509_free(stack);
}
using Stack = CHandle<STACK_OF(X509), free_stack>;

/// TNAuthList and JWTClaimConstraints (RFC 8226 §9, §8), EnhancedJWTClaimConstraints (RFC 9118 §4): the users
/// of this room read them in the leaf.
constexpr std::array<std::string_view, 3> kReadElsewhere{"1.3.6.1.5.5.7.1.26", "1.3.6.1.5.5.7.1.27",
                                                         "1.3.6.1.5.5.7.1.33"};

bool is_read_elsewhere(X509_EXTENSION* extension) {
    std::array<char, 80> text{};
    const int length = OBJ_obj2txt(text.data(), text.size(), X509_EXTENSION_get_object(extension), 1);
    if (length <= 0 || length >= static_cast<int>(text.size())) return false;
    return std::find(kReadElsewhere.begin(), kReadElsewhere.end(), std::string_view(text.data())) !=
           kReadElsewhere.end();
}

bool all_critical_ones_are_read(const X509* certificate) {
    for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
        X509_EXTENSION* extension = X509_get_ext(certificate, i);
        const bool handled =
            X509_EXTENSION_get_critical(extension) == 0 || X509_supported_extension(extension) == 1;
        if (!handled && !is_read_elsewhere(extension)) return false;
    }
    return true;
}

/// RFC 5280 §4.1.2.5: the moment of notAfter is inside; OpenSSL has it outside.
bool is_the_last_moment(const X509* certificate, X509_STORE_CTX* context) {
    const std::time_t at = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(context));
    return ASN1_TIME_cmp_time_t(X509_get0_notAfter(certificate), at) == 0;
}

/// A list that is newer than the moment judged, such as a signature's some seconds ago, knows more, not less.
bool is_just_issued(X509_STORE_CTX* context) {
    constexpr std::time_t kNewer = 300;
    const std::time_t at = X509_VERIFY_PARAM_get_time(X509_STORE_CTX_get0_param(context));
    const X509_CRL* list = X509_STORE_CTX_get0_current_crl(context);
    return list != nullptr && ASN1_TIME_cmp_time_t(X509_CRL_get0_lastUpdate(list), at + kNewer) <= 0;
}

/// RFC 5280 §4.2: a critical extension that nobody reads must fail the chain. Those of STIR are read, but in
/// the leaf only.
int judge(int sound, X509_STORE_CTX* context) {
    const int error = X509_STORE_CTX_get_error(context);
    const X509* certificate = X509_STORE_CTX_get_current_cert(context);
    const bool forgiven =
        (error == X509_V_ERR_CRL_NOT_YET_VALID && is_just_issued(context)) ||
        (error == X509_V_ERR_CERT_HAS_EXPIRED && is_the_last_moment(certificate, context)) ||
        (error == X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION && X509_STORE_CTX_get_error_depth(context) == 0 &&
         all_critical_ones_are_read(certificate));
    return forgiven ? 1 : sound;
}

std::string words(int error) {
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "certificate expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "certificate not yet valid";
        case X509_V_ERR_CERT_REVOKED:
            return "certificate revoked";
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            return "no revocation list from the issuer of a certificate";
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return "revocation list expired";
        case X509_V_ERR_CRL_NOT_YET_VALID:
            return "revocation list not yet valid";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
            return "certificate chain does not lead to a trusted root";
        default:
            return std::string("certificate refused: ") + X509_verify_cert_error_string(error);
    }
}

void set_rules(X509_VERIFY_PARAM* rules, bool revocation) {
    constexpr int kDeepest = 8;
    // 112 bits: RSA from 2048 bits on, no SHA-1 (NIST SP 800-57 part 1).
    constexpr int kLevel = 2;
    X509_VERIFY_PARAM_set_depth(rules, kDeepest);
    X509_VERIFY_PARAM_set_auth_level(rules, kLevel);
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_ANY);
    // Not X509_V_FLAG_X509_STRICT: it demands what RFC 5280 §4.2.1 tells issuers to write (key identifiers),
    // not what §6.1 tells verifiers to check. For intermediates OpenSSL asks for basicConstraints either way.
    if (revocation) X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

}  // namespace

struct TrustStore::Parts {
    Store store;
};

TrustStore::TrustStore(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

Result<TrustStore> TrustStore::from_pem(std::string_view roots, std::string_view crls) {
    const auto certificates =
        read_pem_blocks<CertificateHandle, PEM_read_bio_X509>(roots, "root certificate");
    if (!certificates) return certificates.error();
    if (certificates->empty()) return Error{"no root certificate in PEM"};
    const auto lists = read_pem_blocks<RevocationList, PEM_read_bio_X509_CRL>(crls, "revocation list");
    if (!lists) return lists.error();
    if (lists->empty() && !crls.empty()) return Error{"no revocation list in PEM"};

    const QuietErrors quiet;
    auto parts = std::make_shared<Parts>();
    parts->store.reset(X509_STORE_new());
    bool all = parts->store != nullptr;
    for (const auto& root : *certificates)
        all = all && X509_STORE_add_cert(parts->store.get(), root.get()) == 1;
    for (const auto& list : *lists) all = all && X509_STORE_add_crl(parts->store.get(), list.get()) == 1;
    if (!all) return Error{"OpenSSL cannot take the root certificates"};
    set_rules(X509_STORE_get0_param(parts->store.get()), !lists->empty());
    X509_STORE_set_verify_cb(parts->store.get(), judge);
    return TrustStore(std::move(parts));
}

Result<void> TrustStore::verify(const CertificateChain& chain, std::int64_t at) const {
    const QuietErrors quiet;
    const Stack intermediates(sk_X509_new_null());
    const StoreContext context(X509_STORE_CTX_new());
    const auto& certificates = chain.parts_->certificates;
    bool ready = intermediates && context;
    for (std::size_t i = 1; ready && i < certificates.size(); ++i) {
        ready = sk_X509_push(intermediates.get(), certificates[i].get()) > 0;
    }
    if (!ready || X509_STORE_CTX_init(context.get(), parts_->store.get(), chain.parts_->leaf(),
                                      intermediates.get()) != 1) {
        return Error{"OpenSSL cannot verify certificates"};
    }
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()), at);
    if (X509_verify_cert(context.get()) == 1) return {};
    return Error{words(X509_STORE_CTX_get_error(context.get()))};
}

}  // namespace causeway::jose
