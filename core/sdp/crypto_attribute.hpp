// The a=crypto attribute (SDES) of strangers read, ours written. Pure; total on hostile bytes.
// RFC 4568 §6, §9.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/sdp/media_security.hpp"
#include "core/sdp/session.hpp"

namespace causeway::sdp {

/// "1 AES_CM_128_HMAC_SHA1_80 inline:<base64>|2^31". An Error for what cannot be used here: an unknown suite,
/// a key of another length, a master key identifier, several keys, a lifetime too short for a call, and
/// session parameters that take protection away or that we do not know. It never holds key material.
Result<CryptoLine> parse_crypto(std::string_view value);

/// The usable ones of a section into `crypto`, each tag once, in its order, and why another cannot be used.
void read_crypto(const MediaSection& section, MediaSecurity& security);

/// What stands behind "a=crypto:".
std::string crypto_text(const CryptoLine& line);

}  // namespace causeway::sdp
