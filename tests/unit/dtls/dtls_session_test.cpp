#include "core/dtls/dtls_session.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>

#include "core/dtls/certificate.hpp"

namespace causeway::dtls {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::uint8_t>;
using State = DtlsSession::State;

/// One end with its own certificate; what it sends waits in `out`.
struct End {
    DtlsSession& make(sdp::DtlsRole role, const sdp::Fingerprint& peer, const std::string& profiles = "") {
        session.emplace(
            DtlsSession::make(certificate,
                              {.role = role, .peer_fingerprints = {peer}, .srtp_profiles = profiles},
                              [this](std::span<const std::uint8_t> datagram) {
                                  out.emplace_back(datagram.begin(), datagram.end());
                              })
                .value());
        return *session;
    }
    DtlsSession* operator->() { return &*session; }

    Certificate certificate;
    std::optional<DtlsSession> session;
    std::deque<Bytes> out;
};

class DtlsSessionTest : public ::testing::Test {
  protected:
    void make(const std::string& client_profiles = "", const std::string& server_profiles = "") {
        client.make(sdp::DtlsRole::client, server.certificate.fingerprint(), client_profiles);
        server.make(sdp::DtlsRole::server, client.certificate.fingerprint(), server_profiles);
    }
    void deliver_all() {
        while (!client.out.empty() || !server.out.empty()) {
            deliver_one(client, server);
            deliver_one(server, client);
        }
    }
    void deliver_one(End& from, End& to) {
        if (from.out.empty()) return;
        const Bytes datagram = std::move(from.out.front());
        from.out.pop_front();
        longest = std::max(longest, datagram.size());
        to->input(datagram, now);
    }
    void connect() {
        client->start(now);
        server->start(now);
        deliver_all();
    }

