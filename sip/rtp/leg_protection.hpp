// What stands between a SIP leg's sockets and its media: SRTP with keys out of the SDP or of a DTLS
// handshake, or nothing. On the leg's media thread. RFC 4568, RFC 5763, RFC 5764.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/counters.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/srtp_session.hpp"
#include "core/sdp/media_security.hpp"

namespace causeway::dtls {
class Certificate;
class DtlsSession;
}  // namespace causeway::dtls

namespace causeway::sip {

class LegProtection {
  public:
    /// One datagram of a handshake, for the peer.
    using Output = std::function<void(std::span<const std::uint8_t>)>;
    using Failed = std::function<void(const std::string& detail)>;

    /// `certificate` may be null where no DTLS is ever agreed.
    LegProtection(EventLoop& loop, const dtls::Certificate* certificate, Counters& counters, Output output,
                  Failed failed);
    ~LegProtection();
    LegProtection(const LegProtection&) = delete;
    LegProtection& operator=(const LegProtection&) = delete;

    /// May come again. What did not change goes on: counters, replay windows, an association that stands.
    void agree(const sdp::AgreedTransport& agreed);
    sdp::Protection kind() const { return agreed_.protection; }
    /// There is a way to the peer: a handshake may begin.
    void on_path(Instant now);
    void on_dtls(std::span<const std::uint8_t> datagram, Instant now);

    /// In place. False (and a counter): the packet is spent and goes no further.
    bool protect_rtp(rtp::PacketBuffer& packet);
    bool protect_rtcp(rtp::PacketBuffer& packet);
    bool unprotect_rtp(rtp::PacketBuffer& packet);
    bool unprotect_rtcp(rtp::PacketBuffer& packet);

    /// "SRTP_AEAD_AES_128_GCM" and so on; "" while nothing is encrypted.
    std::string_view profile() const;

  private:
    void key(rtp::SrtpProfile profile, std::span<const std::uint8_t> send,
             std::span<const std::uint8_t> receive);
    void make_dtls();
    void after_dtls(Instant now);
    /// Keys are there; else the packet is dropped and counted.
    bool ready(const std::optional<rtp::SrtpSession>& session);

    // Given.
    const dtls::Certificate* certificate_;
    Counters& counters_;
    Output output_;
    Failed failed_;
    Counter& no_keys_;
    // Owned.
    std::unique_ptr<dtls::DtlsSession> dtls_;
    Timer dtls_timer_;
    std::optional<rtp::SrtpSession> inbound_;
    std::optional<rtp::SrtpSession> outbound_;
    // State.
    sdp::AgreedTransport agreed_;
    std::optional<rtp::SrtpProfile> profile_;
    bool over_ = false;  ///< the handshake failed: nothing is sent or believed any more
};

}  // namespace causeway::sip
