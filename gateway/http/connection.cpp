#include "gateway/http/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <exception>
#include <optional>

#include "core/base/log.hpp"
#include "gateway/http/door_state.hpp"
#include "gateway/http/http_answers.hpp"
#include "gateway/http/origin.hpp"
#include "gateway/http/page_socket.hpp"
#include "gateway/http/sip_socket.hpp"

namespace causeway::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Request = bhttp::request<bhttp::string_body>;
using Response = bhttp::response<bhttp::string_body>;

constexpr std::chrono::seconds kRequestTime{10};  // for the handshake, a request's header, an answer
constexpr std::chrono::seconds kLaterTime{20};    // for an answer that takes time
constexpr std::uint32_t kMaxHeader = 8192;
constexpr std::uint64_t kMaxBody = 1024;
constexpr std::uint64_t kMaxPostBody = 65536;

/// RFC 6455 §4.2.1. Anything else on /v1/ws is answered as plain HTTP.
bool wants_page_protocol(const Request& request) {
    return beast::websocket::is_upgrade(request) &&
           request.target().substr(0, request.target().find('?')) == "/v1/ws";
}

std::string header(const Request& request, bhttp::field name) {
    const auto value = request[name];
    return {value.data(), value.size()};
}

/// An answer that is not there yet; whoever makes it may outlive the connection.
struct Later {
    explicit Later(const asio::any_io_executor& executor) : timer(executor) {}
    void take(WebAnswer given) {
        answer = std::move(given);
        timer.cancel();
    }

    std::optional<WebAnswer> answer;
    asio::steady_timer timer;
};

class Connection : public OpenConnection, public std::enable_shared_from_this<Connection> {
  public:
    Connection(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> context,
               std::shared_ptr<DoorState> door)
        : door_(std::move(door)), context_(std::move(context)), stream_(std::move(socket), context_.get()) {
        door_->connections.insert(this);
    }
    ~Connection() override { door_->connections.erase(this); }

    void go_away() override { stream_.next_layer().close(); }
    void abort() override { stream_.next_layer().close(); }

    /// Static, with the owner as argument: a coroutine must not outlive what it works on.
    static asio::awaitable<void> run(std::shared_ptr<Connection> self);

  private:
    asio::awaitable<bool> shake_hands();
    using Parser = bhttp::request_parser<bhttp::string_body>;
    asio::awaitable<ErrorCode> read(std::shared_ptr<Parser> parser);
    asio::awaitable<bool> serve_one();
    asio::awaitable<void> write(Response response);
    asio::awaitable<HttpAnswer> wait_for(std::shared_ptr<Later> later);
    HttpQuestion question_of(Request request) const;
    /// The refusal of an upgrade, if it must be refused.
    std::optional<HttpAnswer> upgrade_fault(const Request& request) const;
    void upgrade(Request request);
    void upgrade_to_sip(Request request);
    SocketAddress remote() const;

    // Given.
    std::shared_ptr<DoorState> door_;
    std::shared_ptr<asio::ssl::context> context_;
    // State.
    DoorStream stream_;
    beast::flat_buffer buffer_{kMaxHeader + kMaxBody};
};

Response to_response(HttpAnswer answer, bool keep_alive, bool head) {
    Response response(static_cast<bhttp::status>(answer.status), 11);
    for (const auto& [name, value] : answer.headers) response.set(name, value);
    response.keep_alive(keep_alive);
    response.body() = std::move(answer.body);
    response.prepare_payload();
    // RFC 9110 §9.3.2: a HEAD's answer tells the length that a GET's would have.
    if (head) response.body().clear();
    return response;
}

HttpAnswer answer_to_fault(ErrorCode error) {
    if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow) {
        return refusal(431, "The request's header is too long.");
    }
    if (error == bhttp::error::body_limit) return refusal(413, "The request's body is too long.");
    return refusal(400, "This is not an HTTP request: " + error.message() + '.');
}

bool is_http_fault(ErrorCode error) {
    return error.category() == make_error_code(bhttp::error::bad_method).category() &&
           error != bhttp::error::end_of_stream && error != bhttp::error::partial_message;
}

asio::awaitable<bool> Connection::shake_hands() {
    if (stream_.tls() == nullptr) co_return true;
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    stream_.next_layer().expires_after(kRequestTime);
    co_await stream_.tls()->async_handshake(asio::ssl::stream_base::server, token);
    if (error) log::debug("TLS handshake failed: {}", error.message());
    co_return !error;
}

asio::awaitable<void> Connection::write(Response response) {
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    stream_.next_layer().expires_after(kRequestTime);
    bhttp::response_serializer<bhttp::string_body> serializer(response);
    co_await bhttp::async_write(stream_, serializer, token);
}

std::optional<HttpAnswer> Connection::upgrade_fault(const Request& request) const {
    if (door_->closing) return refusal(503, "The gateway is shutting down.");
    const std::string origin = header(request, bhttp::field::origin);
    if (origin.empty()) return std::nullopt;
    const bool tls = context_ != nullptr;
    if (origin_allowed(origin, header(request, bhttp::field::host), tls, door_->settings.allowed_origins)) {
        return std::nullopt;
    }
    door_->origins_refused.add();
    log::info("a page of the origin {} was refused: it is not in http.allowed_origins",
              origin.substr(0, 200));
    return refusal(403, "Pages of this origin may not connect: it is not in the gateway's allowed origins.");
}