    const Instant now = Instant{} + 1h;
    End client;
    End server;
    std::size_t longest = 0;
};

TEST_F(DtlsSessionTest, both_ends_export_the_same_keys_crosswise) {
    make();
    connect();
    ASSERT_EQ(client->state(), State::connected) << client->failure();
    ASSERT_EQ(server->state(), State::connected) << server->failure();
    const auto of_client = client->export_keys();
    const auto of_server = server->export_keys();
    ASSERT_TRUE(of_client);
    ASSERT_TRUE(of_server);
    EXPECT_EQ(of_client->outbound, of_server->inbound);
    EXPECT_EQ(of_client->inbound, of_server->outbound);
    EXPECT_NE(of_client->inbound, of_client->outbound);
    EXPECT_EQ(of_client->profile, rtp::SrtpProfile::aead_aes_128_gcm);
    EXPECT_LE(longest, 1200U);
}

TEST_F(DtlsSessionTest, each_profile_can_be_agreed_with_keys_of_its_length) {
    for (const auto profile : rtp::kSrtpProfiles) {
        make(std::string(to_string(profile)));
        connect();
        const auto keys = server->export_keys();
        ASSERT_TRUE(keys) << to_string(profile) << server->failure();
        EXPECT_EQ(keys->profile, profile);
        EXPECT_EQ(keys->inbound.size(), key_and_salt_length(profile));
        client.out.clear();
        server.out.clear();
    }
}

TEST_F(DtlsSessionTest, without_a_common_srtp_profile_there_is_no_association) {
    make("SRTP_AEAD_AES_128_GCM", "SRTP_AES128_CM_SHA1_80");
    connect();
    EXPECT_EQ(client->state(), State::failed);
    EXPECT_NE(client->failure().find("SRTP"), std::string::npos);
    EXPECT_FALSE(client->export_keys());
}

TEST_F(DtlsSessionTest, a_server_with_a_wrong_certificate_is_refused) {
    const Certificate other;
    client.make(sdp::DtlsRole::client, other.fingerprint());
    server.make(sdp::DtlsRole::server, client.certificate.fingerprint());
    connect();
    EXPECT_EQ(client->state(), State::failed);
    EXPECT_NE(client->failure().find("fingerprint"), std::string::npos);
    // It is told by an alert.
    EXPECT_EQ(server->state(), State::failed);
    EXPECT_FALSE(client->export_keys());
}

TEST_F(DtlsSessionTest, a_client_with_a_wrong_certificate_is_refused) {
    const Certificate other;
    client.make(sdp::DtlsRole::client, server.certificate.fingerprint());
    server.make(sdp::DtlsRole::server, other.fingerprint());
    connect();
    EXPECT_EQ(server->state(), State::failed);
    EXPECT_NE(server->failure().find("fingerprint"), std::string::npos);
    EXPECT_FALSE(server->export_keys());
}

TEST_F(DtlsSessionTest, a_peer_without_a_usable_fingerprint_is_an_error_before_anything_is_sent) {
    const auto made = DtlsSession::make(
        client.certificate,
        {.role = sdp::DtlsRole::client, .peer_fingerprints = {{"sha-1", Bytes(20, 7)}}, .srtp_profiles = {}},
        [](std::span<const std::uint8_t>) { FAIL(); });
    EXPECT_FALSE(made);
}

TEST_F(DtlsSessionTest, each_flight_may_come_twice) {
    make();
    client->start(now);
    server->start(now);
    while (!client.out.empty() || !server.out.empty()) {
        for (auto [from, to] : {std::pair{&client, &server}, std::pair{&server, &client}}) {
            if (from->out.empty()) continue;
            const Bytes datagram = from->out.front();
            from->out.pop_front();
            (*to)->input(datagram, now);
            (*to)->input(datagram, now);
        }
    }
    EXPECT_EQ(client->state(), State::connected);
    EXPECT_EQ(server->state(), State::connected);
}

TEST_F(DtlsSessionTest, garbage_in_between_changes_nothing) {
    make();
    client->start(now);
    server->start(now);
    const std::vector<Bytes> garbage{{22},          {22, 0xFE, 0xFD},
                                     Bytes(60, 22), Bytes(1400, 63),
                                     Bytes(13, 20), {23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 1, 0xFF, 0xFF}};
    while (!client.out.empty() || !server.out.empty()) {
        for (const Bytes& datagram : garbage) {
            client->input(datagram, now);
            server->input(datagram, now);
        }
        deliver_one(client, server);
        deliver_one(server, client);
    }
    EXPECT_EQ(client->state(), State::connected) << client->failure();
    EXPECT_EQ(server->state(), State::connected) << server->failure();
    for (const Bytes& datagram : garbage) server->input(datagram, now);
    EXPECT_EQ(server->state(), State::connected) << server->failure();
}

TEST_F(DtlsSessionTest, a_client_hello_in_two_records_is_understood) {
    make();
    client->start(now);
    // Chromium and Firefox send hellos of 1400 bytes: split ours as they do (RFC 6347 §4.2.3).
    const Bytes hello = client.out.front();
    client.out.pop_front();
    constexpr std::size_t record = 13;
    constexpr std::size_t handshake = 12;
    const std::size_t body = hello.size() - record - handshake;
    const auto fragment = [&](std::size_t offset, std::size_t size, std::uint8_t sequence) {
        Bytes out(record + handshake + size);
        std::copy_n(hello.begin(), record + handshake, out.begin());
        out[10] = sequence;
        const auto put = [&](std::size_t at, std::size_t value, int bytes) {
            while (bytes-- > 0) out[at++] = static_cast<std::uint8_t>(value >> (8 * bytes));
        };
        put(11, size + handshake, 2);
        put(record + 6, offset, 3);
        put(record + 9, size, 3);
        const auto from = hello.begin() + static_cast<std::ptrdiff_t>(record + handshake + offset);
        std::copy_n(from, size, out.begin() + static_cast<std::ptrdiff_t>(record + handshake));
        return out;
    };
    server->input(fragment(body / 2, body - body / 2, 0), now);
    EXPECT_TRUE(server.out.empty());
    // A record number that the rest of the handshake does not use.
    server->input(fragment(0, body / 2, 40), now);
    EXPECT_FALSE(server.out.empty());
    deliver_all();
    EXPECT_EQ(server->state(), State::connected) << server->failure();
}

TEST_F(DtlsSessionTest, the_first_retransmission_is_due_after_a_tenth_of_a_second) {
    make();
    EXPECT_FALSE(client->deadline());
    client->start(now);
    ASSERT_TRUE(client->deadline());
    EXPECT_GT(*client->deadline() - now, 50ms);
    EXPECT_LE(*client->deadline() - now, 100ms);
}

TEST_F(DtlsSessionTest, a_handshake_that_nobody_answers_fails_after_thirty_seconds) {
    make();
    client->start(now);
    server->start(now);
    EXPECT_EQ(*server->deadline(), now + 30s);
    server->on_timeout(now + 30s);
    EXPECT_EQ(server->state(), State::failed);
    client->on_timeout(now + 30s);
    EXPECT_EQ(client->state(), State::failed);
    EXPECT_FALSE(client->deadline());
}

TEST_F(DtlsSessionTest, closing_tells_the_peer) {
    make();
    connect();
    client->close();
    EXPECT_EQ(client->state(), State::closed);
    deliver_all();
    EXPECT_EQ(server->state(), State::closed);
    EXPECT_FALSE(server->export_keys());
}

TEST_F(DtlsSessionTest, when_it_stands_no_timer_runs) {
    make();
    connect();
    EXPECT_FALSE(client->deadline());
    EXPECT_FALSE(server->deadline());
}

}  // namespace
}  // namespace causeway::dtls
