#include "core/dtls/dtls_session.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "core/dtls/after_handshake.hpp"
#include "core/dtls/certificate.hpp"
#include "core/dtls/datagram_bio.hpp"
#include "core/dtls/dtls_context.hpp"
#include "core/dtls/openssl_handles.hpp"
#include "core/dtls/peer_check.hpp"

namespace causeway::dtls {
namespace {

constexpr Duration kHandshakeTime = std::chrono::seconds(30);
// RFC 6347 §4.2.4.1 says 1 s; a call's caller waits meanwhile and the path's delay is known to be small.
constexpr unsigned kFirstRetransmission = 100'000;
constexpr unsigned kLastRetransmission = 3'000'000;
constexpr std::string_view kExporterLabel = "EXTRACTOR-dtls_srtp";  // RFC 5764 §4.2

unsigned next_retransmission(SSL*, unsigned previous) {
    return previous == 0 ? kFirstRetransmission : std::min(previous * 2, kLastRetransmission);
}

}  // namespace

SrtpKeys::~SrtpKeys() {
    OPENSSL_cleanse(outbound.data(), outbound.size());
    OPENSSL_cleanse(inbound.data(), inbound.size());
}

class DtlsSession::Impl {
  public:
    Impl(PeerCheck check, sdp::DtlsRole role, Output output)
        : output_(std::move(output)), check_(std::move(check)), role_(role) {
        pipe_.outgoing = [this](std::span<const std::uint8_t> datagram) {
            last_flight_.insert(last_flight_.end(), datagram.begin(), datagram.end());
            output_(datagram);
        };
    }
    ~Impl() { OPENSSL_cleanse(keying_material_.data(), keying_material_.size()); }

    Result<void> set_up(const Certificate& certificate, const Settings& settings);
    void start(Instant now);
    void input(std::span<const std::uint8_t> datagram, Instant now);
    std::optional<Instant> deadline() const;
    void on_timeout(Instant now);
    void close();
    Result<SrtpKeys> export_keys() const;

    State state() const { return state_; }
    const std::string& failure() const { return failure_; }

  private:
    bool over() const { return state_ == State::closed || state_ == State::failed; }
    void shake_hands();
    void finish_handshake();
    void read();
    void rest();
    void input_after(std::span<const std::uint8_t> datagram);
    void look_at_timer(Instant now);
    void fail(std::string_view what);

    // Given.
    const Output output_;

    // Owned.
    PeerCheck check_;
    DatagramPipe pipe_;
    SslHandle ssl_;  ///< null once `after_` stands in for it
    std::optional<AfterHandshake> after_;