SocketAddress Connection::remote() const {
    ErrorCode ignored;
    return SocketAddress(stream_.next_layer().socket().remote_endpoint(ignored).data());
}

void Connection::upgrade(Request request) {
    const SocketAddress peer = remote();
    open_page_socket(std::move(stream_), context_, std::move(request), peer, door_);
}

void Connection::upgrade_to_sip(Request request) {
    const SocketAddress peer = remote();
    open_sip_socket(std::move(stream_), context_, std::move(request), peer, door_);
}

/// The header first: how long the body may be depends on the method.
asio::awaitable<ErrorCode> Connection::read(std::shared_ptr<Parser> parser) {
    parser->header_limit(kMaxHeader);
    parser->body_limit(kMaxPostBody);
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    stream_.next_layer().expires_after(kRequestTime);
    co_await bhttp::async_read_header(stream_, buffer_, *parser, token);
    if (error) co_return error;
    const auto method = parser->get().method();
    if (method != bhttp::verb::post && method != bhttp::verb::patch) {
        if (parser->content_length().value_or(0) > kMaxBody) co_return bhttp::error::body_limit;
        parser->body_limit(kMaxBody);
    }
    if (!parser->is_done()) co_await bhttp::async_read(stream_, buffer_, *parser, token);
    co_return error;
}

HttpQuestion Connection::question_of(Request request) const {
    const std::string host = header(request, bhttp::field::host);
    const std::string origin = header(request, bhttp::field::origin);
    return {
        .method = std::string(request.method_string()),
        .target = std::string(request.target()),
        .host = host,
        .if_none_match = header(request, bhttp::field::if_none_match),
        .authorization = header(request, bhttp::field::authorization),
        .body = std::move(request.body()),
        .content_type = header(request, bhttp::field::content_type),
        .if_match = header(request, bhttp::field::if_match),
        .origin = origin,
        .origin_allowed = origin_allowed(origin, host, context_ != nullptr, door_->settings.allowed_origins)};
}

asio::awaitable<HttpAnswer> Connection::wait_for(std::shared_ptr<Later> later) {
    ErrorCode error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    stream_.next_layer().expires_never();
    if (!later->answer) {
        later->timer.expires_after(kLaterTime);
        co_await later->timer.async_wait(token);
    }
    if (!later->answer) co_return refusal(504, "The gateway did not answer in time.");
    co_return to_answer(std::move(*later->answer));
}

/// False: the connection is over, or it speaks another protocol now.
asio::awaitable<bool> Connection::serve_one() {
    const auto parser = std::make_shared<Parser>();
    const ErrorCode error = co_await read(parser);
    if (error && !is_http_fault(error)) co_return false;
    door_->requests.add();
    if (error) {
        door_->requests_refused.add();
        Response response = to_response(answer_to_fault(error), false, false);
        co_await write(std::move(response));
        co_return false;
    }
    Request request = parser->release();
    std::optional<HttpAnswer> reply;
    if (wants_sip(request)) {
        reply = upgrade_fault(request);
        if (!reply && !door_->settings.sip) reply = refusal(404, "SIP is not spoken here.");
        if (!reply) {
            upgrade_to_sip(std::move(request));
            co_return false;
        }
    } else if (wants_page_protocol(request)) {
        reply = upgrade_fault(request);
        if (!reply) {
            upgrade(std::move(request));
            co_return false;
        }
    } else {
        const HttpQuestion question = question_of(request);
        const auto later = std::make_shared<Later>(stream_.get_executor());
        const auto take = [later](WebAnswer given) { later->take(std::move(given)); };
        const auto& serve_later = door_->settings.serve_later;
        if (serve_later && serve_later(request_of(question), take)) {
            reply = co_await wait_for(later);
        } else {
            reply = answer(question, *door_);
        }
    }
    if (reply->status >= 400) door_->requests_refused.add();
    const bool keep_alive = request.keep_alive() && !door_->closing;
    const bool head = request.method() == bhttp::verb::head;
    Response response = to_response(std::move(*reply), keep_alive, head);
    co_await write(std::move(response));
    co_return keep_alive;
}

asio::awaitable<void> Connection::run(std::shared_ptr<Connection> self) {
    bool more = co_await self->shake_hands();
    while (more) more = co_await self->serve_one();
}

void log_fault(std::exception_ptr fault) {
    if (!fault) return;
    try {
        std::rethrow_exception(fault);
    } catch (const std::exception& error) {
        log::error("a web connection ended by an exception: {}", error.what());
    }
}

}  // namespace

void serve(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> context,
           std::shared_ptr<DoorState> door) {
    const auto executor = socket.get_executor();
    auto connection = std::make_shared<Connection>(std::move(socket), std::move(context), std::move(door));
    asio::co_spawn(executor, Connection::run(std::move(connection)), log_fault);
}

}  // namespace causeway::http
