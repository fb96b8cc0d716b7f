#include "gateway/identity/passport/der_reader.hpp"

namespace causeway::identity {
namespace {

std::uint8_t octet(std::string_view text, std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
}

std::uint64_t big_endian(std::string_view octets) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < octets.size(); ++i) value = value << 8 | octet(octets, i);
    return value;
}

}  // namespace

bool DerReader::is_next(std::uint8_t tag) const {
    return !rest_.empty() && octet(rest_, 0) == tag;
}

std::optional<std::string_view> DerReader::take(std::uint8_t tag) {
    if (!is_next(tag) || rest_.size() < 2) return std::nullopt;
    std::size_t length = octet(rest_, 1);
    std::size_t head = 2;
    if (length >= 0x80) {
        const std::size_t count = length - 0x80;
        // A certificate's extension never needs more. The indefinite form (X.690 §10.1 forbids it) and one
        // that is cut off leave a length that is not minimal.
        if (count > 3) return std::nullopt;
        length = static_cast<std::size_t>(big_endian(rest_.substr(2, count)));
        head += count;
        const bool minimal = length >= 0x80 && length >> (8 * (count - 1)) != 0;
        if (!minimal) return std::nullopt;
    }
    if (rest_.size() - head < length) return std::nullopt;
    const std::string_view content = rest_.substr(head, length);
    rest_.remove_prefix(head + length);
    return content;
}

std::optional<std::string_view> DerReader::take_last(std::uint8_t tag) {
    const auto content = take(tag);
    if (!at_end()) return std::nullopt;
    return content;
}

std::optional<std::uint64_t> DerReader::take_positive() {
    const auto content = take(kDerInteger);
    if (!content || content->empty() || content->size() > 8) return std::nullopt;
    const bool negative = octet(*content, 0) >= 0x80;
    const bool padded = content->size() > 1 && octet(*content, 0) == 0 && octet(*content, 1) < 0x80;
    if (negative || padded || big_endian(*content) >> 56 != 0) return std::nullopt;
    return big_endian(*content);
}

}  // namespace causeway::identity
