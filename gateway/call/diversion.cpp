#include "gateway/call/diversion.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "gateway/identity/policy/sip_text.hpp"

namespace causeway::call {
namespace {

constexpr std::size_t kMostEntries = 16;

/// The comma separated values of a header; commas in quotes and angle brackets separate nothing.
std::vector<std::string_view> entries_of(std::string_view header) {
    std::vector<std::string_view> entries;
    bool quoted = false;
    bool bracketed = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < header.size() && entries.size() < kMostEntries; ++i) {
        const char c = header[i];
        if (quoted && c == '\\') {
            ++i;
        } else if (c == '"' && !bracketed) {
            quoted = !quoted;
        } else if (!quoted && (c == '<' || c == '>')) {
            bracketed = c == '<';
        } else if (!quoted && !bracketed && c == ',') {
            entries.push_back(header.substr(begin, i - begin));
            begin = i + 1;
        }
    }
    if (entries.size() < kMostEntries) entries.push_back(header.substr(begin));
    return entries;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// %xx resolved; nullopt for a broken one or a control character.
std::optional<std::string> unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned value = 0;
        if (i + 2 >= text.size()) return std::nullopt;
        const auto [end, fault] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
        if (fault != std::errc{} || end != text.data() + i + 3) return std::nullopt;
        out += static_cast<char>(value);
        i += 2;
    }
    if (identity::has_control_characters(out)) return std::nullopt;
    return out;
}

struct Entry {
    std::string display;
    std::string_view uri;
    std::string_view parameters;  ///< behind the address, from the first ';'
};

/// Where the address begins, npos when it stands alone; nullopt when a quote does not end.
std::optional<std::size_t> open_bracket(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == '<') {
            return i;
        }
    }
    if (quoted) return std::nullopt;
    return std::string_view::npos;
}

/// "Name" <uri>;parameters
std::optional<Entry> named_entry(std::string_view text, std::size_t open) {
    Entry entry;
    const auto close = text.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    std::string_view display = trimmed(text.substr(0, open));
    if (display.size() >= 2 && display.front() == '"' && display.back() == '"') {
        display = display.substr(1, display.size() - 2);
    }
    for (std::size_t i = 0; i < display.size(); ++i) {
        if (display[i] == '\\' && i + 1 < display.size()) ++i;
        entry.display += display[i];
    }
    entry.display = identity::shown_display(entry.display);
    entry.uri = text.substr(open + 1, close - open - 1);
    entry.parameters = text.substr(close + 1);
    return entry;
}

std::optional<Entry> entry_of(std::string_view text) {
    Entry entry;
    text = trimmed(text);
    const auto open = open_bracket(text);
    if (!open) return std::nullopt;
    if (*open != std::string_view::npos) return named_entry(text, *open);
    const auto end = text.find(';');
    entry.uri = text.substr(0, end);
    if (end != std::string_view::npos) entry.parameters = text.substr(end);
    return entry;
}

/// The user of a sip, sips or tel URI, without its parameters.
std::string number_of(std::string_view uri) {
    const auto colon = uri.find(':');
    if (colon == std::string_view::npos) return {};
    const std::string scheme = identity::lower_case(uri.substr(0, colon));
    if (scheme != "sip" && scheme != "sips" && scheme != "tel") return {};
    uri.remove_prefix(colon + 1);
    const auto at = uri.find('@');
    if (at == std::string_view::npos && scheme != "tel") return {};
    const std::string_view user = uri.substr(0, std::min({at, uri.find(';'), uri.find('?')}));
    constexpr std::size_t kLongest = 128;
    auto number = unescaped(user.substr(0, user.find(':')));
    return number && number->size() <= kLongest ? *number : std::string();
}

