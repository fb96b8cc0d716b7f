#include "gateway/fetch/https_exchange.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "gateway/fetch/freshness.hpp"

namespace causeway::fetch {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;

constexpr std::uint32_t kLongestHeader = 8192;
constexpr std::size_t kBuffer = 16384;
constexpr int kLongestChain = 8;

asio::ip::tcp::endpoint to_endpoint(const SocketAddress& address) {
    asio::ip::tcp::endpoint endpoint;
    endpoint.resize(address.size());
    std::memcpy(endpoint.data(), address.data(), address.size());
    return endpoint;
}

/// All lines of one field as one list (RFC 9110 §5.3).
std::string joined(const http::fields& fields, http::field name) {
    std::string list;
    const auto [first, last] = fields.equal_range(name);
    for (auto line = first; line != last; ++line) {
        if (!list.empty()) list += ", ";
        list.append(line->value().data(), line->value().size());
    }
    return list;
}

class Connection : public OpenExchange, public std::enable_shared_from_this<Connection> {
  public:
    Connection(asio::io_context& io, std::shared_ptr<asio::ssl::context> tls, Exchange exchange,
               FetchDone done)
        : tls_(std::move(tls)), exchange_(std::move(exchange)), done_(std::move(done)), stream_(io, *tls_) {
        parser_.header_limit(kLongestHeader);
        // Not before the status is known: a refusal is told as such, however long its page.
        parser_.body_limit(boost::none);
    }

    void start();
    void cancel() override {
        done_ = nullptr;
        tcp().close();
    }

  private:
    beast::tcp_stream& tcp() { return stream_.next_layer(); }
    /// A handler that does nothing once the exchange is over.
    template <class... Args>
    auto then(void (Connection::*step)(ErrorCode, Args...)) {
        return [self = shared_from_this(), step](ErrorCode error, auto&&...) {
            if (self->done_) (self.get()->*step)(error);
        };
    }
    bool expect_host();
    void connect();
    void on_connected(ErrorCode error);
    void on_shaken(ErrorCode error);
    void on_written(ErrorCode error);
    void on_header(ErrorCode error);
    void on_body(ErrorCode error);
    void make_request();
    std::optional<std::string> fault_of_header();
    std::chrono::seconds freshness() const;
    std::string tls_fault(ErrorCode error);
    void finish(Result<Document> result);
    void fail(std::string why) { finish(Error{std::move(why)}); }

