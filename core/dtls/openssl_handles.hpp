// Owners for OpenSSL's objects, and its error queue as words. Included by sources of this folder only.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

#include "core/base/c_handle.hpp"

namespace causeway::dtls {

using KeyHandle = CHandle<EVP_PKEY, EVP_PKEY_free>;
using X509Handle = CHandle<X509, X509_free>;
using ContextHandle = CHandle<SSL_CTX, SSL_CTX_free>;
using SslHandle = CHandle<SSL, SSL_free>;
using BioMethodHandle = CHandle<BIO_METHOD, BIO_meth_free>;

/// All that this thread's error queue holds, which is empty afterwards. "" when it was empty.
std::string drain_openssl_errors();

}  // namespace causeway::dtls
