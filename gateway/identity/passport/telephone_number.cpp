// RFC 8224 §8.1 tells numbers from addresses, §8.3 and §8.5 bring each into its canonical form.
#include "gateway/identity/passport/telephone_number.hpp"

#include <algorithm>
#include <cctype>

namespace causeway::identity {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
    return result;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    const char small = lower(c);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// RFC 3986 §2.3.
bool is_unreserved(char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

/// RFC 3986 §6.2.2.2: what need not be escaped is not; `also` names further characters of that kind.
std::string unescaped(std::string_view text, std::string_view also = {}) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        const char octet = low >= 0 ? static_cast<char>(high * 16 + low) : '\0';
        const bool plain = is_unreserved(octet) || also.find(octet) != std::string_view::npos;
        result += plain ? octet : text[i];
        if (plain) i += 2;
    }
    return result;
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

/// A URI taken apart. RFC 3261 §25.1 SIP-URI, RFC 3966 §3.
struct Parts {
    std::string scheme;     ///< lower case
    std::string_view user;  ///< without password; of a tel URI the number
    std::string_view host;  ///< without port; "" of others
    std::string_view rest;  ///< all behind the scheme
    bool is_phone = false;  ///< says of itself that it is a telephone number
};

/// RFC 3986 §3.1.
bool is_scheme(std::string_view text) {
    return !text.empty() && std::isalpha(static_cast<unsigned char>(text.front())) != 0 &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return is_unreserved(c) ? c != '_' && c != '~' : c == '+'; });
}

std::string_view without_port(std::string_view host_and_port) {
    const bool bracket = !host_and_port.empty() && host_and_port.front() == '[';
    const std::size_t end = bracket ? host_and_port.find(']') : std::string_view::npos;
    const std::size_t colon = host_and_port.find(':', end == std::string_view::npos ? 0 : end);
    return host_and_port.substr(0, colon);
}

bool has_user_phone(std::string_view parameters) {
    for (std::size_t at = parameters.find(';'); at != std::string_view::npos;
         at = parameters.find(';', at + 1)) {
        const std::string_view one = parameters.substr(at + 1);
        if (lower(one.substr(0, one.find_first_of(";?"))) == "user=phone") return true;
    }
    return false;
}

std::optional<Parts> take_apart(std::string_view uri) {
    uri = trimmed(uri);
    const std::size_t colon = uri.find(':');
    if (colon == std::string_view::npos || !is_scheme(uri.substr(0, colon)) || !is_printable(uri)) {
        return std::nullopt;
    }
    Parts parts;
    parts.scheme = lower(uri.substr(0, colon));
    parts.rest = uri.substr(colon + 1);
    if (parts.scheme == "tel") {
        parts.user = parts.rest.substr(0, parts.rest.find(';'));
        parts.is_phone = true;
    } else if (parts.scheme == "sip" || parts.scheme == "sips") {
        const std::size_t at = parts.rest.find('@');
        const std::string_view behind = at == std::string_view::npos ? parts.rest : parts.rest.substr(at + 1);
        const std::size_t end = std::min(behind.find_first_of(";?"), behind.size());
        parts.host = without_port(behind.substr(0, end));
        if (at != std::string_view::npos) parts.user = parts.rest.substr(0, parts.rest.find_first_of(":@"));
        parts.is_phone = has_user_phone(behind.substr(end));
    }
    return parts;
}

/// The number and its own parameters: `+1215;ext=1` is a user part as well.
std::string number_text(std::string_view user) {
    return unescaped(user.substr(0, user.find(';')), "+#*()");
}

}  // namespace

std::string canonical_number(std::string_view number) {
    constexpr std::string_view kSeparators = "-.() ";
    std::string result;
    for (const char c : number) {
        if (is_digit(c) || c == '*' || c == '#') {
            result += c;
        } else if (kSeparators.find(c) == std::string_view::npos && !(c == '+' && result.empty())) {
            return {};
        }
    }
    return result;
}

std::string uri_of(std::string_view header_value) {
    const std::string_view text = trimmed(header_value);
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == '<') {
            const std::size_t end = text.find('>', i);
            return end == std::string_view::npos ? std::string()
                                                 : std::string(trimmed(text.substr(i + 1, end - i - 1)));
        }
    }
    return take_apart(text) ? std::string(text) : std::string();
}

std::optional<std::string> number_of_uri(std::string_view uri) {
    const auto parts = take_apart(uri);
    if (!parts) return std::nullopt;
    const std::string text = number_text(parts->user);
    // RFC 8224 §8.1: what says so of itself, and by local policy a + in front or digits alone.
    const bool digits = std::all_of(text.begin(), text.end(), is_digit);
    if (!parts->is_phone && !digits && text.front() != '+') return std::nullopt;
    const std::string number = canonical_number(text);
    if (number.empty()) return std::nullopt;
    return number;
}

bool is_explicit_number(std::string_view uri) {
    const auto parts = take_apart(uri);
    if (!parts || !number_of_uri(uri)) return false;
    return parts->is_phone || number_text(parts->user).front() == '+';
}

std::string canonical_uri(std::string_view uri) {
    const auto parts = take_apart(uri);
    if (!parts) return {};
    if (parts->scheme == "tel") return "tel:" + lower(unescaped(parts->user, "+"));
    if (parts->scheme != "sip" && parts->scheme != "sips")
        return parts->scheme + ":" + std::string(parts->rest);
    if (parts->host.empty()) return {};
    const std::string host = lower(unescaped(parts->host));
    if (parts->user.empty()) return parts->scheme + ":" + host;
    return parts->scheme + ":" + lower(unescaped(parts->user)) + "@" + host;
}

std::string domain_of_uri(std::string_view uri) {
    const auto parts = take_apart(uri);
    return parts ? lower(unescaped(parts->host)) : std::string();
}

}  // namespace causeway::identity
