// What chains and stores are made of. Private to core/jose.
#pragma once

#include <openssl/x509.h>

#include <vector>

#include "core/jose/certificate.hpp"
#include "core/jose/openssl_bytes.hpp"

namespace causeway::jose {

using CertificateHandle = CHandle<X509, X509_free>;

struct CertificateChain::Parts {
    std::vector<CertificateHandle> certificates;  ///< leaf first
    std::int64_t not_before = 0;
    std::int64_t not_after = 0;

    X509* leaf() const { return certificates.front().get(); }
};

}  // namespace causeway::jose
