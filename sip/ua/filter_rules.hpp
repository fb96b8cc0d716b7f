// What an address in a SIP message must be like before the stack may be told to send there. Pure.
#pragma once

#include <string_view>

namespace causeway::sip {

/// A host name or a unicast IP address (IPv6 in brackets): not empty, not "any", not multicast or broadcast.
bool is_sendable_host(std::string_view host);
/// "" (the default port) or 1..65535.
bool is_sendable_port(std::string_view port);
/// A sip or sips URI's parts that a request can be sent to; `parameters` is what stands behind the first ';'.
bool is_sendable_uri(std::string_view scheme, std::string_view host, std::string_view port,
                     std::string_view parameters);
/// RFC 7118 §5: an address of a WebSocket's client (`transport=ws`, a name that ends in `.invalid`), which
/// nobody can connect to.
bool needs_flow(std::string_view host, std::string_view parameters);

/// Statuses with which a request inside a dialog ends the whole dialog (RFC 5057 §5.1): the stack forgets it,
/// without a word to the peer. A transfer or a message that fails so is no reason for that: 403 says it
/// instead.
int without_harm(int status);

}  // namespace causeway::sip
