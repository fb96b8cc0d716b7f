#include "gateway/http/query.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace causeway::http {
namespace {

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (i + 3 > text.size()) return std::nullopt;
        std::uint8_t byte = 0;
        const char* const end = text.data() + i + 3;
        const auto [read, fault] = std::from_chars(text.data() + i + 1, end, byte, 16);
        if (fault != std::errc{} || read != end) return std::nullopt;
        out += static_cast<char>(byte);
        i += 2;
    }
    return out;
}

}  // namespace

std::string query_parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::string_view one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(one.size() + 1, query.size()));
        const auto equals = std::min(one.find('='), one.size());
        if (decoded(one.substr(0, equals)) != name) continue;
        return decoded(one.substr(std::min(equals + 1, one.size()))).value_or("");
    }
    return {};
}

}  // namespace causeway::http
