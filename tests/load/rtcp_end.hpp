// The RTCP of one end of a call: a sender report with one report block every few seconds, as browsers and
// telephones send. Loss and jitter are told as none: the meters have the truth. Pure. RFC 3550 §6.4.1.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/ids.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"
#include "tests/load/rtp_stream.hpp"

namespace causeway::load {

class RtcpEnd {
  public:
    void heard(const rtp::RtpView& packet);
    /// A compound of the peer; its sender report is what the round trip is measured by.
    void heard_compound(std::span<const std::uint8_t> compound, std::int64_t now);
    /// Sender report and CNAME.
    void write(rtp::PacketBuffer& packet, const RtpStream& stream, std::int64_t now) const;

  private:
    Ssrc peer_{};
    bool has_peer_ = false;
    std::uint32_t highest_ = 0;  ///< extended
    std::uint32_t last_report_ = 0;
    std::int64_t last_report_at_ = 0;
};

}  // namespace causeway::load
