#include "gateway/http/page_socket.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <deque>
#include <exception>
#include <string>

#include "core/base/log.hpp"
#include "gateway/http/door_state.hpp"
#include "gateway/http/json_protocol.hpp"
#include "gateway/http/page_session.hpp"

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
constexpr std::size_t kMaxWaiting = 1024 * 1024;  // bytes for a page that does not read
constexpr std::size_t kReadChunk = 16384;
/// An oversized message is read and thrown away up to this, then the connection closes.
constexpr std::size_t kMaxThrownAway = 16 * 1024 * 1024;

class PageSocket : public OpenConnection, public PageLine, public std::enable_shared_from_this<PageSocket> {
  public:
    PageSocket(DoorStream stream, std::shared_ptr<asio::ssl::context> context, std::string origin,
               SocketAddress remote, std::shared_ptr<DoorState> door)
        : door_(std::move(door)),
          context_(std::move(context)),
          socket_(std::move(stream)),
          deadline_(socket_.get_executor()),
          session_(door_, *this, std::move(origin), remote) {
        door_->connections.insert(this);
    }
    ~PageSocket() override { door_->connections.erase(this); }

    void go_away() override { close(ws::close_code::going_away, "the gateway is shutting down"); }
    void abort() override { shut(); }
    void send(const ServerMessage& message) override;
    void close(std::uint16_t status, std::string_view reason) override;

    static asio::awaitable<void> run(std::shared_ptr<PageSocket> self, Request request);

  private:
    void set_up();
    asio::awaitable<bool> accept(Request request);
    asio::awaitable<bool> read_one();
    void deliver(const beast::flat_buffer& buffer, std::size_t size);
    void watch_hello();
    void on_hello_deadline(ErrorCode error);
    void write_next();
    void on_written(ErrorCode error, std::size_t size);
    void start_close();
    void on_close_done(ErrorCode error);
    void on_close_deadline(ErrorCode error);
    void shut() { socket_.next_layer().next_layer().close(); }

    // Given.
    std::shared_ptr<DoorState> door_;
    std::shared_ptr<asio::ssl::context> context_;
    // Owned.
    ws::stream<DoorStream> socket_;
    asio::steady_timer deadline_;
    // State.
    std::deque<std::string> waiting_;  ///< the first is being written
    std::size_t waiting_bytes_ = 0;
    bool closing_ = false;
    ws::close_reason why_;
    PageSession session_;
};

void PageSocket::set_up() {
    ws::stream_base::timeout timeout{};
    timeout.handshake_timeout = kHandshakeTime;
    timeout.idle_timeout = kIdleTime;
    timeout.keep_alive_pings = true;
    socket_.next_layer().next_layer().expires_never();
    socket_.set_option(timeout);
    // No limit for Beast: it would end the connection; read_one throws the message away instead.
    socket_.read_message_max(0);
    socket_.text(true);
    socket_.auto_fragment(false);
    socket_.control_callback([this](ws::frame_type kind, beast::string_view) {
        if (kind == ws::frame_type::ping) session_.on_control_frame(std::chrono::steady_clock::now());
    });
}

asio::awaitable<bool> PageSocket::accept(Request request) {
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await socket_.async_accept(request, token);
    co_return !error;
}

/// One message, of which no more than the limit is ever kept. False: the connection is over.
asio::awaitable<bool> PageSocket::read_one() {
    const std::size_t limit = door_->settings.max_message;
    beast::flat_buffer buffer;
    std::size_t size = 0;
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    do {
        size += co_await socket_.async_read_some(buffer, kReadChunk, token);
        if (error) co_return false;
        if (size > limit) buffer.clear();
        if (size > kMaxThrownAway || (size > limit && !session_.authenticated())) {
            session_.on_oversized(std::chrono::steady_clock::now());
            close(ws::close_code::too_big, "message too big");
            co_return true;
        }
    } while (!socket_.is_message_done());
    deliver(buffer, size);
    co_return true;
}

void PageSocket::deliver(const beast::flat_buffer& buffer, std::size_t size) {
    if (closing_) return;
    const Instant now = std::chrono::steady_clock::now();
    if (size > door_->settings.max_message) return session_.on_oversized(now);
    if (!socket_.got_text()) return session_.on_binary(now);
    const auto data = buffer.cdata();
    session_.on_text({static_cast<const char*>(data.data()), data.size()}, now);
}

asio::awaitable<void> PageSocket::run(std::shared_ptr<PageSocket> self, Request request) {
    self->set_up();
    bool more = co_await self->accept(std::move(request));
    if (more) self->watch_hello();
    while (more) more = co_await self->read_one();
    self->session_.on_closed();
    self->deadline_.cancel();
}

void PageSocket::watch_hello() {
    deadline_.expires_after(door_->settings.hello_time);
    deadline_.async_wait(beast::bind_front_handler(&PageSocket::on_hello_deadline, shared_from_this()));
}

void PageSocket::on_hello_deadline(ErrorCode error) {
    if (!error && !closing_) session_.on_hello_deadline();
}

void PageSocket::send(const ServerMessage& message) {
    if (closing_) return;
    waiting_.push_back(to_json(message));
    waiting_bytes_ += waiting_.back().size();
    if (waiting_bytes_ > kMaxWaiting) {
        door_->slow_readers.add();
        closing_ = true;
        return shut();
    }
    if (waiting_.size() == 1) write_next();
}

void PageSocket::write_next() {
    socket_.async_write(asio::buffer(waiting_.front()),
                        beast::bind_front_handler(&PageSocket::on_written, shared_from_this()));
}

void PageSocket::on_written(ErrorCode error, std::size_t) {
    if (error) return;
    waiting_bytes_ -= waiting_.front().size();
    waiting_.pop_front();
    if (!waiting_.empty()) return write_next();
    if (closing_) start_close();
}

void PageSocket::close(std::uint16_t status, std::string_view reason) {
    if (closing_) return;
    closing_ = true;
    why_ = ws::close_reason(static_cast<ws::close_code>(status),
                            beast::string_view(reason.data(), reason.size()));
    deadline_.expires_after(kCloseTime);
    deadline_.async_wait(beast::bind_front_handler(&PageSocket::on_close_deadline, shared_from_this()));
    if (waiting_.empty()) start_close();
}

void PageSocket::start_close() {
    socket_.async_close(why_, beast::bind_front_handler(&PageSocket::on_close_done, shared_from_this()));
}

void PageSocket::on_close_done(ErrorCode) {
    shut();
}

/// A page that neither reads nor answers the close frame is not waited for.
void PageSocket::on_close_deadline(ErrorCode error) {
    if (!error) shut();
}

void log_fault(std::exception_ptr fault) {
    if (!fault) return;
    try {
        std::rethrow_exception(fault);
    } catch (const std::exception& error) {
        log::error("a page's connection ended by an exception: {}", error.what());
    }
}

}  // namespace

void open_page_socket(DoorStream stream, std::shared_ptr<asio::ssl::context> context, Request request,
                      SocketAddress remote, std::shared_ptr<DoorState> door) {
    const auto executor = stream.get_executor();
    const auto found = request[beast::http::field::origin];
    std::string origin(found.data(), found.size());
    auto socket = std::make_shared<PageSocket>(std::move(stream), std::move(context), std::move(origin),
                                               remote, std::move(door));
    auto serving = PageSocket::run(std::move(socket), std::move(request));
    asio::co_spawn(executor, std::move(serving), log_fault);
}

}  // namespace causeway::http