    // Given.
    std::shared_ptr<asio::ssl::context> tls_;
    Exchange exchange_;
    FetchDone done_;
    // State.
    asio::ssl::stream<beast::tcp_stream> stream_;
    std::size_t next_address_ = 0;
    http::request<http::string_body> request_;
    beast::flat_buffer buffer_{kBuffer};
    http::response_parser<http::string_body> parser_;
};

void Connection::finish(Result<Document> result) {
    const FetchDone done = std::exchange(done_, nullptr);
    // No close_notify: the answer is complete by HTTP's own framing, and the server has no claim on more
    // time.
    tcp().close();
    done(std::move(result));
}

/// The certificate must be for the host of the URL (RFC 9525 §6); SNI for names only (RFC 6066 §3).
bool Connection::expect_host() {
    SSL* const ssl = stream_.native_handle();
    const std::string& host = exchange_.target.host;
    if (exchange_.target.literal) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    }
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

void Connection::start() {
    if (!expect_host()) {
        // Later, as every answer: the caller does not hold this object yet.
        asio::post(stream_.get_executor(), [self = shared_from_this()] {
            if (self->done_) self->fail("TLS: host name not usable");
        });
        return;
    }
    connect();
}

void Connection::connect() {
    const SocketAddress& address = exchange_.addresses[next_address_];
    const auto left = static_cast<Duration::rep>(exchange_.addresses.size() - next_address_);
    ++next_address_;
    // A share of the time for each address, so that one that swallows packets does not hide the others.
    const Duration time = (exchange_.deadline - std::chrono::steady_clock::now()) / left;
    tcp().expires_after(std::max<Duration>(time, std::chrono::milliseconds(1)));
    tcp().async_connect(to_endpoint(address), then(&Connection::on_connected));
}

void Connection::on_connected(ErrorCode error) {
    if (error && next_address_ < exchange_.addresses.size()) {
        tcp().close();
        return connect();
    }
    if (error == beast::error::timeout) return fail("time-out");
    if (error) return fail("connect: " + error.message());
    // From here on the caller's deadline counts.
    tcp().expires_never();
    stream_.async_handshake(asio::ssl::stream_base::client, then(&Connection::on_shaken));
}

/// OpenSSL's own words; none of them are the server's.
std::string Connection::tls_fault(ErrorCode error) {
    const long verdict = SSL_get_verify_result(stream_.native_handle());
    if (verdict != X509_V_OK) return std::string("TLS: ") + X509_verify_cert_error_string(verdict);
    return "TLS: " + error.message();
}

void Connection::make_request() {
    const Target& target = exchange_.target;
    request_.version(11);
    request_.method(exchange_.post ? http::verb::post : http::verb::get);
    request_.target(target.path);
    request_.set(http::field::host, target.host_header());
    request_.set(http::field::accept, "application/json, application/pem-certificate-chain, */*;q=0.5");
    request_.set(http::field::accept_encoding, "identity");
    request_.set(http::field::user_agent, "Causeway");
    request_.set(http::field::connection, "close");
    if (!exchange_.authorization.empty()) {
        request_.set(http::field::authorization, exchange_.authorization);
    }
    if (exchange_.post) {
        request_.set(http::field::content_type, "application/x-www-form-urlencoded");
        request_.body() = std::move(exchange_.body);
        request_.prepare_payload();
    }
}

void Connection::on_shaken(ErrorCode error) {
    if (error) return fail(tls_fault(error));
    make_request();
    http::async_write(stream_, request_, then(&Connection::on_written));
}

void Connection::on_written(ErrorCode error) {
    if (error) return fail("connection lost: " + error.message());
    http::async_read_header(stream_, buffer_, parser_, then(&Connection::on_header));
}

std::optional<std::string> Connection::fault_of_header() {
    const auto& answer = parser_.get();
    const unsigned status = answer.result_int();
    // Where a redirect leads was not checked, and who may redirect is not who was asked.
    if (status >= 300 && status < 400) return "redirect";
    if (status != 200) return "status " + std::to_string(status);
    const auto encoding = answer[http::field::content_encoding];
    if (!encoding.empty() && !beast::iequals(encoding, "identity")) return "encoded content";
    const auto length = parser_.content_length();
    if (length && *length > exchange_.longest_body) return "too long";
    return std::nullopt;
}

void Connection::on_header(ErrorCode error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
        return fail("header too long");
    }
    if (error == http::error::end_of_stream || error == http::error::partial_message) {
        return fail("connection lost");
    }
    if (error) return fail("not HTTP: " + error.message());
    if (const auto fault = fault_of_header()) return fail(*fault);
    parser_.body_limit(exchange_.longest_body);
    http::async_read(stream_, buffer_, parser_, then(&Connection::on_body));
}

void Connection::on_body(ErrorCode error) {
    if (error == http::error::body_limit) return fail("too long");
    // RFC 9112 §8: a body that ends early is not a shorter document.
    if (error) return fail("body incomplete: " + error.message());
    Document document;
    document.fresh_for = freshness();
    document.body = std::move(parser_.get().body());
    finish(std::move(document));
}

std::chrono::seconds Connection::freshness() const {
    const http::fields& fields = parser_.get();
    const std::string control = joined(fields, http::field::cache_control);
    const std::string age = joined(fields, http::field::age);
    const std::string expires = joined(fields, http::field::expires);
    const std::string date = joined(fields, http::field::date);
    return fresh_for({.cache_control = control, .age = age, .expires = expires, .date = date},
                     std::chrono::system_clock::now());
}

}  // namespace

std::shared_ptr<asio::ssl::context> make_client_context(const std::string& ca_file) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX* const native = context->native_handle();
    // RFC 9325 §3.1.1.
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_verify_depth(native, kLongestChain);
    constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(native, kHttp11.data(), kHttp11.size());
    context->set_verify_mode(asio::ssl::verify_peer);
    context->set_default_verify_paths();
    if (ca_file.empty()) return context;
    ErrorCode error;
    context->load_verify_file(ca_file, error);
    if (error) throw std::runtime_error("cannot use the roots in " + ca_file + ": " + error.message());
    return context;
}

std::shared_ptr<OpenExchange> start_exchange(asio::io_context& io, std::shared_ptr<asio::ssl::context> tls,
                                             Exchange exchange, FetchDone done) {
    auto connection = std::make_shared<Connection>(io, std::move(tls), std::move(exchange), std::move(done));
    connection->start();
    return connection;
}

}  // namespace causeway::fetch
