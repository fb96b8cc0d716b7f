// The byte stream under HTTP and WebSocket: TCP, with TLS in it or not, as one type, so that Beast is
// instantiated once. Internal to the room; includes Beast. Control thread.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/teardown.hpp>
#include <memory>
#include <utility>

namespace causeway::http {

/// Beast's AsyncStream over either kind. Movable.
class DoorStream {
  public:
    using next_layer_type = boost::beast::tcp_stream;
    using executor_type = next_layer_type::executor_type;
    using Tls = boost::asio::ssl::stream<next_layer_type&>;

    /// `context` is null for plain TCP.
    DoorStream(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* context)
        : tcp_(std::make_unique<next_layer_type>(std::move(socket))) {
        if (context != nullptr) tls_ = std::make_unique<Tls>(*tcp_, *context);
    }

    next_layer_type& next_layer() { return *tcp_; }
    const next_layer_type& next_layer() const { return *tcp_; }
    executor_type get_executor() { return tcp_->get_executor(); }
    /// nullptr when plain.
    Tls* tls() { return tls_.get(); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
        return tcp_->async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
        return tcp_->async_write_some(buffers, std::forward<Token>(token));
    }

  private:
    // Owned. Behind pointers: the TLS stream refers to the TCP stream while this object moves.
    std::unique_ptr<next_layer_type> tcp_;
    std::unique_ptr<Tls> tls_;
};

/// Found by Beast's WebSocket when a connection ends (RFC 6455 §7.1.1).
template <class Handler>
void async_teardown(boost::beast::role_type role, DoorStream& stream, Handler&& handler) {
    if (stream.tls() != nullptr) return stream.tls()->async_shutdown(std::forward<Handler>(handler));
    boost::beast::websocket::async_teardown(role, stream.next_layer().socket(),
                                            std::forward<Handler>(handler));
}

}  // namespace causeway::http
