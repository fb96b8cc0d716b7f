// The text of a session description as a value that loses nothing but blank lines: every line in its place,
// m= lines taken apart. Pure; bounded; total on hostile bytes. RFC 8866.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"

namespace causeway::sdp {

inline constexpr std::size_t kMaxText = std::size_t{64} * 1024;
inline constexpr std::size_t kMaxLines = 2048;
inline constexpr std::size_t kMaxSections = 64;
inline constexpr std::size_t kMaxFormats = 256;

/// One "x=value" line.
struct Line {
    char type = 'a';
    std::string value;

    friend bool operator==(const Line&, const Line&) = default;
};

/// The lines of one level, in order, with look-up by type and attribute name.
struct Lines {
    std::vector<Line> lines;

    /// The value of the first line of this type.
    std::optional<std::string_view> value(char type) const;
    /// What follows "name:" in the first such attribute, "" for a bare "a=name".
    std::optional<std::string_view> attribute(std::string_view name) const;
    std::vector<std::string_view> attributes(std::string_view name) const;

    void add(char type, std::string value) { lines.push_back({type, std::move(value)}); }
    void add_attribute(std::string value) { add('a', std::move(value)); }

    friend bool operator==(const Lines&, const Lines&) = default;
};

/// One m= line with the lines below it.
struct MediaSection : Lines {
    std::string kind;              ///< "audio", "video", "application", ...
    std::uint16_t port = 0;        ///< 0: rejected, disabled or bundle-only
    std::uint16_t port_count = 1;  ///< of "port/count"
    std::string protocol;          ///< "RTP/AVP", "UDP/TLS/RTP/SAVPF", ...
    std::vector<std::string> formats;

    friend bool operator==(const MediaSection&, const MediaSection&) = default;
};

/// `lines` are those of the session level, after v=0.
struct Session : Lines {
    std::vector<MediaSection> media;

    friend bool operator==(const Session&, const Session&) = default;
};

/// Takes LF and CRLF ends and blank lines; only v=0 in front is insisted on, other session lines may be
/// missing or out of order. Refuses NUL, a CR that ends no line, and whatever exceeds the limits above.
Result<Session> parse_session(std::string_view text);

/// With CRLF ends. parse_session of the result gives the same value for every value that it ever gave, unless
/// CRs in place of bare LFs make it too long.
std::string serialise(const Session& session);

/// The attribute as the section has it, else as the session level has it.
std::optional<std::string_view> attribute_of(const Session& session, const MediaSection& section,
                                             std::string_view name);

}  // namespace causeway::sdp
