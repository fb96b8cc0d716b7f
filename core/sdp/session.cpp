#include "core/sdp/session.hpp"

#include <algorithm>

#include "core/sdp/words.hpp"

namespace causeway::sdp {

namespace {

/// What follows "name:" in an attribute's value, "" if it is just the name.
std::optional<std::string_view> match(const Line& line, std::string_view name) {
    const std::string_view value = line.value;
    if (line.type != 'a' || value.substr(0, name.size()) != name) return std::nullopt;
    if (value.size() == name.size()) return std::string_view{};
    if (value[name.size()] != ':') return std::nullopt;
    return value.substr(name.size() + 1);
}

Error at_line(std::size_t number, std::string_view what) {
    return Error{"line " + std::to_string(number) + " of the SDP " + std::string(what)};
}

/// "audio 49170/2 RTP/AVP 0 8" (RFC 8866 §5.14). A rejected section without formats is let through: some
/// peers write that.
Result<MediaSection> parse_media(std::string_view value, std::size_t line) {
    const auto parts = words(value);
    if (parts.size() < 3) return at_line(line, "is an m= line without media, port and protocol");
    if (parts.size() - 3 > kMaxFormats) return at_line(line, "has too many formats");
    MediaSection section;
    section.kind = parts[0];
    section.protocol = parts[2];
    const auto slash = parts[1].find('/');
    const auto port = number<std::uint16_t>(parts[1].substr(0, slash));
    if (!port) return at_line(line, "has no port number but " + in_quotes(parts[1]));
    section.port = *port;
    if (slash != std::string_view::npos) {
        const auto count = number<std::uint16_t>(parts[1].substr(slash + 1));
        if (!count) return at_line(line, "has no port count but " + in_quotes(parts[1]));
        section.port_count = *count;
    }
    section.formats.assign(parts.begin() + 3, parts.end());
    return section;
}

/// Cuts the next line off `text`, without its end; an Error for a CR inside it.
Result<std::string_view> next_line(std::string_view& text, std::size_t number) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (end != std::string_view::npos && !line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find('\r') != std::string_view::npos) return at_line(number, "has a carriage return inside");
    return line;
}

/// Puts one "x=value" line where it belongs.
Result<void> take_line(Session& session, std::string_view line, std::size_t number) {
    if (line.size() < 2 || line[1] != '=' || line[0] < 'a' || line[0] > 'z') {
        return at_line(number, "is not of the form x=value: " + in_quotes(line));
    }
    const std::string_view value = line.substr(2);
    if (line[0] == 'm') {
        if (session.media.size() == kMaxSections) return at_line(number, "is one m= line too many");
        auto section = parse_media(value, number);
        if (!section) return section.error();
        session.media.push_back(std::move(*section));
        return {};
    }
    Lines& level = session.media.empty() ? static_cast<Lines&>(session) : session.media.back();
    level.add(line[0], std::string(value));
    return {};
}

void append(std::string& text, const Lines& level) {
    for (const Line& line : level.lines) {
        text += line.type;
        text += '=';
        text += line.value;
        text += "\r\n";
    }
}

}  // namespace

std::optional<std::string_view> Lines::value(char type) const {
    const auto found =
        std::find_if(lines.begin(), lines.end(), [&](const Line& l) { return l.type == type; });
    if (found == lines.end()) return std::nullopt;
    return found->value;
}

std::optional<std::string_view> Lines::attribute(std::string_view name) const {
    for (const Line& line : lines) {
        if (const auto value = match(line, name)) return value;
    }
    return std::nullopt;
}

std::vector<std::string_view> Lines::attributes(std::string_view name) const {
    std::vector<std::string_view> found;
    for (const Line& line : lines) {
        if (const auto value = match(line, name)) found.push_back(*value);
    }
    return found;
}

Result<Session> parse_session(std::string_view text) {
    if (text.empty()) return Error{"there is no SDP"};
    if (text.size() > kMaxText) return Error{"the SDP is longer than 64 KiB"};
    if (text.find('\0') != std::string_view::npos) return Error{"the SDP has a NUL byte"};
    Session session;
    bool version_seen = false;
    for (std::size_t number = 1; !text.empty(); ++number) {
        if (number > kMaxLines) return Error{"the SDP has more than " + std::to_string(kMaxLines) + " lines"};
        const auto line = next_line(text, number);
        if (!line) return line.error();
        if (line->empty()) continue;
        if (!version_seen) {
            if (*line != "v=0") return Error{"the SDP begins with " + in_quotes(*line) + ", not with v=0"};
            version_seen = true;
            continue;
        }
        if (const auto taken = take_line(session, *line, number); !taken) return taken.error();
    }
    if (!version_seen) return Error{"there is no SDP, only blank lines"};
    return session;
}

std::string serialise(const Session& session) {
    std::string text = "v=0\r\n";
    append(text, session);
    for (const MediaSection& section : session.media) {
        text += "m=" + section.kind + " " + std::to_string(section.port);
        if (section.port_count != 1) text += "/" + std::to_string(section.port_count);
        text += " " + section.protocol;
        for (const std::string& format : section.formats) text += " " + format;
        text += "\r\n";
        append(text, section);
    }
    return text;
}

std::optional<std::string_view> attribute_of(const Session& session, const MediaSection& section,
                                             std::string_view name) {
    if (const auto value = section.attribute(name)) return value;
    return session.attribute(name);
}

}  // namespace causeway::sdp
