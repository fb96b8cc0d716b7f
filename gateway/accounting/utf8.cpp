#include "gateway/accounting/utf8.hpp"

#include <cstdint>

namespace causeway::accounting {
namespace {

std::uint8_t byte_at(std::string_view bytes, std::size_t index) {
    return index < bytes.size() ? static_cast<std::uint8_t>(bytes[index]) : std::uint8_t{0};
}

bool is_tail(std::uint8_t byte) {
    return byte >= 0x80 && byte <= 0xbf;
}

/// Length of the well-formed sequence at the front, or 0. RFC 3629 §4.
std::size_t sequence_length(std::string_view bytes) {
    const std::uint8_t first = byte_at(bytes, 0);
    const std::uint8_t second = byte_at(bytes, 1);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return is_tail(second) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const bool overlong = first == 0xe0 && second < 0xa0;
        const bool surrogate = first == 0xed && second > 0x9f;
        return is_tail(second) && is_tail(byte_at(bytes, 2)) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const bool overlong = first == 0xf0 && second < 0x90;
        const bool too_high = first == 0xf4 && second > 0x8f;
        const bool tails = is_tail(second) && is_tail(byte_at(bytes, 2)) && is_tail(byte_at(bytes, 3));
        return tails && !overlong && !too_high ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string clean_utf8(std::string_view bytes) {
    std::string clean;
    clean.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = sequence_length(bytes);
        clean += length == 0 ? std::string_view("\xEF\xBF\xBD") : bytes.substr(0, length);
        bytes.remove_prefix(length == 0 ? 1 : length);
    }
    return clean;
}

}  // namespace causeway::accounting
