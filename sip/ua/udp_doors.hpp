// The UDP sockets of the stacks of this thread: answers STUN keep-alives that come to them (RFC 5626 §8, RFC
// 8489) in place of the stack's own small server, and sends by them what is no SIP. SIP thread only.
#pragma once

#include <string_view>

#include "core/base/socket_address.hpp"

namespace causeway::sip {

/// Before the first stack starts, once in a process; stacks need TPTAG_STUN_SERVER(1).
void install_stun_server();

/// By the socket that is bound to `own`. False when there is none, or the kernel does not take it.
bool send_by_udp(const SocketAddress& own, const SocketAddress& to, std::string_view bytes);

}  // namespace causeway::sip
