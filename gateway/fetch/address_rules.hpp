// Which addresses a stranger's URL may lead to: only those of the public Internet (IANA's special-purpose
// registries, RFC 6890). Pure, any thread.
#pragma once

#include "core/base/socket_address.hpp"

namespace causeway::fetch {

/// False for loopback, private, link-local, multicast, documentation and reserved addresses, and for the
/// IPv6 forms that carry one of those.
bool is_public(const SocketAddress& address);

}  // namespace causeway::fetch
