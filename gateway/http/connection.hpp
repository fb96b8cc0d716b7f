// One accepted connection: HTTP requests until one upgrades to the page protocol. Internal to the room.
// Control thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>

namespace boost::asio::ssl {
class context;
}

namespace causeway::http {

struct DoorState;

/// Serves the connection to its end; it owns itself. `context` is null for plain TCP and outlives the
/// connection.
void serve(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> context,
           std::shared_ptr<DoorState> door);

}  // namespace causeway::http
