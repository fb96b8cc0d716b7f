// Who calls from SIP, as the page protocol says it. Pure.
#pragma once

#include <string>

#include "gateway/http/messages.hpp"
#include "gateway/identity/policy/inbound_caller.hpp"

namespace causeway::call {

/// "A", "B", "C", "network-asserted" or "".
std::string attest_of(const identity::InboundCaller& caller);
http::CallerInfo caller_info(const identity::InboundCaller& caller);

}  // namespace causeway::call
