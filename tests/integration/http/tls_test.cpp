// TLS at the door, with the certificate that the door makes for itself.
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <boost/asio/ssl.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/base/random.hpp"
#include "gateway/http/self_signed.hpp"
#include "tests/integration/http/door_fixture.hpp"

namespace causeway::http::testing {
namespace {

using TlsSocket = asio::ssl::stream<asio::ip::tcp::socket>;

struct TlsDoor : ::testing::Test {
    TlsDoor() : directory(std::filesystem::temp_directory_path() / ("causeway-" + random_token(12))) {
        files = make_self_signed(directory.string(), "gateway.example");
    }
    ~TlsDoor() override { std::filesystem::remove_all(directory); }

    WebDoorSettings settings() const {
        WebDoorSettings out = door_settings();
        out.tls = true;
        out.certificate_file = files.certificate;
        out.private_key_file = files.private_key;
        return out;
    }
    /// A client context that believes only the door's own certificate.
    asio::ssl::context trusting() const {
        asio::ssl::context context(asio::ssl::context::tls_client);
        context.load_verify_file(files.certificate);
        context.set_verify_mode(asio::ssl::verify_peer);
        return context;
    }

    std::filesystem::path directory;
    CertificateFiles files;
};

std::string content(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST_F(TlsDoor, speaks_the_page_protocol_over_tls_with_a_certificate_that_checks) {
    RunningDoor door(settings());
    asio::io_context io;
    asio::ssl::context context = trusting();
    beast::websocket::stream<TlsSocket> page(connect(io, door.port()), context);
    page.next_layer().set_verify_callback(asio::ssl::host_name_verification("gateway.example"));
    page.next_layer().handshake(asio::ssl::stream_base::client);
    page.set_option(beast::websocket::stream_base::decorator([](beast::websocket::request_type& request) {
        request.set(beast::http::field::origin, "https://gateway.example");
    }));
    page.handshake("gateway.example", "/v1/ws");
    page.write(
        asio::buffer(std::string(R"({"type":"hello","version":1,"page":"https://gateway.example/"})")));
    beast::flat_buffer buffer;
    page.read(buffer);
    EXPECT_NE(beast::buffers_to_string(buffer.data()).find("welcome"), std::string::npos);
    door.close();
    ErrorCode error;
    page.read(buffer, error);
    EXPECT_EQ(error, beast::websocket::error::closed);
    EXPECT_EQ(page.reason().code, beast::websocket::close_code::going_away);
}

TEST_F(TlsDoor, serves_http_over_tls) {
    RunningDoor door(settings());
    asio::io_context io;
    asio::ssl::context context = trusting();
    TlsSocket socket(connect(io, door.port()), context);
    socket.handshake(asio::ssl::stream_base::client);
    asio::write(socket,
                asio::buffer(std::string("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")));
    std::string answer;
    ErrorCode error;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    EXPECT_NE(answer.find("\r\n\r\nok\n"), std::string::npos);
}

TEST_F(TlsDoor, refuses_tls_older_than_1_2) {
    RunningDoor door(settings());
    asio::io_context io;
    asio::ssl::context context = trusting();
    SSL_CTX_set_security_level(context.native_handle(), 0);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.native_handle(), TLS1_1_VERSION);
    TlsSocket socket(connect(io, door.port()), context);
    ErrorCode error;
    socket.handshake(asio::ssl::stream_base::client, error);
    EXPECT_TRUE(error);
}

TEST_F(TlsDoor, plain_text_at_the_tls_port_harms_nobody) {
    RunningDoor door(settings());
    raw_exchange(door.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    asio::io_context io;
    asio::ssl::context context = trusting();
    TlsSocket socket(connect(io, door.port()), context);
    ErrorCode error;
    socket.handshake(asio::ssl::stream_base::client, error);
    EXPECT_FALSE(error) << error.message();
}

TEST_F(TlsDoor, a_missing_or_foreign_key_stops_the_start_by_name) {
    const auto expect_refused = [this](const std::string& certificate, const std::string& key,
                                       const std::string& named) {
        WebDoorSettings wrong = settings();
        wrong.certificate_file = certificate;
        wrong.private_key_file = key;
        asio::io_context io;
        Counters counters;
        NotingListener listener;
        try {
            const WebDoor door(io, wrong, counters, listener);
            ADD_FAILURE() << "opened with " << certificate << " and " << key;
        } catch (const std::runtime_error& error) {
            EXPECT_NE(std::string(error.what()).find(named), std::string::npos) << error.what();
        }
    };
    const CertificateFiles other = make_self_signed((directory / "other").string(), "other.example");
    expect_refused("/nowhere.pem", files.private_key, "/nowhere.pem");
    expect_refused(files.certificate, "/nowhere.key", "/nowhere.key");
    expect_refused(files.certificate, other.private_key, other.private_key);
}

TEST_F(TlsDoor, the_own_certificate_is_kept_and_its_key_is_private) {
    const std::string before = content(files.certificate);
    make_self_signed(directory.string(), "gateway.example");
    EXPECT_EQ(content(files.certificate), before);
    struct stat status {};
    ASSERT_EQ(::stat(files.private_key.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(TlsDoor, a_spoilt_certificate_is_made_anew) {
    std::ofstream(files.certificate) << "rubbish";
    make_self_signed(directory.string(), "gateway.example");
    EXPECT_NE(content(files.certificate).find("BEGIN CERTIFICATE"), std::string::npos);
    RunningDoor door(settings());
}

TEST_F(TlsDoor, a_directory_that_cannot_be_made_is_an_error_with_its_name) {
    EXPECT_THROW(make_self_signed("/proc/nowhere", "gateway.example"), std::runtime_error);
}

TEST_F(TlsDoor, an_odd_hostname_cannot_change_the_certificate) {
    const CertificateFiles odd = make_self_signed((directory / "odd").string(), "a,DNS:bank.example");
    EXPECT_TRUE(std::filesystem::exists(odd.certificate));
    const auto numeric = make_self_signed((directory / "numeric").string(), "192.0.2.1");
    EXPECT_TRUE(std::filesystem::exists(numeric.certificate));
}

}  // namespace
}  // namespace causeway::http::testing
