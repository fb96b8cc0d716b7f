// Web origins (RFC 6454): which pages may open a WebSocket here. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace causeway::http {

/// "https://shop.example:8443" of a URL or an Origin header, lower case, default ports left out. nullopt for
/// anything else than http and https with a host.
std::optional<std::string> origin_of(std::string_view url);

/// May a page of `origin` (the header's value) connect? `host` is the request's Host header, `tls` whether it
/// came over TLS. The list may hold "*"; an unreadable entry allows nothing.
bool origin_allowed(std::string_view origin, std::string_view host, bool tls,
                    const std::vector<std::string>& allowed);

}  // namespace causeway::http
