#include "gateway/http/self_signed.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "core/base/c_handle.hpp"
#include "core/base/random.hpp"
#include "core/base/unique_fd.hpp"

namespace causeway::http {
namespace {

constexpr long kLifetimeSeconds = 365L * 24 * 3600;
constexpr long kRenewBeforeSeconds = 7L * 24 * 3600;

using Key = CHandle<EVP_PKEY, EVP_PKEY_free>;
using Certificate = CHandle<X509, X509_free>;
using Extension = CHandle<X509_EXTENSION, X509_EXTENSION_free>;
using Bio = CHandle<BIO, BIO_free_all>;

void require(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("OpenSSL failed to ") + what);
}

/// Only letters that cannot change the meaning of OpenSSL's extension syntax.
std::string safe_hostname(const std::string& hostname) {
    const bool safe = !hostname.empty() && hostname.size() <= 64 &&
                      hostname.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                          "0123456789.-:") == std::string::npos;
    return safe ? hostname : "localhost";
}

std::string alternative_names(const std::string& hostname) {
    in6_addr parsed{};
    const bool is_address = inet_pton(AF_INET, hostname.c_str(), &parsed) == 1 ||
                            inet_pton(AF_INET6, hostname.c_str(), &parsed) == 1;
    return (is_address ? "IP:" : "DNS:") + hostname + ",DNS:localhost,IP:127.0.0.1";
}

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    require(extension != nullptr, "make a certificate extension");
    require(X509_add_ext(certificate, extension.get(), -1) == 1, "add a certificate extension");
}

Certificate make_certificate(EVP_PKEY* key, const std::string& hostname) {
    Certificate certificate(X509_new());
    require(certificate != nullptr, "make a certificate");
    X509* const x = certificate.get();
    X509_set_version(x, 2);
    // Browsers remember issuer and serial number: a new certificate needs a new number.
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), random_u64() >> 1U);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), kLifetimeSeconds);
    X509_NAME* const name = X509_get_subject_name(x);
    const auto* text = reinterpret_cast<const unsigned char*>(hostname.c_str());
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1,
            "name a certificate");
    require(X509_set_issuer_name(x, name) == 1, "name a certificate's issuer");
    require(X509_set_pubkey(x, key) == 1, "put a key into a certificate");
    add_extension(x, NID_subject_alt_name, alternative_names(hostname));
    add_extension(x, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(x, NID_ext_key_usage, "serverAuth");
    require(X509_sign(x, key, EVP_sha256()) > 0, "sign a certificate");
    return certificate;
}

/// Written beside and renamed: a reader sees the old file or the new one.
void write_file(const std::string& path, BIO* content, mode_t mode) {
    const std::string beside = path + ".new";
    ::unlink(beside.c_str());
    const UniqueFd file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    char* data = nullptr;
    const long size = BIO_get_mem_data(content, &data);
    const bool written = file && ::write(file.get(), data, static_cast<std::size_t>(size)) == size;
    if (!written || ::rename(beside.c_str(), path.c_str()) != 0) {
        throw std::runtime_error("cannot write " + path + ": " + std::strerror(errno));
    }
}

bool is_still_good(const CertificateFiles& files) {
    if (::access(files.private_key.c_str(), R_OK) != 0) return false;
    const Bio input(BIO_new_file(files.certificate.c_str(), "r"));
    if (!input) return false;
    const Certificate certificate(PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr));
    if (!certificate) return false;
    time_t renewal = ::time(nullptr) + kRenewBeforeSeconds;
    return X509_cmp_time(X509_get0_notAfter(certificate.get()), &renewal) > 0;
}

}  // namespace

CertificateFiles make_self_signed(const std::string& directory, const std::string& hostname) {
    const CertificateFiles files{.certificate = directory + "/http-certificate.pem",
                                 .private_key = directory + "/http-key.pem"};
    if (is_still_good(files)) return files;
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) throw std::runtime_error("cannot make the directory " + directory + ": " + error.message());

    const Key key(EVP_EC_gen("P-256"));
    require(key != nullptr, "make a key");
    const Certificate certificate = make_certificate(key.get(), safe_hostname(hostname));
    const Bio key_text(BIO_new(BIO_s_mem()));
    const Bio certificate_text(BIO_new(BIO_s_mem()));
    require(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
            "write a key");
    require(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1, "write a certificate");
    write_file(files.private_key, key_text.get(), 0600);
    write_file(files.certificate, certificate_text.get(), 0644);
    return files;
}

}  // namespace causeway::http
