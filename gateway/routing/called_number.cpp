#include "gateway/routing/called_number.hpp"

namespace causeway::routing {

std::string called_number(std::string_view text) {
    // RFC 3966 §5.1.1: separators have no meaning; people also type spaces.
    constexpr std::string_view kSeparators = "-.() ";
    std::string number;
    for (const char c : text) {
        if (kSeparators.find(c) != std::string_view::npos) continue;
        const bool digit = c >= '0' && c <= '9';
        if (!digit && !(c == '+' && number.empty())) return std::string(text);
        number += c;
    }
    return number.empty() || number == "+" ? std::string(text) : number;
}

}  // namespace causeway::routing
