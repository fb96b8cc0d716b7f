// Two SIP stacks that speak TLS through an edge each, and a WebSocket client by hand.
#include <gtest/gtest.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <thread>

#include "core/base/c_handle.hpp"
#include "core/base/counters.hpp"
#include "core/base/random.hpp"
#include "gateway/edge/edge.hpp"
#include "gateway/http/self_signed.hpp"
#include "gateway/http/web_door.hpp"
#include "sip/ua/flow_table.hpp"
#include "tests/integration/sip/raw_peer.hpp"
#include "tests/integration/sip/sip_recorder.hpp"

namespace causeway::edge {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using sip::test::Seen;
using sip::test::SipRecorder;
using What = Seen::What;
using asio::ip::tcp;

const std::string kSdp =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";

struct NoPages : http::WebDoorListener {
    std::optional<http::Authenticated> authenticate(SessionId, const http::Hello&) override { return {}; }
    void on_session_open(const http::SessionInfo&) override {}
    void on_message(SessionId, http::ClientMessage) override {}
    void on_session_closed(SessionId) override {}
};

sip::SipUaSettings ua_settings(std::shared_ptr<sip::FlowTable> flows) {
    sip::SipUaSettings settings;
    settings.listen_udp = {*SocketAddress::parse("127.0.0.1", 0)};
    settings.domain = "gateway.test";
    settings.user_agent = "Causeway test";
    settings.flows = std::move(flows);
    return settings;
}

/// A stack with its edge and their threads.
class Station {
  public:
    explicit Station(EdgeSettings settings, bool websocket = false) : ua(ua_settings(flows), counters, seen) {
        settings.domain = "gateway.test";
        edge_ = std::make_unique<Edge>(io_, std::move(settings), flows, counters);
        edge_->start(ua.flow_entrance(), [this](FlowId flow) { ua.flow_changed(flow); });
        if (websocket) open_door();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Station() {
        asio::post(io_, [this] {
            door_.reset();
            edge_.reset();
            io_.stop();
        });
        thread_.join();
    }

    std::uint16_t tls_port() const { return edge_->tls_port(); }
    std::uint16_t http_port() const { return door_->port(); }
    FlowId link() const { return edge_->flow_of_trunk("other"); }
    bool link_is_up() const { return flows->find(link()).has_value(); }
    std::uint64_t count(const std::string& counter) { return counters.counter(counter).value(); }
    void reload() {
        std::promise<void> done;
        asio::post(io_, [&] {
            edge_->reload();
            done.set_value();
        });
        done.get_future().wait();
    }

    std::shared_ptr<sip::FlowTable> flows = std::make_shared<sip::FlowTable>();
    Counters counters;
    SipRecorder seen;
    sip::SipUa ua;

  private:
    void open_door() {
        http::WebDoorSettings settings;
        settings.listen = *SocketAddress::parse("127.0.0.1", 0);
        settings.sip = [this](std::shared_ptr<MessageStream> stream, const WebSocketPeer& peer) {
            edge_->take(std::move(stream), peer);
        };
        door_ = std::make_unique<http::WebDoor>(io_, std::move(settings), counters, pages_);
    }

    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    NoPages pages_;
    std::unique_ptr<Edge> edge_;
    std::unique_ptr<http::WebDoor> door_;
    std::thread thread_;
};

EndReason hung_up() {
    return {.cause = EndCause::hangup, .by = Side::gateway, .detail = {}, .sip_status = {}};
}

template <class Condition>
bool soon(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + SipRecorder::kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

struct OverTls : testing::Test {
    OverTls() : directory(std::filesystem::temp_directory_path() / ("causeway-" + random_token(12))) {
        files = http::make_self_signed(directory.string(), "gateway.test");
    }
    ~OverTls() override { std::filesystem::remove_all(directory); }

    EdgeSettings listening() const {
        EdgeSettings settings;
        settings.listen = {{*SocketAddress::parse("127.0.0.1", 0), ""}};
        settings.server = {files.certificate, files.private_key, "", ClientCertificates::off};
        return settings;
    }
    EdgeSettings connecting(std::uint16_t port, const std::string& server_name = "gateway.test") const {
        EdgeSettings settings;
        settings.trunks = {{"other", "127.0.0.1", port, server_name, {files.certificate, "", ""}}};
        settings.keep_alive = std::chrono::seconds(1);
        return settings;
    }
    static sip::OutboundInvite invite(const std::string& user, FlowId flow) {
        sip::OutboundInvite invite;
        invite.call = make_call_id();
        invite.request_uri = "sip:" + user + "@other.test;transport=tls";
        invite.from_uri = "sip:caller@gateway.test";
        invite.to_uri = "sip:" + user + "@other.test";
        invite.sdp = kSdp;
        invite.flow = flow;
        return invite;
    }

    std::filesystem::path directory;
    http::CertificateFiles files;
};

TEST_F(OverTls, a_call_goes_both_ways_by_one_connection_and_is_ended_from_each_side) {
    Station here(listening());
    Station there(connecting(here.tls_port()));
    ASSERT_TRUE(soon([&] { return there.link_is_up(); }));

    const DialogId call = there.ua.invite(invite("100", there.link()));
    const auto invited = here.seen.next(What::invite);
    ASSERT_TRUE(invited);
    EXPECT_EQ(invited->invite.transport, sip::Transport::tls);
    EXPECT_EQ(invited->invite.source.ip(), "127.0.0.1");
    ASSERT_NE(invited->invite.flow, FlowId{});
    here.ua.accept(invited->dialog, kSdp);
    EXPECT_TRUE(there.seen.next(What::answered));
    EXPECT_TRUE(here.seen.next(What::acknowledged));
    there.ua.end(call, hung_up());
    EXPECT_TRUE(here.seen.next(What::ended));

    const DialogId back = here.ua.invite(invite("200", invited->invite.flow));
    const auto called_back = there.seen.next(What::invite);
    ASSERT_TRUE(called_back);
    EXPECT_EQ(called_back->invite.flow_trunk, "other");
    there.ua.accept(called_back->dialog, kSdp);
    EXPECT_TRUE(here.seen.next(What::answered));
    EXPECT_TRUE(there.seen.next(What::acknowledged));
    there.ua.end(called_back->dialog, hung_up());
    const auto ended = here.seen.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->dialog, back);
    EXPECT_TRUE(soon([&] { return here.ua.dialog_count() + there.ua.dialog_count() == 0; }));
}

TEST_F(OverTls, a_server_whose_certificate_is_for_another_name_gets_no_call_and_the_reason_is_told) {
    Station here(listening());
    Station there(connecting(here.tls_port(), "another.test"));
    ASSERT_TRUE(soon([&] { return there.flows->fault(there.link()).find("TLS") != std::string::npos; }));
    there.ua.invite(invite("100", there.link()));
    const auto ended = there.seen.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->reason.cause, EndCause::trunk_unreachable);
    EXPECT_NE(ended->reason.detail.find("ostname mismatch"), std::string::npos) << ended->reason.detail;
    EXPECT_GE(there.count("edge_failed_handshakes"), 1U);
}

/// A certificate for these names, in OpenSSL's words: "DNS:a.test,URI:sip:b.test".
http::CertificateFiles certificate_for(const std::filesystem::path& directory, const std::string& names) {
    const CHandle<EVP_PKEY, EVP_PKEY_free> key(EVP_EC_gen("P-256"));
    const CHandle<X509, X509_free> certificate(X509_new());
    X509* const x = certificate.get();
    X509_set_version(x, 2);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    const auto* const subject = reinterpret_cast<const unsigned char*>("gateway.test");
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8, subject, -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_set_pubkey(x, key.get());
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x, x, nullptr, nullptr, 0);
    const CHandle<X509_EXTENSION, X509_EXTENSION_free> extension(
        X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, names.c_str()));
    EXPECT_EQ(X509_add_ext(x, extension.get(), -1), 1);
    EXPECT_GT(X509_sign(x, key.get(), EVP_sha256()), 0);
    http::CertificateFiles files{(directory / "own.pem").string(), (directory / "own-key.pem").string()};
    const CHandle<BIO, BIO_free_all> out(BIO_new_file(files.certificate.c_str(), "w"));
    PEM_write_bio_X509(out.get(), x);
    const CHandle<BIO, BIO_free_all> secret(BIO_new_file(files.private_key.c_str(), "w"));
    PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return files;
}

