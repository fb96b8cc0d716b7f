#include "gateway/http/page_socket.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <exception>
#include <string>

#include "core/base/log.hpp"
#include "gateway/http/frame_socket.hpp"
#include "gateway/http/json_protocol.hpp"
#include "gateway/http/page_session.hpp"

namespace causeway::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using Request = beast::http::request<beast::http::string_body>;

constexpr std::size_t kMaxWaiting = 1024 * 1024;  // bytes for a page that does not read
constexpr std::size_t kReadChunk = 16384;
/// An oversized message is read and thrown away up to this, then the connection closes.
constexpr std::size_t kMaxThrownAway = 16 * 1024 * 1024;

class PageSocket : public FrameSocket, public PageLine {
  public:
    PageSocket(DoorStream stream, std::shared_ptr<asio::ssl::context> context, std::string origin,
               SocketAddress remote, const std::shared_ptr<DoorState>& door)
        : FrameSocket(std::move(stream), std::move(context), door),
          session_(door, *this, std::move(origin), remote) {}

    void send(const ServerMessage& message) override;
    void close(std::uint16_t status, std::string_view reason) override {
        say_close(static_cast<ws::close_code>(status), reason);
    }

    static asio::awaitable<void> run(std::shared_ptr<PageSocket> self, Request request);

  private:
    void choose_kind(const std::string&) override { socket().text(true); }
    void set_up_page();
    asio::awaitable<bool> accept(Request request);
    asio::awaitable<bool> read_one();
    void deliver(const beast::flat_buffer& buffer, std::size_t size);
    void watch_hello();
    std::shared_ptr<PageSocket> self() { return std::static_pointer_cast<PageSocket>(shared_from_this()); }

    PageSession session_;
};

void PageSocket::set_up_page() {
    set_up();
    // No limit for Beast: it would end the connection; read_one throws the message away instead.
    socket().read_message_max(0);
    socket().control_callback([this](ws::frame_type kind, beast::string_view) {
        if (kind == ws::frame_type::ping) session_.on_control_frame(std::chrono::steady_clock::now());
    });
}

asio::awaitable<bool> PageSocket::accept(Request request) {
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await socket().async_accept(request, token);
    co_return !error;
}

/// One message, of which no more than the limit is ever kept. False: the connection is over.
asio::awaitable<bool> PageSocket::read_one() {
    const std::size_t limit = door().settings.max_message;
    beast::flat_buffer buffer;
    std::size_t size = 0;
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    do {
        size += co_await socket().async_read_some(buffer, kReadChunk, token);
        if (error) co_return false;
        if (size > limit) buffer.clear();
        if (size > kMaxThrownAway || (size > limit && !session_.authenticated())) {
            session_.on_oversized(std::chrono::steady_clock::now());
            say_close(ws::close_code::too_big, "message too big");
            co_return true;
        }
    } while (!socket().is_message_done());
    deliver(buffer, size);
    co_return true;
}

void PageSocket::deliver(const beast::flat_buffer& buffer, std::size_t size) {
    if (closing()) return;
    const Instant now = std::chrono::steady_clock::now();
    if (size > door().settings.max_message) return session_.on_oversized(now);
    if (!socket().got_text()) return session_.on_binary(now);
    const auto data = buffer.cdata();
    session_.on_text({static_cast<const char*>(data.data()), data.size()}, now);
}

asio::awaitable<void> PageSocket::run(std::shared_ptr<PageSocket> self, Request request) {
    self->set_up_page();
    bool more = co_await self->accept(std::move(request));
    if (more) self->watch_hello();
    while (more) more = co_await self->read_one();
    self->session_.on_closed();
    self->deadline().cancel();
}

void PageSocket::watch_hello() {
    deadline().expires_after(door().settings.hello_time);
    deadline().async_wait([self = self()](ErrorCode error) {
        if (!error && !self->closing()) self->session_.on_hello_deadline();
    });
}

void PageSocket::send(const ServerMessage& message) {
    if (closing()) return;
    std::string frame = to_json(message);
    if (unsent() + frame.size() > kMaxWaiting) {
        door().slow_readers.add();
        return cut();
    }
    write(std::move(frame));
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
