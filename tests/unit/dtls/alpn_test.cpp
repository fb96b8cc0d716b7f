// What a browser's ALPN offer does to the handshake, with a client that is not ours. RFC 8833 §3.
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/dtls/certificate.hpp"
#include "core/dtls/datagram_bio.hpp"
#include "core/dtls/dtls_session.hpp"
#include "core/dtls/openssl_handles.hpp"
#include "core/dtls/peer_check.hpp"

namespace causeway::dtls {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// In ALPN's wire form.
std::string wire(const std::vector<std::string>& protocols) {
    std::string list;
    for (const std::string& protocol : protocols) list += static_cast<char>(protocol.size()) + protocol;
    return list;
}

class AlpnTest : public ::testing::Test {
  protected:
    /// The gateway as server, a client of plain OpenSSL that offers `protocols`.
    DtlsSession::State shake_hands(const std::vector<std::string>& protocols) {
        const Instant now{};
        server.emplace(DtlsSession::make(gateway,
                                         {.role = sdp::DtlsRole::server,
                                          .peer_fingerprints = {browser.fingerprint()},
                                          .srtp_profiles = {}},
                                         [this](std::span<const std::uint8_t> datagram) {
                                             to_client.emplace_back(datagram.begin(), datagram.end());
                                         })
                           .value());
        pipe.outgoing = [this](std::span<const std::uint8_t> datagram) {
            to_server.emplace_back(datagram.begin(), datagram.end());
        };
        client.reset(SSL_new(browser.context()));
        BIO* const bio = make_datagram_bio(pipe);
        SSL_set_bio(client.get(), bio, bio);
        SSL_set_app_data(client.get(), &check);
        SSL_set_mtu(client.get(), kDatagramMtu);
        SSL_set_connect_state(client.get());
        const std::string list = wire(protocols);
        SSL_set_alpn_protos(client.get(), reinterpret_cast<const unsigned char*>(list.data()),
                            static_cast<unsigned>(list.size()));
        SSL_do_handshake(client.get());
        while (!to_server.empty() || !to_client.empty()) {
            if (!to_server.empty()) {
                const Bytes datagram = std::move(to_server.front());
                to_server.pop_front();
                server->input(datagram, now);
            }
            if (!to_client.empty()) {
                const Bytes datagram = std::move(to_client.front());
                to_client.pop_front();
                pipe.incoming = datagram;
                SSL_do_handshake(client.get());
                pipe.incoming = {};
            }
        }
        return server->state();
    }
    std::string selected() const {
        const unsigned char* name = nullptr;
        unsigned int size = 0;
        SSL_get0_alpn_selected(client.get(), &name, &size);
        return {name, name + size};
    }

    Certificate gateway;
    Certificate browser;
    PeerCheck check = PeerCheck::make({gateway.fingerprint()}).value();
    DatagramPipe pipe;
    SslHandle client;
    std::optional<DtlsSession> server;
    std::deque<Bytes> to_server;
    std::deque<Bytes> to_client;
};

TEST_F(AlpnTest, a_client_without_alpn_is_welcome_as_chromium_is) {
    EXPECT_EQ(shake_hands({}), DtlsSession::State::connected);
    EXPECT_EQ(selected(), "");
}

TEST_F(AlpnTest, of_firefoxs_two_protocols_webrtc_is_taken) {
    EXPECT_EQ(shake_hands({"webrtc", "c-webrtc"}), DtlsSession::State::connected);
    EXPECT_EQ(selected(), "webrtc");
    EXPECT_EQ(shake_hands({"c-webrtc", "webrtc"}), DtlsSession::State::connected);
    EXPECT_EQ(selected(), "webrtc");
}

TEST_F(AlpnTest, confidential_media_alone_is_refused) {
    EXPECT_EQ(shake_hands({"c-webrtc"}), DtlsSession::State::failed);
    EXPECT_NE(server->failure().find("no application protocol"), std::string::npos) << server->failure();
    EXPECT_FALSE(server->export_keys());
}

TEST_F(AlpnTest, a_foreign_protocol_is_refused) {
    EXPECT_EQ(shake_hands({"h2"}), DtlsSession::State::failed);
}

}  // namespace
}  // namespace causeway::dtls
