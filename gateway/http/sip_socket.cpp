#include "gateway/http/sip_socket.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <deque>
#include <string>
#include <utility>

#include "core/base/log.hpp"
#include "gateway/edge/framing.hpp"
#include "gateway/edge/message_stream.hpp"
#include "gateway/http/door_state.hpp"
#include "gateway/http/utf8.hpp"

namespace causeway::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using ErrorCode = boost::system::error_code;
using Request = beast::http::request<beast::http::string_body>;

constexpr std::chrono::seconds kHandshakeTime{10};
constexpr std::chrono::seconds kIdleTime{50};  // Beast pings after half of it
constexpr std::chrono::seconds kCloseTime{5};
constexpr std::string_view kSubprotocol = "sip";

class SipSocket : public OpenConnection,
                  public edge::MessageStream,
                  public std::enable_shared_from_this<SipSocket> {
  public:
    SipSocket(DoorStream stream, std::shared_ptr<asio::ssl::context> context, std::shared_ptr<DoorState> door,
              edge::WebSocketPeer peer)
        : door_(std::move(door)),
          context_(std::move(context)),
          peer_(std::move(peer)),
          socket_(std::move(stream)),
          deadline_(socket_.get_executor()),
          allowance_(door_->settings.messages_per_second, 2 * door_->settings.messages_per_second) {
        door_->connections.insert(this);
    }
    ~SipSocket() override { door_->connections.erase(this); }

    void accept(const Request& request);

    void go_away() override { say_close(ws::close_code::going_away, "the gateway is shutting down"); }
    void abort() override { shut(); }

    void start(Listener& listener) override;
    void send(std::string message) override;
    std::size_t unsent() const override { return unsent_; }
    void close(std::string_view why) override;

  private:
    void on_accepted(ErrorCode error);
    void read();
    void on_read(ErrorCode error, std::size_t size);
    void write_next();
    void on_written(ErrorCode error, std::size_t size);
    void say_close(ws::close_code code, std::string_view why);
    void start_close();
    void on_close_done(ErrorCode) { shut(); }
    void on_close_deadline(ErrorCode error) {
        if (!error) shut();
    }
    void fail(const std::string& why);
    void shut() { socket_.next_layer().next_layer().close(); }

    // Given.
    std::shared_ptr<DoorState> door_;
    std::shared_ptr<asio::ssl::context> context_;
    edge::WebSocketPeer peer_;
    Listener* listener_ = nullptr;
    // State.
    ws::stream<DoorStream> socket_;
    asio::steady_timer deadline_;
    beast::flat_buffer buffer_;
    RateLimiter allowance_;
    std::deque<std::string> waiting_;  ///< the first is being written
    std::size_t unsent_ = 0;
    bool closing_ = false;
    ws::close_reason why_;
};

void SipSocket::accept(const Request& request) {
    ws::stream_base::timeout timeout{};
    timeout.handshake_timeout = kHandshakeTime;
    timeout.idle_timeout = kIdleTime;
    timeout.keep_alive_pings = true;
    socket_.next_layer().next_layer().expires_never();
    socket_.set_option(timeout);
    socket_.set_option(ws::stream_base::decorator([](ws::response_type& response) {
        response.set(beast::http::field::sec_websocket_protocol,
                     beast::string_view(kSubprotocol.data(), kSubprotocol.size()));
    }));
    socket_.read_message_max(2 * edge::kLongestPart);
    socket_.auto_fragment(false);
    socket_.async_accept(request, beast::bind_front_handler(&SipSocket::on_accepted, shared_from_this()));
}

void SipSocket::on_accepted(ErrorCode error) {
    if (error || door_->closing || door_->listener == nullptr) return;
    door_->sip_connections.add();
    door_->settings.sip(shared_from_this(), peer_);
}

void SipSocket::start(Listener& listener) {
    listener_ = &listener;
    read();
}

void SipSocket::read() {
    socket_.async_read(buffer_, beast::bind_front_handler(&SipSocket::on_read, shared_from_this()));
}

void SipSocket::on_read(ErrorCode error, std::size_t) {
    if (listener_ == nullptr) return;
    if (error) return fail(error == ws::error::closed ? "the peer closed" : error.message());
    if (!allowance_.allow(std::chrono::steady_clock::now())) {
        door_->messages_over_rate.add();
        return fail("too many messages a second");
    }
    door_->messages_received.add();
    auto message = edge::frame_message(beast::buffers_to_string(buffer_.data()));
    buffer_.consume(buffer_.size());
    if (message) {
        listener_->on_message(std::move(*message));
    } else {
        door_->messages_refused.add();
        log::debug("sip: a frame from {} was dropped: {}", peer_.address.to_string(), message.error().detail);
    }
    if (listener_ != nullptr) read();
}

void SipSocket::send(std::string message) {
    if (closing_ || message.empty()) return;
    unsent_ += message.size();
    waiting_.push_back(std::move(message));
    if (waiting_.size() == 1) write_next();
}

void SipSocket::write_next() {
    // RFC 7118 §4.2: either kind may be sent; a text frame must be UTF-8 (RFC 6455 §5.6).
    socket_.text(repaired_utf8(waiting_.front()) == waiting_.front());
    socket_.async_write(asio::buffer(waiting_.front()),
                        beast::bind_front_handler(&SipSocket::on_written, shared_from_this()));
}

void SipSocket::on_written(ErrorCode error, std::size_t) {
    if (error) return;
    unsent_ -= waiting_.front().size();
    waiting_.pop_front();
    if (!waiting_.empty()) return write_next();
    if (closing_) start_close();
}

void SipSocket::close(std::string_view why) {
    listener_ = nullptr;
    say_close(ws::close_code::normal, why);
}

void SipSocket::say_close(ws::close_code code, std::string_view why) {
    if (std::exchange(closing_, true)) return;
    constexpr std::size_t kLongest = 120;  // RFC 6455 §5.5
    why_ = ws::close_reason(code, beast::string_view(why.data(), std::min(why.size(), kLongest)));
    deadline_.expires_after(kCloseTime);
    deadline_.async_wait(beast::bind_front_handler(&SipSocket::on_close_deadline, shared_from_this()));
    if (waiting_.empty()) start_close();
}

void SipSocket::start_close() {
    socket_.async_close(why_, beast::bind_front_handler(&SipSocket::on_close_done, shared_from_this()));
}

void SipSocket::fail(const std::string& why) {
    Listener* const listener = std::exchange(listener_, nullptr);
    say_close(ws::close_code::policy_error, why);
    listener->on_closed(why);
}

std::string text_of(beast::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

bool wants_sip(const Request& request) {
    if (!ws::is_upgrade(request)) return false;
    beast::http::token_list protocols(request[beast::http::field::sec_websocket_protocol]);
    return protocols.exists(beast::string_view(kSubprotocol.data(), kSubprotocol.size()));
}

void open_sip_socket(DoorStream stream, std::shared_ptr<asio::ssl::context> context, Request request,
                     SocketAddress remote, std::shared_ptr<DoorState> door) {
    const bool secure = context != nullptr;
    auto socket = std::make_shared<SipSocket>(
        std::move(stream), std::move(context), std::move(door),
        edge::WebSocketPeer{remote, secure, text_of(request[beast::http::field::host])});
    socket->accept(request);
}

}  // namespace causeway::http
