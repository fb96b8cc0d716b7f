// The one header of a message that the edge changes: the topmost Via. The stack knows TCP only, so what came
// by another transport is TCP to it, and back. Pure. RFC 3261 §18, §20.42, RFC 3581, RFC 7118 §5.2.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"

namespace causeway::edge {

/// What the peer of a connection is told in a Via.
struct ViaWords {
    std::string transport;  ///< "WS", "WSS", "TLS"
    std::string sent_by;    ///< ours: "gw.example:5061"
    SocketAddress peer;
};

/// From the peer to the stack. An Error when there is no Via that can be read.
Result<std::string> to_stack(std::string message, const ViaWords& words);
/// From the stack to the peer.
Result<std::string> to_peer(std::string message, const ViaWords& words);

}  // namespace causeway::edge
