// Dates of SIP (RFC 3261 §20.17): RFC 1123 form, GMT, whatever the process's locale. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace causeway::identity {

/// Seconds since 1970 of a SIP-date (RFC 3261 §25.1); nullopt when it is none. `sip_date` writes them.
std::optional<std::int64_t> parse_sip_date(std::string_view text);

}  // namespace causeway::identity