TEST_F(OverTls, a_server_is_known_by_any_of_its_certificates_names) {
    for (const char* names : {"DNS:first.test,DNS:GateWay.test,DNS:third.test",
                              "URI:sip:gateway.test,DNS:a.test", "URI:sip:first.test,URI:sip:gateway.test"}) {
        SCOPED_TRACE(names);
        files = certificate_for(directory, names);
        Station here(listening());
        Station there(connecting(here.tls_port()));
        EXPECT_TRUE(soon([&] { return there.link_is_up(); })) << there.flows->fault(there.link());
    }
}

TEST_F(OverTls, wildcards_and_what_is_no_sip_identity_make_no_server_known) {
    // The last: host names do not count beside a SIP URI, nor the subject beside other names.
    for (const char* names :
         {"DNS:*.test", "DNS:*", "URI:sips:gateway.test", "URI:sip:user@gateway.test",
          "URI:https://gateway.test", "URI:sip:other.test,DNS:gateway.test", "DNS:other.test"}) {
        SCOPED_TRACE(names);
        files = certificate_for(directory, names);
        Station here(listening());
        Station there(connecting(here.tls_port()));
        EXPECT_TRUE(soon([&] {
            return there.flows->fault(there.link()).find("mismatch") != std::string::npos;
        })) << there.flows->fault(there.link());
        EXPECT_FALSE(there.link_is_up());
    }
}

