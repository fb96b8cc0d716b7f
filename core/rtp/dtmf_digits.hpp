// The sixteen keys and their event codes. Any thread; pure. RFC 4733 §3.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace causeway::rtp {

inline constexpr std::string_view kDtmfDigits = "0123456789*#ABCD";

/// 0 for an event that is no key.
constexpr char digit_of_event(std::uint8_t event) {
    return event < kDtmfDigits.size() ? kDtmfDigits[event] : '\0';
}

constexpr std::optional<std::uint8_t> event_of_digit(char digit) {
    const auto at =
        kDtmfDigits.find(digit >= 'a' && digit <= 'd' ? static_cast<char>(digit - 'a' + 'A') : digit);
    if (at == std::string_view::npos) return std::nullopt;
    return static_cast<std::uint8_t>(at);
}

}  // namespace causeway::rtp
