#include "tests/support/test_certificates.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>
#include <utility>

#include "core/base/c_handle.hpp"

namespace causeway::test {
namespace {

using Bio = CHandle<BIO, BIO_free_all>;
using Key = CHandle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = CHandle<X509, X509_free>;
using Crl = CHandle<X509_CRL, X509_CRL_free>;
using Time = CHandle<ASN1_TIME, ASN1_TIME_free>;
using Oid = CHandle<ASN1_OBJECT, ASN1_OBJECT_free>;
using Octets = CHandle<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using Extension = CHandle<X509_EXTENSION, X509_EXTENSION_free>;

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("OpenSSL failed to ") + what);
}

Key make_key(std::string_view type) {
    Key key;
    if (type.starts_with("RSA")) {
        key.reset(EVP_RSA_gen(static_cast<unsigned>(std::stoul(std::string(type.substr(3))))));
    } else if (type == "ED25519") {
        key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    } else {
        key.reset(EVP_EC_gen(std::string(type).c_str()));
    }
    require(key != nullptr, "make a key");
    return key;
}

/// Ed25519 hashes by itself.
const EVP_MD* digest_of(const EVP_PKEY* key) {
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

template <class Write>
std::string to_pem(Write write) {
    const Bio out(BIO_new(BIO_s_mem()));
    require(out && write(out.get()) == 1, "write PEM");
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

std::string key_to_pem(const EVP_PKEY* key) {
    return to_pem([key](BIO* out) {
        return PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

void add(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
}

void add(X509* certificate, const CertificateWish::Extension& wish) {
    const Oid oid(OBJ_txt2obj(wish.oid.c_str(), 1));
    const Octets octets(ASN1_OCTET_STRING_new());
    require(oid && octets, "make an extension");
    ASN1_OCTET_STRING_set(octets.get(), reinterpret_cast<const unsigned char*>(wish.der.data()),
                          static_cast<int>(wish.der.size()));
    const Extension extension(
        X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), wish.critical ? 1 : 0, octets.get()));
    require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
}

std::string list(const std::vector<std::string>& values, const std::string& prefix) {
    std::string text;
    for (const auto& value : values) text += (text.empty() ? "" : ",") + prefix + value;
    return text;
}

void add_extensions(X509* certificate, X509* issuer, const CertificateWish& wish) {
    add(certificate, issuer, NID_basic_constraints, wish.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (wish.has_key_usage) {
        add(certificate, issuer, NID_key_usage,
            wish.is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    }
    add(certificate, issuer, NID_subject_key_identifier, "hash");
    add(certificate, issuer, NID_authority_key_identifier, "keyid");
    std::string names = list(wish.dns_names, "DNS:");
    const std::string uris = list(wish.uri_names, "URI:");
    if (!names.empty() && !uris.empty()) names += ',';
    if (names += uris; !names.empty()) add(certificate, issuer, NID_subject_alt_name, names);
    if (!wish.crl_urls.empty()) {
        add(certificate, issuer, NID_crl_distribution_points, list(wish.crl_urls, "URI:"));
    }
    for (const auto& extension : wish.extensions) add(certificate, extension);
}

void set_names(X509* certificate, X509* issuer, const std::string& common_name) {
    X509_NAME* subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common_name.data()),
                               static_cast<int>(common_name.size()), -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
}

std::string der(unsigned char tag, std::string_view content) {
    require(content.size() < 128, "write a long TNAuthList");
    return std::string{static_cast<char>(tag), static_cast<char>(content.size())} + std::string(content);
}

constexpr unsigned char kSequence = 0x30;
constexpr unsigned char kIa5String = 0x16;
constexpr unsigned char kInteger = 0x02;
/// RFC 8226 §9: explicit tags.
constexpr unsigned char kSpc = 0xa0;
constexpr unsigned char kRange = 0xa1;
constexpr unsigned char kOne = 0xa2;

}  // namespace

std::string tn_auth_list_spc(std::string_view code) {
    return der(kSequence, der(kSpc, der(kIa5String, code)));
}

std::string tn_auth_list_number(std::string_view digits) {
    return der(kSequence, der(kOne, der(kIa5String, digits)));
}

std::string tn_auth_list_range(std::string_view start, unsigned count) {
    std::string number;
    for (; count > 0; count >>= 8) number.insert(number.begin(), static_cast<char>(count & 0xff));
    if (number.empty() || static_cast<unsigned char>(number.front()) >= 0x80)
        number.insert(number.begin(), '\0');
    return der(kSequence, der(kRange, der(kSequence, der(kIa5String, start) + der(kInteger, number))));
}

CertificateWish::Extension tn_auth_list(std::string der, bool critical) {
    return {"1.3.6.1.5.5.7.1.26", std::move(der), critical};
}

struct TestCertificate::Parts {
    Certificate certificate;
    Key key;
    std::shared_ptr<const Parts> issuer;  ///< null for a root
};

TestCertificate::TestCertificate(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

TestCertificate TestCertificate::make(const CertificateWish& wish, std::shared_ptr<const Parts> issuer) {
    static std::atomic<long> serial{1};
    auto parts = std::make_shared<Parts>();
    parts->key = make_key(wish.key_type);
    parts->certificate.reset(X509_new());
    parts->issuer = std::move(issuer);
    X509* own = parts->certificate.get();
    const Parts& signer = parts->issuer ? *parts->issuer : *parts;
    X509_set_version(own, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(own), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(own), wish.not_before);
    ASN1_TIME_set(X509_getm_notAfter(own), wish.not_after);
    X509_set_pubkey(own, parts->key.get());
    set_names(own, signer.certificate.get(), wish.common_name);
    add_extensions(own, signer.certificate.get(), wish);
    require(X509_sign(own, signer.key.get(), digest_of(signer.key.get())) > 0, "sign a certificate");
    return TestCertificate(std::move(parts));
}

TestCertificate TestCertificate::root(CertificateWish wish) {
    wish.is_ca = true;
    return make(wish, nullptr);
}

TestCertificate TestCertificate::issue(const CertificateWish& wish) const {
    return make(wish, parts_);
}

std::string TestCertificate::pem() const {
    return to_pem([this](BIO* out) { return PEM_write_bio_X509(out, parts_->certificate.get()); });
}

std::string TestCertificate::chain_pem() const {
    std::string text;
    for (auto parts = parts_; parts->issuer; parts = parts->issuer) text += TestCertificate(parts).pem();
    return text;
}

std::string TestCertificate::key_pem() const {
    return key_to_pem(parts_->key.get());
}

jose::SigningKey TestCertificate::key() const {
    return jose::SigningKey::from_pem(key_pem()).value();
}

std::string TestCertificate::crl_pem(const std::vector<TestCertificate>& revoked, std::int64_t this_update,
                                     std::int64_t next_update) const {
    const Crl crl(X509_CRL_new());
    const Time issued(ASN1_TIME_set(nullptr, this_update));
    const Time next(ASN1_TIME_set(nullptr, next_update));
    X509_CRL_set_version(crl.get(), 1);
    X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(parts_->certificate.get()));
    X509_CRL_set1_lastUpdate(crl.get(), issued.get());
    X509_CRL_set1_nextUpdate(crl.get(), next.get());
    for (const auto& certificate : revoked) {
        X509_REVOKED* entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.parts_->certificate.get()));
        X509_REVOKED_set_revocationDate(entry, issued.get());
        X509_CRL_add0_revoked(crl.get(), entry);
    }
    X509_CRL_sort(crl.get());
    require(X509_CRL_sign(crl.get(), parts_->key.get(), digest_of(parts_->key.get())) > 0, "sign a CRL");
    return to_pem([&crl](BIO* out) { return PEM_write_bio_X509_CRL(out, crl.get()); });
}

std::string make_key_pem(std::string_view key_type) {
    return key_to_pem(make_key(key_type).get());
}

}  // namespace causeway::test
