// A web door on a port of its own, its control thread, a listener that notes what it hears, and clients.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/counters.hpp"
#include "gateway/http/web_door.hpp"

namespace causeway::http::testing {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace json = boost::json;
using ErrorCode = boost::system::error_code;

/// Knows the token "good", the user "ann" with the password "secret", and guests.
class NotingListener : public WebDoorListener {
  public:
    std::optional<Authenticated> authenticate(SessionId, const Hello& hello) override {
        if (hello.token == "good" || (hello.user == "ann" && hello.password == "secret")) {
            return Authenticated{
                .user = "ann", .guest = false, .number = "100", .numbers = {{"600", "Echo"}}};
        }
        if (!hello.token.empty() || !hello.user.empty()) return std::nullopt;
        return Authenticated{.user = "", .guest = true, .number = "", .numbers = {}};
    }
    void on_session_open(const SessionInfo& session) override {
        note([&] { opened.push_back(session); });
    }
    void on_message(SessionId, ClientMessage message) override {
        note([&] { messages.push_back(std::move(message)); });
    }
    void on_session_closed(SessionId session) override {
        note([&] { closed.push_back(session); });
    }

    /// Waits for `condition`, which is asked under the lock. False after five seconds.
    bool wait_until(const std::function<bool()>& condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(5), condition);
    }

    std::vector<SessionInfo> opened;
    std::vector<ClientMessage> messages;
    std::vector<SessionId> closed;

  private:
    void note(const std::function<void()>& change) {
        const std::lock_guard lock(mutex_);
        change();
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
};

inline WebDoorSettings door_settings() {
    WebDoorSettings settings;
    settings.listen = SocketAddress::parse("127.0.0.1", 0).value();
    settings.allowed_origins = {"https://shop.example"};
    settings.product = "causeway/test";
    return settings;
}

/// The door with its thread. Everything of the door happens on that thread.
class RunningDoor {
  public:
    explicit RunningDoor(WebDoorSettings settings = door_settings())
        : door_(std::make_unique<WebDoor>(io_, std::move(settings), counters, listener)),
          port_(door_->port()),
          thread_([this] { io_.run(); }) {}
    ~RunningDoor() {
        on_thread([this] { door_.reset(); });
        work_.reset();
        thread_.join();
    }
    RunningDoor(const RunningDoor&) = delete;
    RunningDoor& operator=(const RunningDoor&) = delete;

    std::uint16_t port() const { return port_; }
    void send(SessionId session, const ServerMessage& message) {
        on_thread([&] { door_->send(session, message); });
    }
    void close() {
        on_thread([this] { door_->close(); });
    }
    std::uint64_t count(const std::string& name) const { return counters.snapshot()[name]; }

    Counters counters;
    NotingListener listener;

  private:
    void on_thread(const std::function<void()>& work) {
        std::promise<void> done;
        asio::post(io_, [&] {
            work();
            done.set_value();
        });
        done.get_future().get();
    }

    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    std::unique_ptr<WebDoor> door_;
    std::uint16_t port_;
    std::thread thread_;
};

inline asio::ip::tcp::socket connect(asio::io_context& io, std::uint16_t port) {
    asio::ip::tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    return socket;
}

/// A page, as far as the door can tell. Blocking.
class Page {
  public:
    /// `origin` "" sends no Origin header, as programs that are no browsers do.
    explicit Page(std::uint16_t port, std::string origin = "https://shop.example",
                  std::string path = "/v1/ws")
        : socket_(connect(io_, port)), port_(port) {
        socket_.set_option(
            beast::websocket::stream_base::decorator([origin](beast::websocket::request_type& request) {
                if (!origin.empty()) request.set(beast::http::field::origin, origin);
            }));
        socket_.handshake(response, "127.0.0.1:" + std::to_string(port_), path, upgrade_error);
    }

    void send(const std::string& text) {
        socket_.text(true);
        socket_.write(asio::buffer(text));
    }
    void send_binary(const std::string& data) {
        socket_.binary(true);
        socket_.write(asio::buffer(data));
    }
    /// The next message, or an object with the member "closed" (the close code) when there is none.
    json::object receive() {
        beast::flat_buffer buffer;
        ErrorCode error;
        socket_.read(buffer, error);
        if (error) return {{"closed", static_cast<int>(socket_.reason().code)}, {"why", error.message()}};
        return json::parse(beast::buffers_to_string(buffer.data())).as_object();
    }
    json::object hello(const std::string& members = R"("token":"good")") {
        send(R"({"type":"hello","version":1)" + (members.empty() ? "" : "," + members) + "}");
        return receive();
    }
    beast::websocket::stream<asio::ip::tcp::socket>& socket() { return socket_; }

    beast::websocket::response_type response;
    ErrorCode upgrade_error;

  private:
    asio::io_context io_;
    beast::websocket::stream<asio::ip::tcp::socket> socket_;
    std::uint16_t port_;
};

inline beast::http::response<beast::http::string_body> request(std::uint16_t port, beast::http::verb method,
                                                               const std::string& target,
                                                               const std::string& if_none_match = "") {
    asio::io_context io;
    asio::ip::tcp::socket socket = connect(io, port);
    beast::http::request<beast::http::empty_body> question(method, target, 11);
    question.set(beast::http::field::host, "127.0.0.1:" + std::to_string(port));
    if (!if_none_match.empty()) question.set(beast::http::field::if_none_match, if_none_match);
    beast::http::write(socket, question);
    beast::flat_buffer buffer;
    beast::http::response_parser<beast::http::string_body> parser;
    parser.skip(method == beast::http::verb::head);
    beast::http::read(socket, buffer, parser);
    return parser.release();
}

/// Sends `text` as it is and returns all that comes back until the door closes the connection.
inline std::string raw_exchange(std::uint16_t port, const std::string& text) {
    asio::io_context io;
    asio::ip::tcp::socket socket = connect(io, port);
    ErrorCode error;
    asio::write(socket, asio::buffer(text), error);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
}

}  // namespace causeway::http::testing
