#include "core/jose/certificate.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

#include "core/jose/base64.hpp"
#include "core/jose/certificate_parts.hpp"
#include "core/jose/pem.hpp"

namespace causeway::jose {
namespace {

constexpr std::size_t kLongestPem = 131072;
constexpr std::size_t kLongestChain = 8;

using Names = CHandle<GENERAL_NAMES, GENERAL_NAMES_free>;
using Points = CHandle<CRL_DIST_POINTS, CRL_DIST_POINTS_free>;
using Oid = CHandle<ASN1_OBJECT, ASN1_OBJECT_free>;

std::optional<std::int64_t> seconds(const ASN1_TIME* time) {
    std::tm parts{};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return timegm(&parts);
}

std::string text_of(const ASN1_STRING* string) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
            static_cast<std::size_t>(ASN1_STRING_length(string))};
}

/// RFC 5280 §4.2: at most one of each. A second one could hide what the first one says, or the other way
/// round.
bool has_extension_twice(const X509* certificate) {
    for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
        const ASN1_OBJECT* oid = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
        if (X509_get_ext_by_OBJ(certificate, oid, i) >= 0) return true;
    }
    return false;
}

/// The names of one type; those that are not plain printable ASCII are left out, nothing may match them.
std::vector<std::string> names_of(const GENERAL_NAMES* names, int type) {
    std::vector<std::string> found;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
        if (name->type != type) continue;
        std::string text = text_of(name->d.ia5);
        const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
        if (plain && !text.empty()) found.push_back(std::move(text));
    }
    return found;
}

std::vector<std::string> alternative_names(const X509* leaf, int type) {
    const QuietErrors quiet;
    const Names names(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
    return names ? names_of(names.get(), type) : std::vector<std::string>();
}

bool has_control_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

CertificateChain::CertificateChain(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

Result<CertificateChain> CertificateChain::from_pem(std::string_view pem) {
    if (pem.size() > kLongestPem) return Error{"certificate chain is too long"};
    auto certificates = read_pem_blocks<CertificateHandle, PEM_read_bio_X509>(pem, "certificate");
    if (!certificates) return certificates.error();
    if (certificates->empty()) return Error{"no certificate in PEM"};
    if (certificates->size() > kLongestChain) return Error{"certificate chain is too long"};
    for (const auto& certificate : *certificates) {
        if (has_extension_twice(certificate.get())) return Error{"certificate has an extension twice"};
    }
    const auto not_before = seconds(X509_get0_notBefore(certificates->front().get()));
    const auto not_after = seconds(X509_get0_notAfter(certificates->front().get()));
    if (!not_before || !not_after) return Error{"certificate has a malformed validity"};
    auto parts = std::make_shared<Parts>();
    parts->certificates = *std::move(certificates);
    parts->not_before = *not_before;
    parts->not_after = *not_after;
    return CertificateChain(std::move(parts));
}

VerifyKey CertificateChain::key() const {
    const QuietErrors quiet;
    return VerifyKey::from_openssl(X509_get0_pubkey(parts_->leaf()));
}

std::int64_t CertificateChain::not_before() const {
    return parts_->not_before;
}

std::int64_t CertificateChain::not_after() const {
    return parts_->not_after;
}

std::string CertificateChain::common_name() const {
    const QuietErrors quiet;
    const X509_NAME* subject = X509_get_subject_name(parts_->leaf());
    const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (index < 0) return {};
    unsigned char* utf8 = nullptr;
    const int length =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    if (length < 0) return {};
    std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
    OPENSSL_free(utf8);
    return has_control_character(text) ? std::string() : text;
}

std::string CertificateChain::serial() const {
    const QuietErrors quiet;
    return encode_hex(text_of(X509_get0_serialNumber(parts_->leaf())));
}

std::vector<std::string> CertificateChain::dns_names() const {
    return alternative_names(parts_->leaf(), GEN_DNS);
}

std::vector<std::string> CertificateChain::uri_names() const {
    return alternative_names(parts_->leaf(), GEN_URI);
}

std::optional<std::string> CertificateChain::extension(std::string_view oid) const {
    const QuietErrors quiet;
    const Oid object(OBJ_txt2obj(std::string(oid).c_str(), 1));
    if (!object) return std::nullopt;
    const int index = X509_get_ext_by_OBJ(parts_->leaf(), object.get(), -1);
    if (index < 0) return std::nullopt;
    return text_of(X509_EXTENSION_get_data(X509_get_ext(parts_->leaf(), index)));
}

std::vector<std::string> CertificateChain::crl_urls() const {
    const QuietErrors quiet;
    const Points points(static_cast<CRL_DIST_POINTS*>(
        X509_get_ext_d2i(parts_->leaf(), NID_crl_distribution_points, nullptr, nullptr)));
    std::vector<std::string> urls;
    for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
        const DIST_POINT_NAME* name = sk_DIST_POINT_value(points.get(), i)->distpoint;
        // RFC 5280 §4.2.1.13: [0] is a full name, [1] one relative to the issuer.
        if (name == nullptr || name->type != 0) continue;
        for (auto& url : names_of(name->name.fullname, GEN_URI)) urls.push_back(std::move(url));
    }
    return urls;
}

std::string CertificateChain::fingerprint() const {
    unsigned char* der = nullptr;
    const int length = i2d_X509(parts_->leaf(), &der);
    if (length < 0) return {};
    std::string digest = sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)});
    OPENSSL_free(der);
    return digest;
}

}  // namespace causeway::jose
