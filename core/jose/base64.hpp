// Base64 (RFC 4648), strictly: one text for each value, everything else is refused. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway::jose {

/// RFC 7515 §2: URL alphabet, no padding, no line breaks.
std::string encode_base64url(std::string_view bytes);
/// nullopt for padding, other characters, an impossible length or bits left over that are not zero.
std::optional<std::string> decode_base64url(std::string_view text);

/// RFC 4648 §4: padded.
std::string encode_base64(std::string_view bytes);
std::optional<std::string> decode_base64(std::string_view text);

/// Lower-case hexadecimal.
std::string encode_hex(std::string_view bytes);

}  // namespace causeway::jose
