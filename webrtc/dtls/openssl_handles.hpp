// Owners for OpenSSL's objects, and its error queue as words. Included by sources of this folder only.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace causeway::webrtc {

template <auto free>
struct OpensslFree {
    template <class Object>
    void operator()(Object* object) const {
        free(object);
    }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using X509Handle = std::unique_ptr<X509, OpensslFree<X509_free>>;
using ContextHandle = std::unique_ptr<SSL_CTX, OpensslFree<SSL_CTX_free>>;
using SslHandle = std::unique_ptr<SSL, OpensslFree<SSL_free>>;
using BioMethodHandle = std::unique_ptr<BIO_METHOD, OpensslFree<BIO_meth_free>>;

/// All that this thread's error queue holds, which is empty afterwards. "" when it was empty.
std::string drain_openssl_errors();

}  // namespace causeway::webrtc
