#include "gateway/identity/passport/identity_header.hpp"

#include <algorithm>
#include <set>

namespace causeway::identity {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Position of the next `separator` outside of <> and quotes, or the text's end.
std::size_t next_outside(std::string_view text, char separator) {
    bool quoted = false;
    bool bracketed = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == separator && !quoted && !bracketed) return i;
        if (quoted && c == '\\') {
            ++i;
        } else if (c == '"' && !bracketed) {
            quoted = !quoted;
        } else if (!quoted && (c == '<' || c == '>')) {
            bracketed = c == '<';
        }
    }
    return text.size();
}

/// Cuts off the front of `text` up to the separator, and the separator.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t end = next_outside(text, separator);
    const std::string_view front = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    return front;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

/// RFC 3261 §25.1 token.
bool is_token(std::string_view text) {
    constexpr std::string_view kAlso = "-.!%*_+`'~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kAlso.find(c) != std::string_view::npos;
    });
}

/// The ABNF of RFC 8224 §4 wants a token, the examples of RFC 8588 §6 have a quoted string.
std::optional<std::string> plain_value(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        value = value.substr(1, value.size() - 2);
    if (!is_token(value)) return std::nullopt;
    return std::string(value);
}

std::optional<std::string> bracketed_value(std::string_view value) {
    if (value.size() < 3 || value.front() != '<' || value.back() != '>') return std::nullopt;
    value = value.substr(1, value.size() - 2);
    const bool printable = std::all_of(value.begin(), value.end(),
                                       [](char c) { return c > ' ' && c < '\x7f' && c != '<' && c != '>'; });
    if (!printable) return std::nullopt;
    return std::string(value);
}

void note(Checked& fault, std::string why) {
    if (!fault) fault = invalid(std::move(why));
}

void read_parameter(IdentityRow& row, const std::string& name, std::string_view value) {
    if (name == "info") {
        row.info = bracketed_value(value);
        if (!row.info) note(row.fault, "info: not a URI in angle brackets");
    } else if (name == "alg") {
        row.algorithm = plain_value(value);
        if (!row.algorithm) note(row.fault, "alg: the parameter is no token");
    } else if (name == "ppt") {
        row.ppt = plain_value(value);
        if (!row.ppt) note(row.fault, "ppt: the parameter is no token");
    }
}

}  // namespace

std::vector<std::string_view> split_rows(const std::vector<std::string>& values) {
    std::vector<std::string_view> rows;
    for (const std::string& value : values) {
        std::string_view rest = value;
        do {
            if (rows.size() > kMostRows) return rows;
            rows.push_back(take_until(rest, ','));
        } while (!rest.empty());
    }
    return rows;
}

IdentityRow read_row(std::string_view text) {
    IdentityRow row;
    if (text.size() > kLongestRow) row.fault = invalid("too long: Identity header field");
    row.token = take_until(text, ';');
    std::set<std::string> seen;
    while (!text.empty()) {
        const std::string_view parameter = take_until(text, ';');
        const std::size_t equal = parameter.find('=');
        const std::string name = lower(trimmed(parameter.substr(0, equal)));
        if (!is_token(name)) note(row.fault, "malformed parameter");
        // RFC 3261 §7.3.1: no parameter twice, for one reader would take the first and another the last.
        if (!seen.insert(name).second) note(row.fault, name + ": duplicate parameter");
        const bool has_value = equal != std::string_view::npos;
        read_parameter(row, name, has_value ? trimmed(parameter.substr(equal + 1)) : std::string_view());
    }
    return row;
}

}  // namespace causeway::identity
