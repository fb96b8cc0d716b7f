#include "tests/load/websocket_client.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "core/base/random.hpp"
#include "core/base/unique_fd.hpp"

namespace causeway::load {
namespace {

constexpr std::size_t kMaxMessage = 1 << 20;

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// A whole frame for the server: masked, as a client must (RFC 6455 §5.3).
std::string make_frame(Opcode opcode, std::string_view payload) {
    std::string frame(1, static_cast<char>(0x80 | static_cast<int>(opcode)));
    const std::size_t size = payload.size();
    if (size < 126) {
        frame.push_back(static_cast<char>(0x80 | size));
    } else if (size < 65536) {
        frame.push_back(static_cast<char>(0x80 | 126));
        for (const int shift : {8, 0}) frame.push_back(static_cast<char>(size >> shift));
    } else {
        frame.push_back(static_cast<char>(0x80 | 127));
        for (int shift = 56; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(size >> shift));
    }
    std::array<std::uint8_t, 4> mask{};
    fill_random(mask);
    for (const std::uint8_t byte : mask) frame.push_back(static_cast<char>(byte));
    for (std::size_t i = 0; i < size; ++i) {
        frame.push_back(static_cast<char>(static_cast<std::uint8_t>(payload[i]) ^ mask[i % 4]));
    }
    return frame;
}

struct Frame {
    bool last = false;
    Opcode opcode{};
    std::string_view payload;
    std::size_t size = 0;  ///< of the frame in the input
};

/// The first frame of `input`; nullopt when it is not whole yet.
std::optional<Frame> first_frame(std::string_view input) {
    if (input.size() < 2) return std::nullopt;
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(input[at]); };
    std::size_t header = 2;
    std::uint64_t size = byte(1) & 0x7f;
    const int more = size == 126 ? 2 : size == 127 ? 8 : 0;
    header += static_cast<std::size_t>(more);
    if (input.size() < header) return std::nullopt;
    if (more != 0) size = 0;
    for (int i = 0; i < more; ++i) size = size << 8 | byte(static_cast<std::size_t>(2 + i));
    if (size > kMaxMessage || input.size() < header + size) return std::nullopt;
    return Frame{(byte(0) & 0x80) != 0, static_cast<Opcode>(byte(0) & 0x0f), input.substr(header, size),
                 header + static_cast<std::size_t>(size)};
}

}  // namespace

Result<WebSocketUrl> WebSocketUrl::parse(std::string_view text) {
    constexpr std::string_view kScheme = "ws://";
    if (!text.starts_with(kScheme)) return Error{fmt::format("{} does not begin with ws://", text)};
    text.remove_prefix(kScheme.size());
    const std::size_t slash = std::min(text.find('/'), text.size());
    auto server = SocketAddress::parse(text.substr(0, slash));
    if (!server) return Error{fmt::format("{} is no numeric address with port", text.substr(0, slash))};
    return WebSocketUrl{*server, slash == text.size() ? "/" : std::string(text.substr(slash))};
}

class WebSocketClient::Impl : public std::enable_shared_from_this<Impl> {
  public:
    Impl(EventLoop& loop, const WebSocketUrl& url, Wishes wishes, Events events)
        : loop_(loop), url_(url), wishes_(std::move(wishes)), events_(std::move(events)) {}