    // State.
    const sdp::DtlsRole role_;
    State state_ = State::handshaking;
    std::vector<std::uint8_t> last_flight_;  ///< since the last datagram came
    rtp::SrtpProfile profile_{};
    std::array<std::uint8_t, 2 * (32 + 14)> keying_material_{};
    std::string failure_;
    std::optional<Instant> give_up_;
    std::optional<Instant> retransmission_;
};

Result<void> DtlsSession::Impl::set_up(const Certificate& certificate, const Settings& settings) {
    ssl_.reset(SSL_new(certificate.context()));
    BIO* const bio = ssl_ == nullptr ? nullptr : make_datagram_bio(pipe_);
    if (bio == nullptr) return Error{"OpenSSL: " + drain_openssl_errors()};
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_app_data(ssl_.get(), &check_);
    SSL_set_mtu(ssl_.get(), kDatagramMtu);
    DTLS_set_timer_cb(ssl_.get(), next_retransmission);
    // Both return 0 on success.
    if (!settings.srtp_profiles.empty() &&
        SSL_set_tlsext_use_srtp(ssl_.get(), settings.srtp_profiles.c_str()) != 0) {
        return Error{"OpenSSL: " + drain_openssl_errors()};
    }
    if (role_ == sdp::DtlsRole::server) {
        SSL_set_accept_state(ssl_.get());
    } else {
        SSL_set_connect_state(ssl_.get());
        if (settings.offer_alpn && SSL_set_alpn_protos(ssl_.get(), kAlpnWebrtc, sizeof kAlpnWebrtc) != 0) {
            return Error{"OpenSSL: " + drain_openssl_errors()};
        }
    }
    return {};
}

void DtlsSession::Impl::start(Instant now) {
    if (over() || give_up_) return;
    give_up_ = now + kHandshakeTime;
    if (state_ == State::handshaking) shake_hands();
    look_at_timer(now);
}

void DtlsSession::Impl::input(std::span<const std::uint8_t> datagram, Instant now) {
    if (over()) return;
    if (after_) return input_after(datagram);
    last_flight_.clear();
    SSL_alloc_buffers(ssl_.get());
    pipe_.incoming = datagram;
    if (state_ == State::handshaking) shake_hands();
    if (state_ == State::connected) read();
    pipe_.incoming = {};
    look_at_timer(now);
    rest();
}

void DtlsSession::Impl::rest() {
    if (state_ != State::connected || retransmission_) return;
    // Nothing but an alert is to come, and a repeated flight.
    const bool we_ended_it = role_ == sdp::DtlsRole::server;
    after_ = AfterHandshake::take(ssl_.get(), we_ended_it,
                                  we_ended_it ? std::move(last_flight_) : std::vector<std::uint8_t>());
    last_flight_ = {};
    if (after_) {
        ssl_.reset();
    } else {
        SSL_free_buffers(ssl_.get());  // 14 kB of its 36
    }
}

void DtlsSession::Impl::input_after(std::span<const std::uint8_t> datagram) {
    switch (after_->input(datagram)) {
        case AfterHandshake::Heard::nothing:
            return;
        case AfterHandshake::Heard::repeated_flight:
            if (const auto flight = after_->last_flight(); !flight.empty()) output_(flight);
            return;
        case AfterHandshake::Heard::close_notify:
            state_ = State::closed;
            return;
        case AfterHandshake::Heard::fatal_alert:
            return fail("DTLS: the peer sent a fatal alert");
    }
}

void DtlsSession::Impl::shake_hands() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) return finish_handshake();
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
    if (check_.refused()) {
        drain_openssl_errors();
        return fail("the certificate is not the one that the SDP's fingerprint announced");
    }
    fail("DTLS handshake: " + drain_openssl_errors());
}

void DtlsSession::Impl::finish_handshake() {
    if (!check_.accepted()) return fail("the peer showed no certificate");
    const SRTP_PROTECTION_PROFILE* const chosen = SSL_get_selected_srtp_profile(ssl_.get());
    if (chosen == nullptr) return fail("no common SRTP profile");
    const auto profile = rtp::srtp_profile_from_name(chosen->name);
    if (!profile) return fail(std::string("unknown SRTP profile ") + chosen->name);
    profile_ = *profile;
    const std::size_t size = 2 * (rtp::key_length(profile_) + rtp::salt_length(profile_));
    if (SSL_export_keying_material(ssl_.get(), keying_material_.data(), size, kExporterLabel.data(),
                                   kExporterLabel.size(), nullptr, 0, 0) != 1) {
        return fail("cannot export SRTP keys: " + drain_openssl_errors());
    }
    state_ = State::connected;
}

void DtlsSession::Impl::read() {
    std::array<std::uint8_t, 2048> ignored;
    int got = 0;
    ERR_clear_error();
    do got = SSL_read(ssl_.get(), ignored.data(), static_cast<int>(ignored.size()));
    while (got > 0);
    const int error = SSL_get_error(ssl_.get(), got);
    if (error == SSL_ERROR_ZERO_RETURN) {
        state_ = State::closed;
    } else if (error == SSL_ERROR_SSL) {
        fail("DTLS: " + drain_openssl_errors());
    }
}

