// One connection that carries SIP messages, whatever is under it: a WebSocket (given by gateway/http) or TLS.
// Control thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/socket_address.hpp"

namespace causeway::edge {

class MessageStream {
  public:
    /// Told on the control thread, never from within a call of the stream.
    class Listener {
      public:
        virtual ~Listener() = default;
        /// Whole messages, or a keep-alive of line ends only.
        virtual void on_message(std::string message) = 0;
        /// Last of all, once.
        virtual void on_closed(const std::string& why) = 0;
    };

    virtual ~MessageStream() = default;
    /// Nothing is read before. Until `on_closed` the listener must live, or `close` was called.
    virtual void start(Listener& listener) = 0;
    virtual void send(std::string message) = 0;
    /// Bytes given to `send` that have not left.
    virtual std::size_t unsent() const = 0;
    /// After this the listener is not told anything more.
    virtual void close(std::string_view why) = 0;
};

/// What a WebSocket's connection says of itself.
struct WebSocketPeer {
    SocketAddress address;
    bool secure = false;  ///< wss
    std::string host;     ///< of the HTTP request: how the page names this gateway; "" unknown
};

}  // namespace causeway::edge
