// SIP peers send any bytes; JSON carries UTF-8 only (RFC 8259 §8.1).
#pragma once

#include <string>
#include <string_view>

namespace causeway::accounting {

/// Each byte that is not part of well-formed UTF-8 (RFC 3629 §4) becomes U+FFFD.
std::string clean_utf8(std::string_view bytes);

}  // namespace causeway::accounting
