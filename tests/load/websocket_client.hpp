// A client of one WebSocket on an EventLoop: text messages only, which is all that gateways speak. On the
// loop's thread. RFC 6455.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"
#include "core/loop/event_loop.hpp"

namespace causeway::load {

/// Where to connect to: "ws://127.0.0.1:8088/v1/ws" (numeric addresses only).
struct WebSocketUrl {
    SocketAddress server;
    std::string path = "/";

    static Result<WebSocketUrl> parse(std::string_view text);
};

class WebSocketClient {
  public:
    struct Wishes {
        std::string origin;       ///< "": no Origin header
        std::string subprotocol;  ///< Sec-WebSocket-Protocol, e.g. "janus-protocol"; "": none
    };
    /// All are called from the loop; the client may be destroyed within any of them. Nothing comes after
    /// `on_closed`, whose reason is never empty.
    struct Events {
        std::function<void()> on_open;
        std::function<void(std::string_view text)> on_text;
        std::function<void(const std::string& reason)> on_closed;
    };

    /// Begins to connect.
    WebSocketClient(EventLoop& loop, const WebSocketUrl& url, Wishes wishes, Events events);
    ~WebSocketClient();
    WebSocketClient(const WebSocketClient&) = delete;
    WebSocketClient& operator=(const WebSocketClient&) = delete;

    /// Queued until the connection is open and writable.
    void send(std::string_view text);

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace causeway::load
