#include "config/trunk_kinds.hpp"

#include <algorithm>

#include "config/choice.hpp"

namespace causeway::config {
namespace {

constexpr std::size_t kLongestTemplate = 256;

bool is_token(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

/// P-Asserted-Identity and P-Preferred-Identity say who calls: that is the policy's, not a template's.
bool is_own_header(std::string_view text) {
    if (!is_token(text) || text.size() < 3 || text[1] != '-') return false;
    if (text[0] == 'X' || text[0] == 'x') return true;
    if (text[0] != 'P' && text[0] != 'p') return false;
    const auto ends = [&](std::string_view tail) {
        return text.size() >= tail.size() &&
               std::equal(tail.begin(), tail.end(), text.end() - static_cast<std::ptrdiff_t>(tail.size()),
                          [](char a, char b) { return a == (b | 0x20); });
    };
    return !ends("identity");
}

std::optional<std::string> unless(bool fits) {
    return fits ? std::optional<std::string>{} : std::optional<std::string>{""};
}

}  // namespace

template struct Choice<NumberForm>;

Choice<NumberForm> number_form_kind() {
    return Choice<NumberForm>({{"as-is", NumberForm::as_is},
                               {"e164", NumberForm::e164},
                               {"digits", NumberForm::digits},
                               {"international", NumberForm::international},
                               {"national", NumberForm::national}});
}

Optional<NumberForm> optional_number_form_kind() {
    return Optional<NumberForm>(number_form_kind());
}

Text dialling_prefix_kind() {
    return {"at most 8 digits", [](std::string_view t) {
                return unless(t.size() <= 8 && t.find_first_not_of("0123456789") == std::string_view::npos);
            }};
}

Text own_header_kind() {
    return {"a header of your own such as X-Customer",
            [](std::string_view t) { return unless(is_own_header(t)); }};
}

Text removable_header_kind() {
    return {"Privacy, P-Asserted-Identity, or a header such as X-Customer", [](std::string_view t) {
                return unless(t == "Privacy" || t == "P-Asserted-Identity" || is_own_header(t));
            }};
}

Text optional_account_user_kind() {
    return {"at most 64 letters, digits and . _ + -", [](std::string_view t) {
                return unless(t.size() <= 64 && std::all_of(t.begin(), t.end(), [](char c) {
                                  return is_token(std::string_view(&c, 1)) || c == '.' || c == '_' ||
                                         c == '+';
                              }));
            }};
}

const std::vector<std::string>& template_variables() {
    static const std::vector<std::string> kVariables{"user",  "from",    "to",  "call",
                                                     "trunk", "account", "page"};
    return kVariables;
}

std::string template_fault(std::string_view text) {
    if (text.size() > kLongestTemplate) return "a text of at most 256 bytes";
    const std::string known = "only {" + joined(template_variables()) + "} in braces, and {{ for a brace";
    while (!text.empty()) {
        const char c = text.front();
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) return "a text without control characters";
        text.remove_prefix(1);
        if (c != '{') continue;
        if (text.starts_with('{')) {
            text.remove_prefix(1);
            continue;
        }
        const auto end = text.find('}');
        const auto& all = template_variables();
        if (end == std::string_view::npos ||
            std::find(all.begin(), all.end(), text.substr(0, end)) == all.end()) {
            return known;
        }
        text.remove_prefix(end + 1);
    }
    return {};
}

std::string HeaderTemplate::expected() const {
    return "a text of at most 256 bytes with " + joined(template_variables()) + " in braces";
}

Fit HeaderTemplate::parse(std::string_view text, std::string& out) const {
    if (std::string fault = template_fault(text); !fault.empty()) return Misfit{std::move(fault), ""};
    out = text;
    return {};
}

}  // namespace causeway::config
