#include "sip/ua/body_parts.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace causeway::sip {
namespace {

constexpr int kMostParts = 16;
constexpr int kDeepest = 3;
/// RFC 2046 §5.1.1.
constexpr std::size_t kLongestBoundary = 70;

std::string_view trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

bool is_word(std::string_view text, std::string_view lower) {
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

/// What stands before the first ';'.
std::string_view value_of(std::string_view header) {
    return trimmed(header.substr(0, header.find(';')));
}

std::string_view parameter(std::string_view header, std::string_view name) {
    auto semicolon = header.find(';');
    while (semicolon != std::string_view::npos) {
        header.remove_prefix(semicolon + 1);
        const auto equals = header.find('=');
        if (equals == std::string_view::npos) return {};
        const bool found = is_word(trimmed(header.substr(0, equals)), name);
        std::string_view value = trimmed(header.substr(equals + 1));
        const bool quoted = !value.empty() && value.front() == '"';
        const auto end = quoted ? value.find('"', 1) : value.find(';');
        if (quoted && end == std::string_view::npos) return {};
        if (found) return quoted ? value.substr(1, end - 1) : trimmed(value.substr(0, end));
        header = value;
        semicolon = header.find(';', quoted ? end : 0);
    }
    return {};
}

/// RFC 3261 §20.11: what says nothing of its handling must be understood.
bool is_optional(std::string_view disposition) {
    return is_word(parameter(disposition, "handling"), "optional");
}

/// A header of a part; "" if none. `head` are its lines.
std::string_view header_in(std::string_view head, std::string_view name) {
    while (!head.empty()) {
        auto end = head.find('\n');
        // Lines that begin with a blank go on with the one before.
        while (end != std::string_view::npos && end + 1 < head.size() &&
               (head[end + 1] == ' ' || head[end + 1] == '\t')) {
            end = head.find('\n', end + 1);
        }
        const std::string_view line = head.substr(0, end);
        head = end == std::string_view::npos ? std::string_view{} : head.substr(end + 1);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && is_word(trimmed(line.substr(0, colon)), name)) {
            return trimmed(line.substr(colon + 1));
        }
    }
    return {};
}

/// Takes the next part off the front of `rest`, which begins behind a delimiter line's boundary.
std::string_view take_part(std::string_view& rest, std::string_view delimiter) {
    const auto line_end = rest.find('\n');
    if (line_end == std::string_view::npos) return rest = {}, std::string_view{};
    rest.remove_prefix(line_end + 1);
    std::size_t at = 0;
    for (;;) {
        at = rest.find(delimiter, at);
        // Without a closing delimiter the part goes to the end.
        if (at == std::string_view::npos) return std::exchange(rest, {});
        if (at == 0 || rest[at - 1] == '\n') break;
        at += delimiter.size();
    }
    std::string_view part = rest.substr(0, at);
    rest.remove_prefix(at + delimiter.size());
    // The line end before a delimiter is the delimiter's; a description needs its own back.
    return part;
}

DescriptionInBody look(std::string_view type, std::string_view disposition, std::string_view body, int depth);

DescriptionInBody look_into_parts(std::string_view type, std::string_view body, int depth) {
    const std::string_view boundary = parameter(type, "boundary");
    if (boundary.empty() || boundary.size() > kLongestBoundary || depth >= kDeepest) return {false, {}};
    const std::string delimiter = "--" + std::string(boundary);
    auto begin = body.find(delimiter);
    while (begin != std::string_view::npos && begin != 0 && body[begin - 1] != '\n') {
        begin = body.find(delimiter, begin + 1);
    }
    if (begin == std::string_view::npos) return {false, {}};
    std::string_view rest = body.substr(begin + delimiter.size());
    const bool alternative = is_word(value_of(type), "multipart/alternative");
    DescriptionInBody found;
    for (int count = 0; count < kMostParts && !rest.empty() && !rest.starts_with("--"); ++count) {
        const std::string_view part = take_part(rest, delimiter);
        auto blank = part.find("\r\n\r\n");
        std::size_t gap = 4;
        if (const auto bare = part.find("\n\n"); bare < blank) blank = bare, gap = 2;
        const bool headless = part.starts_with("\r\n") || part.starts_with("\n");
        if (blank == std::string_view::npos && !headless) continue;
        const std::string_view head = headless ? std::string_view{} : part.substr(0, blank + 1);
        const std::string_view content = headless ? part : part.substr(blank + gap);
        std::string_view part_type = header_in(head, "content-type");
        // RFC 2046 §5.1: without a type, plain text.
        if (part_type.empty()) part_type = "text/plain";
        const auto one = look(part_type, header_in(head, "content-disposition"), content, depth + 1);
        // RFC 5621 §6.2: of alternatives, any may be understood.
        if (!one.understood && !alternative) return {false, {}};
        if (one.understood && !one.sdp.empty() && (found.sdp.empty() || alternative)) found.sdp = one.sdp;
    }
    return found;
}

DescriptionInBody look(std::string_view type, std::string_view disposition, std::string_view body,
                       int depth) {
    const std::string_view kind = value_of(type);
    if (kind.empty() || is_word(kind, "application/sdp")) {
        // RFC 3261 §13.2.1: a description of something else than the session, an icon say.
        const std::string_view use = value_of(disposition);
        const bool session = use.empty() || is_word(use, "session") || is_word(use, "early-session");
        return session ? DescriptionInBody{true, body} : DescriptionInBody{is_optional(disposition), {}};
    }
    if (kind.size() > 10 && is_word(kind.substr(0, 10), "multipart/"))
        return look_into_parts(type, body, depth);
    return {is_optional(disposition), {}};
}

}  // namespace

DescriptionInBody description_in(std::string_view type, std::string_view disposition, std::string_view body) {
    if (trimmed(body).empty()) return {};
    return look(type, disposition, body, 0);
}

}  // namespace causeway::sip