    void start() {
        fd_ =
            UniqueFd(::socket(url_.server.data()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (::connect(fd_.get(), url_.server.data(), url_.server.size()) != 0 && errno != EINPROGRESS) {
            // Told from the loop, since nobody expects it from within the constructor.
            loop_.post([self = weak_from_this(), reason = std::string(std::strerror(errno))] {
                if (const auto alive = self.lock()) alive->fail(reason);
            });
            return;
        }
        output_ = fmt::format(
            "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
            url_.path, url_.server.to_string());
        if (!wishes_.origin.empty()) output_ += fmt::format("Origin: {}\r\n", wishes_.origin);
        if (!wishes_.subprotocol.empty()) {
            output_ += fmt::format("Sec-WebSocket-Protocol: {}\r\n", wishes_.subprotocol);
        }
        output_ += "\r\n";
        watch_.emplace(loop_, fd_.get(), EPOLLOUT, [self = weak_from_this()](std::uint32_t) {
            if (const auto alive = self.lock()) alive->on_ready();
        });
        watching_write_ = true;
    }

    void send(std::string_view text) {
        if (closed_) return;
        std::string frame = make_frame(Opcode::text, text);
        if (!open_) {
            waiting_ += frame;
            return;
        }
        output_ += frame;
        write();
    }

    /// No more events.
    void abandon() {
        closed_ = true;
        watch_.reset();
        fd_.reset();
    }

  private:
    void on_ready() {
        const auto keep = shared_from_this();
        if (watching_write_) write();
        if (!closed_) read();
    }

    void write() {
        while (!output_.empty()) {
            const ssize_t sent = ::send(fd_.get(), output_.data(), output_.size(), MSG_NOSIGNAL);
            if (sent < 0) {
                if (errno == EAGAIN) break;
                return fail(std::strerror(errno));
            }
            output_.erase(0, static_cast<std::size_t>(sent));
        }
        const bool wanted = !output_.empty();
        if (wanted == watching_write_) return;
        watching_write_ = wanted;
        watch_->change(wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }

    void read() {
        std::array<char, 16384> room;
        for (;;) {
            const ssize_t got = ::recv(fd_.get(), room.data(), room.size(), 0);
            if (got == 0) return fail("the server closed the connection");
            if (got < 0) {
                if (errno == EAGAIN || errno == ENOTCONN) break;
                return fail(std::strerror(errno));
            }
            input_.append(room.data(), static_cast<std::size_t>(got));
            if (got < static_cast<ssize_t>(room.size())) break;
        }
        if (!open_ && !shake_hands()) return;
        std::size_t taken = 0;
        while (const auto frame = first_frame(std::string_view(input_).substr(taken))) {
            take(*frame);
            if (closed_) return;
            taken += frame->size;
        }
        input_.erase(0, taken);
        if (input_.size() > 2 * kMaxMessage) fail("a message is too large");
    }

    /// True when the connection is open.
    bool shake_hands() {
        const std::size_t end = input_.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const std::string head = input_.substr(0, end);
        if (!head.starts_with("HTTP/1.1 101")) {
            fail(head.substr(0, head.find('\r')));
            return false;
        }
        input_.erase(0, end + 4);
        open_ = true;
        if (events_.on_open) events_.on_open();
        if (closed_) return false;
        output_ += std::exchange(waiting_, {});
        write();
        return !closed_;
    }

    void take(const Frame& frame) {
        switch (frame.opcode) {
            case Opcode::continuation:
            case Opcode::text:
            case Opcode::binary:
                if (frame.last && message_.empty()) return events_.on_text(frame.payload);
                message_ += frame.payload;
                if (message_.size() > kMaxMessage) return fail("a message is too large");
                if (frame.last) events_.on_text(std::exchange(message_, {}));
                return;
            case Opcode::ping:
                output_ += make_frame(Opcode::pong, frame.payload);
                return write();
            case Opcode::pong:
                return;
            case Opcode::close:
                return fail(close_reason(frame.payload));
        }
        fail("a frame is of an unknown kind");
    }

    static std::string close_reason(std::string_view payload) {
        if (payload.size() < 2) return "the server closed the connection";
        const int code = static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]);
        return fmt::format("the server closed the connection: {} {}", code, payload.substr(2));
    }

    void fail(const std::string& reason) {
        if (closed_) return;
        abandon();
        if (events_.on_closed) events_.on_closed(reason);
    }

    EventLoop& loop_;
    const WebSocketUrl url_;
    const Wishes wishes_;
    const Events events_;
    UniqueFd fd_;
    std::string output_;
    std::string waiting_;  ///< frames from before the handshake
    std::string input_;
    std::string message_;  ///< fragments so far
    bool open_ = false;
    bool closed_ = false;
    bool watching_write_ = false;
    std::optional<Watch> watch_;
};

WebSocketClient::WebSocketClient(EventLoop& loop, const WebSocketUrl& url, Wishes wishes, Events events)
    : impl_(std::make_shared<Impl>(loop, url, std::move(wishes), std::move(events))) {
    impl_->start();
}

WebSocketClient::~WebSocketClient() {
    impl_->abandon();
}

void WebSocketClient::send(std::string_view text) {
    impl_->send(text);
}

}  // namespace causeway::load
