#include "gateway/http/web_door.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "core/base/log.hpp"
#include "gateway/http/connection.hpp"
#include "gateway/http/door_state.hpp"

namespace causeway::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

DoorState::DoorState(WebDoorSettings given, Counters& all, WebDoorListener& who)
    : settings(std::move(given)),
      counters(all),
      listener(&who),
      connections_accepted(all.counter("http_connections_accepted")),
      connections_refused(all.counter("http_connections_refused")),
      requests(all.counter("http_requests")),
      requests_refused(all.counter("http_requests_refused")),
      origins_refused(all.counter("http_origins_refused")),
      sip_connections(all.counter("http_sip_connections")),
      sessions_opened(all.counter("http_sessions_opened")),
      authentications_failed(all.counter("http_authentications_failed")),
      messages_received(all.counter("http_messages_received")),
      messages_refused(all.counter("http_messages_refused")),
      messages_oversized(all.counter("http_messages_oversized")),
      messages_over_rate(all.counter("http_messages_over_rate")),
      hello_timeouts(all.counter("http_hello_timeouts")),
      slow_readers(all.counter("http_slow_readers")) {}

namespace {

constexpr std::chrono::milliseconds kAcceptPause{100};  // when descriptors have run out

std::shared_ptr<asio::ssl::context> make_tls(const WebDoorSettings& settings) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    ErrorCode error;
    context->use_certificate_chain_file(settings.certificate_file, error);
    if (error) {
        throw std::runtime_error("cannot use the certificate " + settings.certificate_file + ": " +
                                 error.message());
    }
    context->use_private_key_file(settings.private_key_file, asio::ssl::context::pem, error);
    if (error) {
        throw std::runtime_error("cannot use the private key " + settings.private_key_file + ": " +
                                 error.message());
    }
    return context;
}

tcp::acceptor open_port(asio::io_context& io, const SocketAddress& address) {
    tcp::endpoint endpoint;
    endpoint.resize(address.size());
    std::memcpy(endpoint.data(), address.data(), address.size());
    try {
        return tcp::acceptor(io, endpoint, true);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot listen on " + address.to_string() + ": " + error.code().message());
    }
}

}  // namespace

class WebDoor::Impl {
  public:
    Impl(asio::io_context& io, WebDoorSettings settings, Counters& counters, WebDoorListener& listener)
        : state_(std::make_shared<DoorState>(std::move(settings), counters, listener)),
          tls_(state_->settings.tls ? make_tls(state_->settings) : nullptr),
          acceptor_(open_port(io, state_->settings.listen)),
          pause_(io) {
        accept();
    }
    ~Impl() {
        state_->closing = true;
        state_->listener = nullptr;
        for_each_connection(&OpenConnection::abort);
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    void send(SessionId session, const ServerMessage& message) {
        const auto found = state_->sessions.find(session);
        if (found != state_->sessions.end()) found->second->send(message);
    }
    void close() {
        state_->closing = true;
        ErrorCode ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        for_each_connection(&OpenConnection::go_away);
    }

  private:
    void for_each_connection(void (OpenConnection::*what)()) {
        const auto connections = state_->connections;
        for (OpenConnection* connection : connections) (connection->*what)();
    }
    void accept() {
        // The handler may run when the door is gone: the state outlives it and knows.
        acceptor_.async_accept([this, state = state_](ErrorCode error, tcp::socket socket) {
            if (!state->closing) on_accepted(error, std::move(socket));
        });
    }
    void on_accepted(ErrorCode error, tcp::socket socket) {
        if (error) return wait_and_accept(error);
        if (state_->connections.size() >= static_cast<std::size_t>(state_->settings.max_connections)) {
            state_->connections_refused.add();
        } else {
            state_->connections_accepted.add();
            ErrorCode ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            serve(std::move(socket), tls_, state_);
        }
        accept();
    }
    void wait_and_accept(ErrorCode error) {
        log::warning("cannot accept a web connection: {}", error.message());
        pause_.expires_after(kAcceptPause);
        pause_.async_wait([this, state = state_](ErrorCode) {
            if (!state->closing) accept();
        });
    }

    // State.
    std::shared_ptr<DoorState> state_;
    std::shared_ptr<asio::ssl::context> tls_;
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
};

WebDoor::WebDoor(asio::io_context& io, WebDoorSettings settings, Counters& counters,
                 WebDoorListener& listener)
    : impl_(std::make_unique<Impl>(io, std::move(settings), counters, listener)) {}
WebDoor::~WebDoor() = default;

std::uint16_t WebDoor::port() const {
    return impl_->port();
}
void WebDoor::send(SessionId session, const ServerMessage& message) {
    impl_->send(session, message);
}
void WebDoor::close() {
    impl_->close();
}

}  // namespace causeway::http