TEST_F(OverTls, a_lost_connection_is_made_again_under_the_same_name) {
    auto here = std::make_unique<Station>(listening());
    const std::uint16_t port = here->tls_port();
    Station there(connecting(port));
    const FlowId link = there.link();
    ASSERT_TRUE(soon([&] { return there.link_is_up(); }));
    here.reset();
    ASSERT_TRUE(soon([&] { return !there.link_is_up(); }));
    EXPECT_NE(there.flows->fault(link), "");
    EdgeSettings again = listening();
    again.listen.front().address = *SocketAddress::parse("127.0.0.1", port);
    here = std::make_unique<Station>(again);
    ASSERT_TRUE(soon([&] { return there.link_is_up(); }));
    EXPECT_EQ(there.link(), link);
    there.ua.invite(invite("100", link));
    EXPECT_TRUE(here->seen.next(What::invite));
}

TEST_F(OverTls, a_call_lives_on_while_the_certificate_is_read_anew) {
    Station here(listening());
    Station there(connecting(here.tls_port()));
    ASSERT_TRUE(soon([&] { return there.link_is_up(); }));
    const DialogId call = there.ua.invite(invite("100", there.link()));
    const auto invited = here.seen.next(What::invite);
    ASSERT_TRUE(invited);
    here.ua.accept(invited->dialog, kSdp);
    EXPECT_TRUE(here.seen.next(What::acknowledged));
    std::filesystem::remove(files.certificate);
    here.reload();  // cannot be used: the old one stays
    http::make_self_signed(directory.string(), "gateway.test");
    here.reload();
    here.ua.end(invited->dialog, hung_up());
    const auto ended = there.seen.next(What::ended);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->dialog, call);
    EXPECT_EQ(here.count("edge_flows_closed"), 0U);
}

