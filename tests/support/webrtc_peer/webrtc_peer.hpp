// The other side of a browser leg for tests: offers, controls ICE, nominates, speaks DTLS and SRTP. ICE is
// libnice driven directly, not the gateway's own agent. On the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/counters.hpp"
#include "core/dtls/certificate.hpp"
#include "core/dtls/dtls_session.hpp"
#include "core/loop/event_loop.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::test {

using Bytes = std::vector<std::uint8_t>;

struct PeerSettings {
    std::vector<std::string> addresses{"127.0.0.1"};
    std::string setup = "actpass";
    std::string srtp_profiles;                     ///< "": all
    const dtls::Certificate* announced = nullptr;  ///< another certificate's fingerprint in the offer
    bool trickle = false;                          ///< false: candidates are in the offer
};

/// An RTP packet of payload type 111 in clear.
Bytes rtp_packet(std::uint16_t sequence, std::string_view payload, std::uint32_t ssrc = 0x1234);
std::string payload_of(const rtp::PacketBuffer& packet);

class WebrtcPeer {
  public:
    WebrtcPeer(EventLoop& loop, const dtls::Certificate& certificate, PeerSettings settings = {});
    ~WebrtcPeer();
    WebrtcPeer(const WebrtcPeer&) = delete;
    WebrtcPeer& operator=(const WebrtcPeer&) = delete;

    /// SDP of the offer.
    std::string offer() const;
    void accept(const std::string& answer);
    /// New ICE credentials for the next `offer` (RFC 8445 §9).
    void restart_ice();
    /// The answer to a further offer: nothing of DTLS begins anew.
    void accept_again(const std::string& answer);
    void add_remote_candidate(const std::string& candidate);
    void close_dtls();

    /// True when SRTP is keyed.
    bool connected() const;
    /// "": the handshake is not done.
    std::string srtp_profile() const;
    std::string failure() const;

    /// Encrypts and sends.
    void send_rtp(std::uint16_t sequence, std::string_view payload, std::uint32_t ssrc = 0x1234);
    void send_rtcp(const Bytes& compound);
    /// Sends as it is.
    void send_raw(const Bytes& datagram);
    /// What `send_rtp` would send.
    Bytes protected_rtp(std::uint16_t sequence, std::string_view payload, std::uint32_t ssrc = 0x1234);

    // What a test hooks in.
    std::function<void(const std::string& candidate)> on_candidate;  ///< trickle; "" at the end
    std::function<bool(const Bytes& datagram)> let_out;              ///< DTLS that may leave; empty: all
    std::function<bool(const Bytes& datagram)> let_in;               ///< not STUN; empty: all
    std::vector<std::string> heard;                                  ///< payloads of decrypted RTP
    std::vector<Bytes> heard_rtcp;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::test
