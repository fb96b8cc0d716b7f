// The RTP/RTCP socket pair of one SIP dialog, on one media worker's thread. Learns where the peer really
// sends from (symmetric RTP, RFC 4961) within limits, answers its ICE checks as a lite agent, encrypts what
// was agreed to be. RFC 3550 §11, RFC 5761, RFC 8445 §2.5, RFC 4568, RFC 5763.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "core/rtp/latch.hpp"
#include "core/rtp/packet_buffer.hpp"

namespace causeway {
class Counters;
class EventLoop;
class Footprint;
}  // namespace causeway

namespace causeway::dtls {
class Certificate;
}

namespace causeway::sdp {
struct AudioMedia;
}

namespace causeway::sip {

class PortAllocator;  // sip/rtp/port_allocator.hpp

/// All calls come on the loop's thread. The leg must not be destroyed inside one: post the destruction.
class SipRtpLegListener {
  public:
    virtual ~SipRtpLegListener() = default;
    /// From the accepted source only. The buffer may be changed but is the leg's again after return.
    virtual void on_rtp(rtp::PacketBuffer& packet, Instant now) = 0;
    virtual void on_rtcp(std::span<const std::uint8_t> packet, Instant now) = 0;
    /// Final: what was agreed about encryption cannot be done.
    virtual void on_failed(const std::string& /*detail*/) {}
};

class SipRtpLeg {
  public:
    /// Binds an even RTP port and the next one for RTCP. An Error when the range is used up. Without a
    /// certificate no DTLS-SRTP can be agreed.
    static Result<std::unique_ptr<SipRtpLeg>> open(EventLoop& loop, PortAllocator& ports, Counters& counters,
                                                   CallId call, SipRtpLegListener& listener,
                                                   const dtls::Certificate* certificate = nullptr);
    ~SipRtpLeg();
    SipRtpLeg(const SipRtpLeg&) = delete;
    SipRtpLeg& operator=(const SipRtpLeg&) = delete;

    /// Where RTP is bound (the allocator's address; the caller writes the external one into SDP).
    SocketAddress local_rtp() const;
    /// The peer's description; may come again (re-INVITE, 183 then 200). Starts learning anew when the
    /// address changed; keys that did not change stay in use.
    void set_remote(const sdp::AudioMedia& media, rtp::SourceRule rule = rtp::SourceRule::learn);
    /// Where RTP is sent now: the learned source, else the description's address; nullopt: nowhere (hold).
    std::optional<SocketAddress> remote_rtp() const;

    /// The buffer's content is spent. False (and a counter) while nowhere is known.
    bool send_rtp(rtp::PacketBuffer& packet);
    bool send_rtcp(std::span<const std::uint8_t> packet);
    /// What is touched after a packet of the peer's has left this leg; what it touches here is added.
    void will_touch(Footprint footprint);
    /// What `send_rtp` touches.
    void add_sending_to(Footprint& footprint) const;

    /// "SRTP_AES128_CM_SHA1_80" and so on; "" for plain RTP.
    std::string_view srtp_profile() const;

  private:
    class Impl;
    explicit SipRtpLeg(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::sip
