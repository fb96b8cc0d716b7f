#include "tests/load/sip_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/sdp/words.hpp"

namespace causeway::load::sip {
namespace {

using sdp::equal_ignoring_case;

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// RFC 3261 §7.3.3
std::string_view long_name(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kCompact{{
        {"v", "Via"},
        {"f", "From"},
        {"t", "To"},
        {"i", "Call-ID"},
        {"m", "Contact"},
        {"l", "Content-Length"},
        {"c", "Content-Type"},
    }};
    for (const auto& [compact, full] : kCompact) {
        if (equal_ignoring_case(name, compact)) return full;
    }
    return name;
}

}  // namespace

std::string_view Message::method() const {
    return start_line.substr(0, start_line.find(' '));
}

std::string_view Message::uri() const {
    const std::size_t begin = std::min(start_line.find(' '), start_line.size() - 1) + 1;
    return start_line.substr(begin, start_line.find(' ', begin) - begin);
}

int Message::status() const {
    int value = 0;
    const std::string_view digits = start_line.substr(std::min<std::size_t>(8, start_line.size()), 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::string_view Message::header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
        if (equal_ignoring_case(long_name(key), name)) return value;
    }
    return {};
}

std::optional<Message> read(std::string_view datagram) {
    Message message;
    const std::size_t end = datagram.find("\r\n\r\n");
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    message.body = datagram.substr(end + 4);
    std::string_view head = datagram.substr(0, end);
    const auto take_line = [&head] {
        const std::size_t stop = std::min(head.find("\r\n"), head.size());
        const std::string_view line = head.substr(0, stop);
        head.remove_prefix(std::min(stop + 2, head.size()));
        return line;
    };
    message.start_line = take_line();
    while (!head.empty()) {
        const std::string_view line = take_line();
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        message.headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
    return message;
}

std::string_view user_of(std::string_view uri) {
    const std::size_t colon = uri.find(':');
    const std::size_t at = uri.find('@');
    if (colon == std::string_view::npos || at == std::string_view::npos || at < colon) return {};
    const std::string_view user = uri.substr(colon + 1, at - colon - 1);
    return user.substr(0, user.find(';'));
}

std::string_view uri_of(std::string_view header) {
    const std::size_t open = header.find('<');
    if (open == std::string_view::npos) return trim(header.substr(0, header.find(';')));
    return header.substr(open + 1, header.find('>', open) - open - 1);
}

std::string_view parameter(std::string_view header, std::string_view name) {
    // Those within the angle brackets belong to the URI.
    const std::size_t close = header.find('>');
    std::string_view rest = close == std::string_view::npos ? header : header.substr(close + 1);
    for (std::size_t at = rest.find(';'); at != std::string_view::npos; at = rest.find(';')) {
        rest.remove_prefix(at + 1);
        const std::string_view pair = rest.substr(0, rest.find(';'));
        const std::size_t equal = std::min(pair.find('='), pair.size());
        if (equal_ignoring_case(trim(pair.substr(0, equal)), name)) {
            return trim(pair.substr(std::min(equal + 1, pair.size())));
        }
    }
    return {};
}

std::string response_head(const Message& request, std::string_view status_line, std::string_view tag) {
    std::string text = fmt::format("SIP/2.0 {}\r\n", status_line);
    for (const auto& [key, value] : request.headers) {
        const std::string_view name = long_name(key);
        if (equal_ignoring_case(name, "To")) {
            text += fmt::format("To: {}", value);
            if (parameter(value, "tag").empty()) text += fmt::format(";tag={}", tag);
            text += "\r\n";
        } else if (equal_ignoring_case(name, "Via") || equal_ignoring_case(name, "From") ||
                   equal_ignoring_case(name, "Call-ID") || equal_ignoring_case(name, "CSeq") ||
                   equal_ignoring_case(name, "Record-Route")) {
            text += fmt::format("{}: {}\r\n", name, value);
        }
    }
    return text;
}

}  // namespace causeway::load::sip
