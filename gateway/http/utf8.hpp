// UTF-8 (RFC 3629) as browsers insist on it: an ill-formed text frame ends a WebSocket. Pure.
#pragma once

#include <string>
#include <string_view>

namespace causeway::http {

/// `text` with every ill-formed byte replaced by U+FFFD: what SIP peers wrote may go into a text frame.
std::string repaired_utf8(std::string_view text);

/// Has a C0 control character or DEL (U+0000..U+001F, U+007F)?
bool has_control_character(std::string_view text);

}  // namespace causeway::http