std::string parameter(std::string_view parameters, std::string_view name) {
    while (!parameters.empty()) {
        const auto end = parameters.find(';');
        const std::string_view one = trimmed(parameters.substr(0, end));
        parameters = end == std::string_view::npos ? std::string_view{} : parameters.substr(end + 1);
        const auto equals = one.find('=');
        if (identity::lower_case(trimmed(one.substr(0, equals))) != name) continue;
        std::string_view value =
            equals == std::string_view::npos ? std::string_view{} : trimmed(one.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        return std::string(value);
    }
    return {};
}

/// A word of RFC 5806 §4, or "".
std::string reason_word(std::string_view text) {
    constexpr std::size_t kLongest = 32;
    if (text.size() > kLongest) return {};
    const std::string word = identity::lower_case(text);
    const bool fits =
        std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
    return fits && word != "unknown" ? word : std::string();
}

/// The cause of the Reason header in a history's URI (RFC 7044 §5.1): "...?Reason=SIP%3Bcause%3D302".
int status_in(std::string_view uri) {
    const auto question = uri.find('?');
    if (question == std::string_view::npos) return 0;
    const auto headers = unescaped(uri.substr(question + 1));
    if (!headers) return 0;
    const std::string lower = identity::lower_case(*headers);
    const auto at = lower.find("cause=");
    if (lower.find("reason=sip") == std::string::npos || at == std::string::npos) return 0;
    int status = 0;
    std::from_chars(lower.data() + at + 6, lower.data() + lower.size(), status);
    return status >= 300 && status <= 699 ? status : 0;
}

/// RFC 7044 §11: the last entry names the present target; the one before it, whom the call was diverted from.
Diversion of_history(const std::vector<std::string>& values) {
    std::vector<Entry> entries;
    for (const std::string& value : values) {
        for (const std::string_view text : entries_of(value)) {
            if (auto entry = entry_of(text); entry && entries.size() < kMostEntries) {
                entries.push_back(std::move(*entry));
            }
        }
    }
    if (entries.size() < 2) return {};
    // Proxies add entries for the same number at another host.
    const std::string now = number_of(entries.back().uri);
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
        const std::string number = number_of(entry->uri);
        if (number.empty() || number == now) continue;
        const int status = status_in(entry->uri);
        return {number, entry->display, std::string(diversion_reason(status)), status};
    }
    return {};
}

}  // namespace

Diversion latest_diversion(const std::vector<std::string>& diversion,
                           const std::vector<std::string>& history_info) {
    for (const std::string& value : diversion) {
        // RFC 5806 §5: the topmost is the latest.
        const auto entry = entry_of(entries_of(value).front());
        if (!entry) continue;
        const std::string number = number_of(entry->uri);
        if (number.empty()) continue;
        return {number, entry->display, reason_word(parameter(entry->parameters, "reason")), 0};
    }
    return of_history(history_info);
}

std::string_view diversion_reason(int status) {
    switch (status) {
        case 486:
        case 600:
            return "user-busy";
        case 408:
        case 480:
            return "no-answer";
        case 301:
        case 302:
            return "unconditional";
        case 404:
        case 503:
            return "unavailable";
        case 603:
            return "deflection";
        default:
            return "";
    }
}

std::vector<std::pair<std::string, std::string>> diversion_headers(const std::vector<Diversion>& steps,
                                                                   const std::string& now,
                                                                   const std::string& host) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (steps.empty()) return headers;
    const auto uri = [&](const std::string& number) {
        return "sip:" + identity::escaped_sip_user(number) + "@" + host;
    };
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        const std::string reason = step->reason.empty() ? "unknown" : step->reason;
        headers.emplace_back("Diversion", "<" + uri(step->number) + ">;reason=" + reason + ";counter=1");
    }
    std::string history;
    std::string index = "1";
    for (const Diversion& step : steps) {
        const std::string why =
            step.status == 0 ? "" : "?Reason=SIP%3Bcause%3D" + std::to_string(step.status);
        // RFC 7044 §10.3: each is the child of the one before, and names it when the number was changed.
        const std::string parent = index.size() > 1 ? ";mp=" + index.substr(0, index.size() - 2) : "";
        history += "<" + uri(step.number) + why + ">;index=" + index + parent + ", ";
        index += ".1";
    }
    headers.emplace_back("History-Info", history + "<" + uri(now) + ">;index=" + index +
                                             ";mp=" + index.substr(0, index.size() - 2));
    return headers;
}

}  // namespace causeway::call
