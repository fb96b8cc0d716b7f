// How this room's sources talk to OpenSSL: handles, bytes, and an error queue left as it was found. Private
// to core/jose.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/c_handle.hpp"

namespace causeway::jose {

using BioHandle = CHandle<BIO, BIO_free_all>;
using BignumHandle = CHandle<BIGNUM, BN_clear_free>;
using KeyHandle = CHandle<EVP_PKEY, EVP_PKEY_free>;
using SharedKey = std::shared_ptr<EVP_PKEY>;

/// What fails here must not be found later by a TLS session of the same thread, which reads that queue.
class QuietErrors {
  public:
    QuietErrors() { ERR_set_mark(); }
    ~QuietErrors() { ERR_pop_to_mark(); }
    QuietErrors(const QuietErrors&) = delete;
    QuietErrors& operator=(const QuietErrors&) = delete;
};

/// Never null: to some functions null means more than "no bytes".
inline const unsigned char* octets(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data() != nullptr ? bytes.data() : "");
}
inline unsigned char* octets(std::string& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

}  // namespace causeway::jose
