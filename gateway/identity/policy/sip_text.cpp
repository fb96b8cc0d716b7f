#include "gateway/identity/policy/sip_text.hpp"

#include <algorithm>
#include <utility>

namespace causeway::identity {
namespace {

constexpr std::string_view kUnreservedMarks = "-_.!~*'()+";
constexpr std::size_t kLongestDisplay = 128;
constexpr int kMostAsserted = 2;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter_or_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            plain.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
            i += 2;
        } else {
            plain.push_back(text[i]);
        }
    }
    return plain;
}

std::string escaped(std::string_view text, std::string_view unescaped_marks) {
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        if (is_letter_or_digit(c) || unescaped_marks.find(c) != std::string_view::npos) {
            result.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        result.push_back('%');
        result.push_back(kHex[byte >> 4]);
        result.push_back(kHex[byte & 0xf]);
    }
    return result;
}

/// What stands behind a leading quoted-string; all when there is none, nothing when it never ends.
std::string_view behind_quotes(std::string_view text) {
    const auto start = text.find_first_not_of(" \t");
    if (start == std::string_view::npos || text[start] != '"') return text;
    for (auto i = start + 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            return text.substr(i + 1);
        }
    }
    return {};
}

/// Takes the first URI from a header that holds name-addrs or addr-specs (RFC 3261 §20.10), with the comma
/// behind it.
std::string_view take_uri(std::string_view& header) {
    std::string_view rest = behind_quotes(header);
    header = {};
    const auto bracket = rest.find('<');
    if (bracket < rest.find(',')) {
        rest.remove_prefix(bracket + 1);
        const auto end = rest.find('>');
        if (end == std::string_view::npos) return {};
        if (const auto comma = rest.find(',', end); comma != std::string_view::npos) {
            header = rest.substr(comma + 1);
        }
        return rest.substr(0, end);
    }
    const auto comma = rest.find(',');
    if (comma != std::string_view::npos) header = rest.substr(comma + 1);
    rest = rest.substr(0, comma);
    const auto start = rest.find_first_not_of(" \t");
    if (start == std::string_view::npos) return {};
    rest.remove_prefix(start);
    return rest.substr(0, rest.find_first_of(" \t"));
}

/// "" when the URI names nobody.
std::string user_of(std::string_view uri) {
    const auto colon = uri.find(':');
    if (colon == std::string_view::npos) return {};
    const std::string scheme = lower_case(uri.substr(0, colon));
    uri.remove_prefix(colon + 1);
    if (scheme == "sip" || scheme == "sips") {
        const auto at = uri.find('@');
        if (at == std::string_view::npos) return {};
        uri = uri.substr(0, at);
        uri = uri.substr(0, uri.find(':'));
    } else if (scheme != "tel") {
        return {};
    }
    // RFC 3966 parameters stand in the user part of a SIP URI too (RFC 3261 §19.1.6).
    std::string user = unescaped(uri.substr(0, uri.find(';')));
    return has_control_characters(user) ? std::string() : user;
}

}  // namespace

std::vector<std::string> asserted_users(std::string_view header) {
    std::vector<std::string> users;
    for (int i = 0; i < kMostAsserted && !header.empty(); ++i) {
        if (std::string user = user_of(take_uri(header)); !user.empty()) users.push_back(std::move(user));
    }
    return users;
}

bool wants_privacy(std::string_view privacy) {
    const std::string lower = lower_case(privacy);
    for (std::size_t at = 0; at < lower.size();) {
        const auto start = lower.find_first_not_of(";, \t", at);
        if (start == std::string::npos) return false;
        const auto end = std::min(lower.find_first_of(";, \t", start), lower.size());
        const std::string_view value = std::string_view(lower).substr(start, end - start);
        if (value == "id" || value == "user" || value == "header") return true;
        at = end;
    }
    return false;
}

std::string escaped_sip_user(std::string_view user) {
    return escaped(user, kUnreservedMarks);
}

std::string escaped_identity_user(std::string_view user) {
    return escaped(user, std::string(kUnreservedMarks) + '%');
}

bool is_dialable(std::string_view number) {
    static constexpr std::string_view kOthers = "+*#-_.";
    return !number.empty() && number.size() <= 64 && std::all_of(number.begin(), number.end(), [](char c) {
        return is_letter_or_digit(c) || kOthers.find(c) != std::string_view::npos;
    });
}

bool is_global_number(std::string_view number) {
    constexpr std::size_t kMostDigits = 15;
    return number.size() >= 2 && number.size() <= kMostDigits + 1 && number.front() == '+' &&
           std::all_of(number.begin() + 1, number.end(), is_digit);
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string shown_display(std::string_view display) {
    std::string shown;
    for (const char c : display) {
        if (!has_control_characters({&c, 1})) shown.push_back(c);
    }
    if (shown.size() <= kLongestDisplay) return shown;
    std::size_t end = kLongestDisplay;
    // Not in the middle of a UTF-8 character.
    while (end > 0 && (static_cast<unsigned char>(shown[end]) & 0xc0) == 0x80) --end;
    shown.resize(end);
    return shown;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return lower;
}

}  // namespace causeway::identity
