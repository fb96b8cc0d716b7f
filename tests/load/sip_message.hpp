// A SIP message as far as a small user agent over UDP needs it. Pure. RFC 3261 §7.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway::load::sip {

/// Borrows the datagram that it was read from.
struct Message {
    std::string_view start_line;
    std::vector<std::pair<std::string_view, std::string_view>> headers;  ///< in order, names as received
    std::string_view body;

    bool is_request() const { return !start_line.starts_with("SIP/2.0 "); }
    std::string_view method() const;  ///< of a request
    std::string_view uri() const;     ///< of a request
    int status() const;               ///< of a response
    /// The first header of that (long) name or its compact form, "" if none. Case does not count.
    std::string_view header(std::string_view name) const;
};

/// nullopt for keep-alives and for what has no start line.
std::optional<Message> read(std::string_view datagram);

/// The user part of "sip:user@host", "" if none.
std::string_view user_of(std::string_view uri);
/// The URI of a Contact, Route or From value.
std::string_view uri_of(std::string_view header);
/// The value of a header's parameter, "" if none: `tag`, `branch`.
std::string_view parameter(std::string_view header, std::string_view name);

/// The head of a response: status line and what is copied from the request (RFC 3261 §8.2.6.2); `tag` is
/// added to a To without one. The caller adds further lines and the empty one.
std::string response_head(const Message& request, std::string_view status_line, std::string_view tag);

}  // namespace causeway::load::sip
