// The page's half of the page protocol, for tests: what a browser writes and reads. Throws on anything
// unusual.
#pragma once

#include <string>
#include <string_view>

#include "gateway/http/messages.hpp"

namespace causeway::testing {

std::string to_json(const http::ClientMessage& message);
http::ServerMessage parse_server_message(std::string_view json);

}  // namespace causeway::testing
