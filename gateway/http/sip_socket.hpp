// A WebSocket that speaks SIP instead of the page protocol: subprotocol `sip`, one message per frame.
// Internal to the room. Control thread. RFC 7118.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>

#include "core/base/socket_address.hpp"
#include "gateway/http/door_stream.hpp"

namespace causeway::http {

struct DoorState;

/// RFC 7118 §4.1: whether an upgrade asks for SIP.
bool wants_sip(const boost::beast::http::request<boost::beast::http::string_body>& request);

/// Takes over a connection whose upgrade was found good; the result goes to WebDoorSettings::sip.
void open_sip_socket(DoorStream stream, std::shared_ptr<boost::asio::ssl::context> context,
                     boost::beast::http::request<boost::beast::http::string_body> request,
                     SocketAddress remote, std::shared_ptr<DoorState> door);

}  // namespace causeway::http
