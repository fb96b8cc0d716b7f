// ECDSA signatures: the fixed r || s of RFC 7518 §3.4 against the DER that OpenSSL speaks. Private to
// core/jose. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/jose/openssl_bytes.hpp"

namespace causeway::jose {

/// "" unless it has exactly two numbers of `width` octets, each in [1, order - 1].
std::string ecdsa_to_der(std::string_view raw, std::size_t width, const BIGNUM* order);

/// "" when `der` is no signature or a number does not fit into `width` octets.
std::string ecdsa_to_raw(std::string_view der, std::size_t width);

}  // namespace causeway::jose
