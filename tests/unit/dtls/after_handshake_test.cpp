// What stands in for OpenSSL's SSL after the handshake, against an SSL that is still there.
#include "core/dtls/after_handshake.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "core/dtls/certificate.hpp"
#include "core/dtls/datagram_bio.hpp"
#include "core/dtls/dtls_session.hpp"
#include "core/dtls/peer_check.hpp"

namespace causeway::dtls {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;
using State = DtlsSession::State;

constexpr const char* kCiphers[] = {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                                    "ECDHE-ECDSA-CHACHA20-POLY1305"};

class AfterHandshakeTest : public ::testing::TestWithParam<const char*> {
  protected:
    void connect(sdp::DtlsRole our_role) {
        const bool peer_is_client = our_role == sdp::DtlsRole::server;
        session.emplace(DtlsSession::make(our_certificate,
                                          {.role = our_role,
                                           .peer_fingerprints = {peer_certificate.fingerprint()},
                                           .srtp_profiles = {}},
                                          [this](std::span<const std::uint8_t> datagram) {
                                              to_peer.emplace_back(datagram.begin(), datagram.end());
                                          })
                            .value());
        check.emplace(PeerCheck::make({our_certificate.fingerprint()}).value());
        pipe.outgoing = [this](std::span<const std::uint8_t> datagram) {
            to_us.emplace_back(datagram.begin(), datagram.end());
        };
        peer.reset(SSL_new(peer_certificate.context()));
        BIO* const bio = make_datagram_bio(pipe);
        SSL_set_bio(peer.get(), bio, bio);
        SSL_set_app_data(peer.get(), &*check);
        SSL_set_cipher_list(peer.get(), GetParam());
        SSL_set_mtu(peer.get(), kDatagramMtu);
        peer_is_client ? SSL_set_connect_state(peer.get()) : SSL_set_accept_state(peer.get());
        SSL_do_handshake(peer.get());
        session->start(now);
        exchange();
    }

    void exchange() {
        while (!to_us.empty() || !to_peer.empty()) {
            if (!to_us.empty()) {
                latest_to_us = std::move(to_us.front());
                to_us.pop_front();
                session->input(latest_to_us, now);
            }
            if (!to_peer.empty()) {
                const Bytes datagram = std::move(to_peer.front());
                to_peer.pop_front();
                // Our last flight is lost so often.
                if (datagram[0] == SSL3_RT_CHANGE_CIPHER_SPEC && last_flights_to_lose-- > 0) continue;
                hear(datagram);
            }
        }
    }

    void hear(Bytes datagram) {
        heard = std::move(datagram);
        pipe.incoming = heard;
        if (SSL_is_init_finished(peer.get()) == 0) SSL_do_handshake(peer.get());
    }

    int read() {
        std::array<char, 64> bytes{};
        return SSL_get_error(peer.get(), SSL_read(peer.get(), bytes.data(), bytes.size()));
    }

    const Instant now = Instant{} + 1h;
    Certificate our_certificate;
    Certificate peer_certificate;
    std::optional<DtlsSession> session;
    std::optional<PeerCheck> check;
    DatagramPipe pipe;
    SslHandle peer;
    std::deque<Bytes> to_us;
    Bytes latest_to_us;
    Bytes heard;  ///< waits in the pipe
    std::deque<Bytes> to_peer;
    int last_flights_to_lose = 0;
};

TEST_P(AfterHandshakeTest, our_close_notify_is_understood) {
    for (const sdp::DtlsRole role : {sdp::DtlsRole::server, sdp::DtlsRole::client}) {
        connect(role);
        ASSERT_EQ(session->state(), State::connected) << session->failure();
        ASSERT_EQ(read(), SSL_ERROR_WANT_READ);
        session->close();
        ASSERT_EQ(to_peer.size(), 1U);
        exchange();
        EXPECT_EQ(read(), SSL_ERROR_ZERO_RETURN);
    }
}

TEST_P(AfterHandshakeTest, the_peers_close_notify_closes) {
    for (const sdp::DtlsRole role : {sdp::DtlsRole::server, sdp::DtlsRole::client}) {
        connect(role);
        SSL_shutdown(peer.get());
        exchange();
        EXPECT_EQ(session->state(), State::closed);
    }
}

TEST_P(AfterHandshakeTest, a_forged_close_notify_closes_nothing) {
    connect(sdp::DtlsRole::server);
    SSL_shutdown(peer.get());
    ASSERT_EQ(to_us.size(), 1U);
    const Bytes sent = to_us.front();
    for (std::size_t i = 13; i < sent.size(); ++i) {
        Bytes forged = sent;
        forged[i] ^= 1;
        session->input(forged, now);
        EXPECT_EQ(session->state(), State::connected) << "byte " << i;
    }
    exchange();
    EXPECT_EQ(session->state(), State::closed);
}

TEST_P(AfterHandshakeTest, a_lost_last_flight_is_sent_again) {
    last_flights_to_lose = 2;
    connect(sdp::DtlsRole::server);
    ASSERT_EQ(session->state(), State::connected);
    for (int lost = 0; lost < 2; ++lost) {
        ASSERT_EQ(SSL_is_init_finished(peer.get()), 0);
        // What the peer does when its timer ends.
        to_us.push_back(latest_to_us);
        exchange();
    }
    EXPECT_EQ(SSL_is_init_finished(peer.get()), 1);
    session->close();
    exchange();
    EXPECT_EQ(read(), SSL_ERROR_ZERO_RETURN);
}

TEST_P(AfterHandshakeTest, who_asks_for_the_last_flight_for_ever_gets_it_a_few_times) {
    connect(sdp::DtlsRole::server);
    const Bytes finished{SSL3_RT_HANDSHAKE, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0};
    for (int i = 0; i < 1000; ++i) session->input(finished, now);
    EXPECT_GT(to_peer.size(), 0U);
    EXPECT_LT(to_peer.size(), 20U);
    EXPECT_EQ(session->state(), State::connected);
}

TEST_P(AfterHandshakeTest, what_is_cut_or_of_another_epoch_is_nothing) {
    connect(sdp::DtlsRole::server);
    SSL_shutdown(peer.get());
    const Bytes sent = to_us.front();
    for (std::size_t size = 0; size < sent.size(); ++size) {
        session->input(std::span(sent).first(size), now);
        EXPECT_EQ(session->state(), State::connected) << size << " bytes";
    }
    Bytes of_another_epoch = sent;
    of_another_epoch[4] = 2;
    session->input(of_another_epoch, now);
    EXPECT_EQ(session->state(), State::connected);
}

INSTANTIATE_TEST_SUITE_P(Ciphers, AfterHandshakeTest, ::testing::ValuesIn(kCiphers));

}  // namespace
}  // namespace causeway::dtls