void DtlsSession::Impl::look_at_timer(Instant now) {
    timeval left{};
    retransmission_.reset();
    if (over() || after_ || DTLSv1_get_timeout(ssl_.get(), &left) != 1) return;
    // OpenSSL counts a timer as over up to 15 ms early; a little late is never wrong.
    retransmission_ = now + std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
}

std::optional<Instant> DtlsSession::Impl::deadline() const {
    if (over()) return std::nullopt;
    if (state_ == State::connected || !give_up_) return retransmission_;
    return retransmission_ ? std::min(*retransmission_, *give_up_) : *give_up_;
}

void DtlsSession::Impl::on_timeout(Instant now) {
    if (over()) return;
    if (state_ == State::handshaking && give_up_ && now >= *give_up_) {
        return fail("DTLS handshake not done within 30 s");
    }
    if (after_) return;
    SSL_alloc_buffers(ssl_.get());
    ERR_clear_error();
    if (DTLSv1_handle_timeout(ssl_.get()) < 0) return fail("DTLS: " + drain_openssl_errors());
    look_at_timer(now);
}

void DtlsSession::Impl::close() {
    if (state_ == State::connected && after_) {
        if (const auto datagram = after_->close_notify(); !datagram.empty()) output_(datagram);
    } else if (state_ == State::connected) {
        SSL_alloc_buffers(ssl_.get());
        ERR_clear_error();
        SSL_shutdown(ssl_.get());
        drain_openssl_errors();
    }
    if (!over()) state_ = State::closed;
}

void DtlsSession::Impl::fail(std::string_view what) {
    state_ = State::failed;
    failure_ = what;
}

Result<SrtpKeys> DtlsSession::Impl::export_keys() const {
    if (state_ != State::connected) return Error{"DTLS is not connected"};
    // RFC 5764 §4.2: client's key, server's key, client's salt, server's salt.
    const std::size_t key = rtp::key_length(profile_);
    const std::size_t salt = rtp::salt_length(profile_);
    const std::span<const std::uint8_t> used(keying_material_);
    const auto side = [&](std::size_t index) {
        const auto its_key = used.subspan(index * key, key);
        const auto its_salt = used.subspan(2 * key + index * salt, salt);
        std::vector<std::uint8_t> joined;
        joined.reserve(key + salt);
        joined.insert(joined.end(), its_key.begin(), its_key.end());
        joined.insert(joined.end(), its_salt.begin(), its_salt.end());
        return joined;
    };
    SrtpKeys keys;
    keys.profile = profile_;
    keys.outbound = side(role_ == sdp::DtlsRole::client ? 0 : 1);
    keys.inbound = side(role_ == sdp::DtlsRole::client ? 1 : 0);
    return keys;
}

DtlsSession::DtlsSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DtlsSession::~DtlsSession() = default;
DtlsSession::DtlsSession(DtlsSession&&) noexcept = default;
DtlsSession& DtlsSession::operator=(DtlsSession&&) noexcept = default;

Result<DtlsSession> DtlsSession::make(const Certificate& certificate, const Settings& settings,
                                      Output output) {
    auto check = PeerCheck::make(settings.peer_fingerprints);
    if (!check) return check.error();
    auto impl = std::make_unique<Impl>(std::move(*check), settings.role, std::move(output));
    if (auto done = impl->set_up(certificate, settings); !done) return done.error();
    return DtlsSession(std::move(impl));
}

void DtlsSession::start(Instant now) {
    impl_->start(now);
}
void DtlsSession::input(std::span<const std::uint8_t> datagram, Instant now) {
    impl_->input(datagram, now);
}
std::optional<Instant> DtlsSession::deadline() const {
    return impl_->deadline();
}
void DtlsSession::on_timeout(Instant now) {
    impl_->on_timeout(now);
}
void DtlsSession::close() {
    impl_->close();
}
DtlsSession::State DtlsSession::state() const {
    return impl_->state();
}
const std::string& DtlsSession::failure() const {
    return impl_->failure();
}
Result<SrtpKeys> DtlsSession::export_keys() const {
    return impl_->export_keys();
}

}  // namespace causeway::dtls
