#include "gateway/http/tls_files.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "core/base/c_handle.hpp"

namespace causeway::http {
namespace {

using Context = CHandle<SSL_CTX, SSL_CTX_free>;
using Key = CHandle<EVP_PKEY, EVP_PKEY_free>;
using Bio = CHandle<BIO, BIO_free_all>;

/// OpenSSL's own would ask at the terminal.
int no_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

std::string quoted(const std::string& file) {
    return '"' + file + '"';
}

/// What OpenSSL says of its first fault, the cause of the others.
std::string reason() {
    const char* const text = ERR_reason_error_string(ERR_peek_error());
    return text == nullptr ? "" : std::string(" (") + text + ')';
}

std::optional<TlsFilesFault> fault_of_key(SSL_CTX* context, const std::string& file) {
    bool encrypted = false;
    const Bio input(BIO_new_file(file.c_str(), "r"));
    const Key key(input ? PEM_read_bio_PrivateKey(input.get(), nullptr, no_passphrase, &encrypted) : nullptr);
    if (encrypted) return TlsFilesFault{true, quoted(file), "a private key without a passphrase"};
    if (!key) return TlsFilesFault{true, quoted(file), "a private key in PEM"};
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
        return TlsFilesFault{true, quoted(file), "the key of http.tls.certificate"};
    }
    return std::nullopt;
}

}  // namespace

std::optional<TlsFilesFault> check_tls_files(const std::string& certificate, const std::string& private_key) {
    ERR_clear_error();
    const Context context(SSL_CTX_new(TLS_server_method()));
    std::optional<TlsFilesFault> fault;
    if (!context || SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
        fault = TlsFilesFault{false, quoted(certificate) + reason(), "a certificate in PEM, with its chain"};
    } else {
        fault = fault_of_key(context.get(), private_key);
    }
    ERR_clear_error();
    return fault;
}

}  // namespace causeway::http
