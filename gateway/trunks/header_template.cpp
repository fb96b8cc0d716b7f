#include "gateway/trunks/header_template.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace causeway::trunks {
namespace {

constexpr std::size_t kLongestHeader = 1024;
constexpr std::size_t kLongestValue = 256;

std::string escaped(std::string_view value) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+@*#:/";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string made;
    for (const char c : value.substr(0, kLongestValue)) {
        if (kPlain.find(c) != std::string_view::npos) {
            made += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        made += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
    return made;
}

}  // namespace

std::string fill(std::string_view text, const TemplateValues& values) {
    const std::array<std::pair<std::string_view, const std::string*>, 7> known{{{"user", &values.user},
                                                                                {"from", &values.from},
                                                                                {"to", &values.to},
                                                                                {"call", &values.call},
                                                                                {"trunk", &values.trunk},
                                                                                {"account", &values.account},
                                                                                {"page", &values.page}}};
    std::string made;
    while (!text.empty() && made.size() < kLongestHeader) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c != '{') {
            made += c;
            continue;
        }
        if (text.starts_with('{')) {
            made += '{';
            text.remove_prefix(1);
            continue;
        }
        const auto end = text.find('}');
        const auto variable = std::find_if(
            known.begin(), known.end(), [&](const auto& each) { return each.first == text.substr(0, end); });
        if (end == std::string_view::npos || variable == known.end()) break;
        made += escaped(*variable->second);
        text.remove_prefix(end + 1);
    }
    if (made.size() > kLongestHeader) made.resize(kLongestHeader);
    return made;
}

}  // namespace causeway::trunks
