#include "gateway/http/sip_socket.hpp"

#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "core/base/log.hpp"
#include "gateway/edge/framing.hpp"
#include "gateway/edge/message_stream.hpp"
#include "gateway/http/frame_socket.hpp"
#include "gateway/http/utf8.hpp"

namespace causeway::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using Request = beast::http::request<beast::http::string_body>;

constexpr std::string_view kSubprotocol = "sip";

class SipSocket : public FrameSocket, public edge::MessageStream {
  public:
    SipSocket(DoorStream stream, std::shared_ptr<asio::ssl::context> context, std::shared_ptr<DoorState> door,
              edge::WebSocketPeer peer)
        : FrameSocket(std::move(stream), std::move(context), std::move(door)),
          peer_(std::move(peer)),
          allowance_(this->door().settings.messages_per_second,
                     2 * this->door().settings.messages_per_second) {}

    void accept(const Request& request);

    void start(Listener& listener) override;
    void send(std::string message) override {
        if (!message.empty()) write(std::move(message));
    }
    std::size_t unsent() const override { return FrameSocket::unsent(); }
    void close(std::string_view why) override;

  private:
    /// RFC 7118 §4.2: either kind may be sent; a text frame must be UTF-8 (RFC 6455 §5.6).
    void choose_kind(const std::string& frame) override { socket().text(repaired_utf8(frame) == frame); }
    void on_accepted(ErrorCode error);
    void read();
    void on_read(ErrorCode error, std::size_t size);
    void fail(const std::string& why);
    std::shared_ptr<SipSocket> self() { return std::static_pointer_cast<SipSocket>(shared_from_this()); }

    // Given.
    edge::WebSocketPeer peer_;
    Listener* listener_ = nullptr;
    // State.
    beast::flat_buffer buffer_;
    RateLimiter allowance_;
};

void SipSocket::accept(const Request& request) {
    set_up();
    socket().set_option(ws::stream_base::decorator([](ws::response_type& response) {
        response.set(beast::http::field::sec_websocket_protocol,
                     beast::string_view(kSubprotocol.data(), kSubprotocol.size()));
    }));
    socket().read_message_max(2 * edge::kLongestPart);
    socket().async_accept(request, beast::bind_front_handler(&SipSocket::on_accepted, self()));
}

void SipSocket::on_accepted(ErrorCode error) {
    if (error || door().closing || door().listener == nullptr) return;
    door().sip_connections.add();
    door().settings.sip(self(), peer_);
}

void SipSocket::start(Listener& listener) {
    listener_ = &listener;
    read();
}

void SipSocket::read() {
    socket().async_read(buffer_, beast::bind_front_handler(&SipSocket::on_read, self()));
}

void SipSocket::on_read(ErrorCode error, std::size_t) {
    if (listener_ == nullptr) return;
    if (error) return fail(error == ws::error::closed ? "the peer closed" : error.message());
    if (!allowance_.allow(std::chrono::steady_clock::now())) {
        door().messages_over_rate.add();
        return fail("too many messages a second");
    }
    door().messages_received.add();
    auto message = edge::frame_message(beast::buffers_to_string(buffer_.data()));
    buffer_.consume(buffer_.size());
    if (message) {
        listener_->on_message(std::move(*message));
    } else {
        door().messages_refused.add();
        log::debug("sip: a frame from {} was dropped: {}", peer_.address.to_string(), message.error().detail);
    }
    if (listener_ != nullptr) read();
}

void SipSocket::close(std::string_view why) {
    listener_ = nullptr;
    say_close(ws::close_code::normal, why);
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
