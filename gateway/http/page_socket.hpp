// A page's WebSocket (RFC 6455): frames, limits, pings, orderly ends. Internal to the room; includes Beast.
// Control thread.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>

#include "core/base/socket_address.hpp"
#include "gateway/http/door_stream.hpp"

namespace causeway::http {

struct DoorState;

/// Accepts the upgrade and serves the page to its end; it owns itself. `context` is kept alive with the
/// stream.
void open_page_socket(DoorStream stream, std::shared_ptr<boost::asio::ssl::context> context,
                      boost::beast::http::request<boost::beast::http::string_body> request,
                      SocketAddress remote, std::shared_ptr<DoorState> door);

}  // namespace causeway::http
