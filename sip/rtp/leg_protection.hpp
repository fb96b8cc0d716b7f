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
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/counters.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/key_identifier.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "core/rtp/srtp_session.hpp"
#include "core/sdp/media_security.hpp"

namespace causeway {
class Footprint;
}
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
    /// When keys change, packets that are still on their way are opened with the old ones for a moment; new
    /// keys of a handshake replace the old ones when it is done.
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

    /// What the two for RTP touch.
    void add_receiving_to(Footprint& footprint) const;
    void add_sending_to(Footprint& footprint) const;

    /// "SRTP_AEAD_AES_128_GCM" and so on; "" while nothing is encrypted.
    std::string_view profile() const;

  private:
    using Bytes = std::vector<std::uint8_t>;
    /// A key of the peer.
    struct Hearing {
        rtp::SrtpProfile profile{};
        rtp::SrtpSession session;
        Bytes identifier;

        bool opens(rtp::PacketBuffer& packet, rtp::PacketPart part);
        bool unprotect(rtp::PacketBuffer& packet, rtp::PacketPart part);
    };
    /// A key of ours that was in use, and how far its packets were counted.
    struct Rested {
        rtp::SrtpProfile profile{};
        sdp::SecretKey key;
        rtp::SrtpSession session;
    };

    void key(rtp::SrtpProfile profile, std::span<const std::uint8_t> send,
             std::span<const std::uint8_t> receive);
    void key_sending(rtp::SrtpProfile profile, std::span<const std::uint8_t> key);
    void key_receiving(rtp::SrtpProfile profile, std::span<const std::uint8_t> key);
    /// Our own key is not used from now on.
    void rest_sending();
    /// The peer's key is not used from now on; for a moment, packets with it are still opened.
    void retire_receiving();
    void make_dtls();
    void after_dtls(Instant now);
    void fail(const std::string& detail);
    /// Keys are there; else the packet is dropped and counted.
    bool ready(bool keyed);
    /// Is the packet of one of the keys that it may be of? If not, it stays as it was.
    bool opened_by_any(rtp::PacketBuffer& packet, rtp::PacketPart part);
    bool protect(rtp::PacketBuffer& packet, rtp::PacketPart part);
    bool unprotect(rtp::PacketBuffer& packet, rtp::PacketPart part);

    // Given.
    EventLoop& loop_;
    const dtls::Certificate* certificate_;
    Counters& counters_;
    Output output_;
    Failed failed_;
    Counter& no_keys_;
    // Owned.
    std::unique_ptr<dtls::DtlsSession> dtls_;
    Timer dtls_timer_;
    std::optional<Hearing> inbound_;
    std::optional<rtp::SrtpSession> outbound_;
    /// The new key of the peer, in case that it goes on counting roll-overs; until it has shown which.
    std::optional<Hearing> continued_;
    std::optional<Hearing> before_;  ///< the peer's old key
    std::vector<Rested> rested_;     ///< oldest first
    // State.
    sdp::AgreedTransport agreed_;
    std::optional<rtp::SrtpProfile> profile_;
    sdp::SecretKey sending_key_;  ///< of SDES
    Bytes sending_identifier_;
    Instant before_until_{};
    bool awaits_keys_ = false;  ///< the handshake is under way
    bool over_ = false;         ///< the handshake failed: nothing is sent or believed any more
};

}  // namespace causeway::sip