TEST_F(OverTls, bytes_that_are_no_sip_end_the_connection_and_nothing_else) {
    Station here(listening());
    asio::io_context io;
    asio::ssl::context context(asio::ssl::context::tls_client);
    asio::ssl::stream<tcp::socket> peer(io, context);
    peer.next_layer().connect({asio::ip::make_address("127.0.0.1"), here.tls_port()});
    peer.handshake(asio::ssl::stream_base::client);
    asio::write(peer, asio::buffer("OPTIONS sip:a SIP/2.0\r\nContent-Length: x\r\n\r\n", 44));
    char byte = 0;
    boost::system::error_code error;
    peer.read_some(asio::buffer(&byte, 1), error);
    EXPECT_TRUE(error);
    EXPECT_TRUE(soon([&] { return here.count("edge_flows_closed") == 1; }));
}

TEST(Edge, tcp_is_only_for_its_own_connections_when_none_is_configured) {
    Station here({});
    sip::test::RawPeer stranger(here.ua.flow_entrance().port(), sip::test::RawPeer::Kind::tcp);
    stranger.send(
        "OPTIONS sip:a@$YOU SIP/2.0\nVia: SIP/2.0/TCP $ME;branch=z9hG4bK1\nFrom: <sip:x@y>;tag=1\nTo: "
        "<sip:a@b>\n"
        "Call-ID: 1\nCSeq: 1 OPTIONS\nMax-Forwards: 70\n$LENGTH\n\n");
    EXPECT_TRUE(soon([&] { return here.count("sip_unknown_connection") == 1; }));
    EXPECT_EQ(stranger.receive(std::chrono::milliseconds(300)), "");
}

using Page = beast::websocket::stream<tcp::socket>;

void open_page(Page& page, std::uint16_t port, const std::string& origin, boost::system::error_code& error) {
    page.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
    page.set_option(beast::websocket::stream_base::decorator([&](beast::websocket::request_type& request) {
        request.set(beast::http::field::sec_websocket_protocol, "sip");
        if (!origin.empty()) request.set(beast::http::field::origin, origin);
    }));
    page.handshake("127.0.0.1:" + std::to_string(port), "/", error);
}

std::string ask(Page& page, const std::string& message) {
    page.write(asio::buffer(message));
    beast::flat_buffer buffer;
    page.read(buffer);
    return beast::buffers_to_string(buffer.data());
}

TEST(Edge, a_websocket_of_subprotocol_sip_is_answered_by_the_stack_with_the_pages_own_via) {
    Station here({}, true);
    asio::io_context io;
    Page page(io);
    boost::system::error_code error;
    open_page(page, here.http_port(), "", error);
    ASSERT_FALSE(error) << error.message();
    EXPECT_EQ(ask(page, "\r\n\r\n"), "\r\n");
    const std::string answer =
        ask(page,
            "OPTIONS sip:gateway.test SIP/2.0\r\nVia: SIP/2.0/WS abc.invalid;branch=z9hG4bKabc\r\n"
            "From: <sip:alice@gateway.test>;tag=1\r\nTo: <sip:gateway.test>\r\nCall-ID: 7\r\n"
            "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("SIP/2.0 200")) << answer;
    EXPECT_NE(answer.find("\r\nVia: SIP/2.0/WS abc.invalid;branch=z9hG4bKabc;received=127.0.0.1\r\n"),
              std::string::npos)
        << answer;
}

TEST(Edge, a_page_of_a_strange_origin_gets_no_sip_either) {
    Station here({}, true);
    asio::io_context io;
    Page page(io);
    boost::system::error_code error;
    open_page(page, here.http_port(), "https://evil.example", error);
    EXPECT_EQ(error, beast::websocket::error::upgrade_declined);
    EXPECT_EQ(here.count("http_origins_refused"), 1U);
}

}  // namespace
}  // namespace causeway::edge
