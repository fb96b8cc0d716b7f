// One DTLS association over datagrams that somebody else carries: bytes and `now` go in, datagrams come out
// of a callback. Keys for SRTP are exported once it stands. Owner's thread; owns no descriptor.
// RFC 6347, RFC 5764, RFC 8122 §5, RFC 7301.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/rtp/srtp_profile.hpp"
#include "core/sdp/media_security.hpp"

namespace causeway::dtls {

class Certificate;

/// Master key and salt for each direction, as SrtpSession::make wants them. Wiped on destruction.
struct SrtpKeys {
    rtp::SrtpProfile profile{};
    std::vector<std::uint8_t> outbound;
    std::vector<std::uint8_t> inbound;

    SrtpKeys() = default;
    ~SrtpKeys();
    SrtpKeys(SrtpKeys&&) noexcept = default;
    SrtpKeys& operator=(SrtpKeys&&) noexcept = default;
};

class DtlsSession {
  public:
    enum class State : std::uint8_t { handshaking, connected, closed, failed };

    struct Settings {
        sdp::DtlsRole role = sdp::DtlsRole::server;
        std::vector<sdp::Fingerprint> peer_fingerprints;  ///< at least one of sha-256, sha-384 or sha-512
        std::string srtp_profiles;                        ///< in OpenSSL's form; "": all, the fastest first
        bool offer_alpn = true;  ///< as client: RFC 8833's `webrtc`; not for telephones
    };
    /// One datagram of at most 1200 bytes to be sent to the peer.
    using Output = std::function<void(std::span<const std::uint8_t>)>;

    /// The clock of `deadline` is that of `now`, but OpenSSL's timers look at the real one.
    static Result<DtlsSession> make(const Certificate& certificate, const Settings& settings, Output output);
    ~DtlsSession();
    DtlsSession(DtlsSession&&) noexcept;
    DtlsSession& operator=(DtlsSession&&) noexcept;

    /// There is a path to the peer: the client sends its hello, the handshake's 30 s begin.
    void start(Instant now);
    /// One datagram of the peer, also before `start`. Look at `state` afterwards.
    void input(std::span<const std::uint8_t> datagram, Instant now);
    /// When to call `on_timeout`, if at all.
    std::optional<Instant> deadline() const;
    void on_timeout(Instant now);
    /// Tells the peer by close_notify if the association stands.
    void close();

    State state() const;
    /// What went wrong, when `state` is failed.
    const std::string& failure() const;
    /// Only when `state` is connected.
    Result<SrtpKeys> export_keys() const;

  private:
    class Impl;
    explicit DtlsSession(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::dtls
