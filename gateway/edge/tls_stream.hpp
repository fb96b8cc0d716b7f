// A TLS connection that carries SIP, from either side. Internal to the room; includes Asio. Control thread.
// RFC 3261 §18, §26.2.1.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/edge/message_stream.hpp"
#include "gateway/edge/tls_context.hpp"

namespace causeway::edge {

/// What came of a handshake. `stream` is null when it failed.
struct Shaken {
    std::shared_ptr<MessageStream> stream;
    std::vector<std::string> names;  ///< see verified_names
    std::string fault;
};
using ShakeDone = std::function<void(Shaken)>;

/// Within 10 s. `done` is called later, always.
void shake_as_server(boost::asio::ip::tcp::socket socket, const TlsContext& context, ShakeDone done);
/// `server_name` is what the certificate must be for.
void shake_as_client(boost::asio::ip::tcp::socket socket, const TlsContext& context,
                     const std::string& server_name, ShakeDone done);

/// A dead peer's connection is noticed by the kernel, within two minutes.
void keep_alive(boost::asio::ip::tcp::socket& socket);

}  // namespace causeway::edge
