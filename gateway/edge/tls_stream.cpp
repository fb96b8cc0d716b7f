#include "gateway/edge/tls_stream.hpp"

#include <netinet/tcp.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <deque>
#include <utility>

#include "gateway/edge/framing.hpp"

namespace causeway::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr std::chrono::seconds kHandshakeTime{10};
constexpr std::chrono::seconds kCloseTime{2};

class TlsStream : public MessageStream, public std::enable_shared_from_this<TlsStream> {
  public:
    TlsStream(tcp::socket socket, const TlsContext& context)
        : stream_(std::move(socket), *context), deadline_(stream_.get_executor()) {}

    /// `server`: who a server must be; "" for clients.
    void shake(asio::ssl::stream_base::handshake_type side, std::string server, ShakeDone done);
    SSL* native() { return stream_.native_handle(); }

    void start(Listener& listener) override;
    void send(std::string message) override;
    std::size_t unsent() const override { return unsent_; }
    void close(std::string_view why) override;

  private:
    void read();
    void on_read(ErrorCode error, std::size_t size);
    bool deliver();
    void write_next();
    void on_written(ErrorCode error);
    void say_goodbye();
    void fail(const std::string& why);
    void shut();

    asio::ssl::stream<tcp::socket> stream_;
    asio::steady_timer deadline_;
    Listener* listener_ = nullptr;
    MessageSplitter splitter_;
    std::array<char, 8192> bytes_;
    std::deque<std::string> waiting_;  ///< the first is being written
    std::size_t unsent_ = 0;
    bool closing_ = false;
};

void TlsStream::shake(asio::ssl::stream_base::handshake_type side, std::string server, ShakeDone done) {
    deadline_.expires_after(kHandshakeTime);
    deadline_.async_wait([self = shared_from_this()](ErrorCode error) {
        if (!error) self->shut();
    });
    stream_.async_handshake(side, [self = shared_from_this(), server = std::move(server),
                                   done = std::move(done)](ErrorCode error) {
        self->deadline_.cancel();
        if (error) return done({nullptr, {}, handshake_fault(self->native(), error.message())});
        auto names = verified_names(self->native());
        if (!server.empty() && !is_for(names, server)) {
            self->shut();
            const std::string whose = names.empty() ? std::string("nobody") : names.front();
            return done({nullptr, {}, "TLS: hostname mismatch: the certificate is for " + whose});
        }
        done({self, std::move(names), {}});
    });
}

void TlsStream::start(Listener& listener) {
    listener_ = &listener;
    read();
}

void TlsStream::read() {
    stream_.async_read_some(
        asio::buffer(bytes_),
        [self = shared_from_this()](ErrorCode error, std::size_t size) { self->on_read(error, size); });
}

void TlsStream::on_read(ErrorCode error, std::size_t size) {
    if (listener_ == nullptr) return;
    if (error) return fail(error == asio::error::eof ? "the peer closed" : error.message());
    splitter_.feed({bytes_.data(), size});
    if (deliver()) read();
}

/// False: nothing more may be read.
bool TlsStream::deliver() {
    while (listener_ != nullptr) {
        auto message = splitter_.next();
        if (!message) {
            fail(message.error().detail);
            return false;
        }
        if (!*message) return true;
        listener_->on_message(std::move(**message));
    }
    return false;
}

void TlsStream::send(std::string message) {
    if (closing_ || message.empty()) return;
    unsent_ += message.size();
    waiting_.push_back(std::move(message));
    if (waiting_.size() == 1) write_next();
}

void TlsStream::write_next() {
    asio::async_write(stream_, asio::buffer(waiting_.front()),
                      [self = shared_from_this()](ErrorCode error, std::size_t) { self->on_written(error); });
}

void TlsStream::on_written(ErrorCode error) {
    if (error) return fail(error.message());
    unsent_ -= waiting_.front().size();
    waiting_.pop_front();
    if (!waiting_.empty()) return write_next();
    if (closing_) say_goodbye();
}

void TlsStream::fail(const std::string& why) {
    shut();
    if (Listener* const listener = std::exchange(listener_, nullptr)) listener->on_closed(why);
}

void TlsStream::close(std::string_view) {
    listener_ = nullptr;
    if (std::exchange(closing_, true)) return;
    deadline_.expires_after(kCloseTime);
    deadline_.async_wait([self = shared_from_this()](ErrorCode error) {
        if (!error) self->shut();
    });
    if (waiting_.empty()) say_goodbye();
}

void TlsStream::say_goodbye() {
    stream_.async_shutdown([self = shared_from_this()](ErrorCode) { self->shut(); });
}

void TlsStream::shut() {
    closing_ = true;
    deadline_.cancel();
    ErrorCode ignored;
    stream_.next_layer().close(ignored);
}

}  // namespace

void shake_as_server(tcp::socket socket, const TlsContext& context, ShakeDone done) {
    keep_alive(socket);
    const auto stream = std::make_shared<TlsStream>(std::move(socket), context);
    stream->shake(asio::ssl::stream_base::server, "", std::move(done));
}

void shake_as_client(tcp::socket socket, const TlsContext& context, const std::string& server_name,
                     ShakeDone done) {
    keep_alive(socket);
    const auto executor = socket.get_executor();
    const auto stream = std::make_shared<TlsStream>(std::move(socket), context);
    if (!ask_for_server(stream->native(), server_name)) {
        asio::post(executor, [done = std::move(done), server_name] {
            done({nullptr, {}, "TLS: no certificate can be for " + server_name});
        });
        return;
    }
    stream->shake(asio::ssl::stream_base::client, server_name, std::move(done));
}

void keep_alive(tcp::socket& socket) {
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    const int fd = socket.native_handle();
    const auto set = [fd](int option, int value) {
        ::setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value);
    };
    set(TCP_KEEPIDLE, 60);
    set(TCP_KEEPINTVL, 15);
    set(TCP_KEEPCNT, 4);
    // Data that nobody acknowledges: RFC 5482.
    set(TCP_USER_TIMEOUT, 20'000);
}

}  // namespace causeway::edge
