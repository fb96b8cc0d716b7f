// JWS Compact Serialization (RFC 7515 §7.1). Splits and joins; what the members mean is its users' business.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/jose/key.hpp"

namespace causeway::jose {

inline constexpr std::size_t kLongestJws = 16384;

struct CompactJws {
    std::string header;         ///< decoded: JSON of a stranger, read it with parse_object
    std::string payload;        ///< decoded
    std::string signature;      ///< decoded
    std::string signing_input;  ///< what was signed
};

/// The Error begins with "too long", "parts" (not three of them) or "base64".
Result<CompactJws> split(std::string_view token, std::size_t longest = kLongestJws);

/// `header` and `payload` are JSON texts, used byte for byte. "" when the key cannot.
std::string sign(const SigningKey& key, Algorithm algorithm, std::string_view header,
                 std::string_view payload);

/// RFC 7797 and RFC 7515 §4.1.11: no extension is understood, so a header with `crit` must be refused;
/// callers ask this after parsing.
inline constexpr std::string_view kCritical = "crit";

}  // namespace causeway::jose
