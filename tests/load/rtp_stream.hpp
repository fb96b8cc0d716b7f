// One outgoing RTP stream of a client, and the two hooks by which its user gives and takes sound. The load
// generator loops frames that were encoded before; others may send and record whatever they like.
#pragma once

#include <cstdint>
#include <span>

#include "core/base/ids.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"

namespace causeway::load {

/// Where the payloads of one stream come from. On the loop's thread.
class PayloadSource {
  public:
    virtual ~PayloadSource() = default;
    /// Bytes written to `out` for the next frame; 0: this frame is not sent (time goes on).
    virtual std::size_t next(std::span<std::uint8_t> out) = 0;
    /// True for the first packet after a pause.
    virtual bool marker() { return false; }
    /// Another payload type for this packet (telephone events, comfort noise); 0x80: the stream's own.
    virtual std::uint8_t payload_type() { return 0x80; }
};

/// Where the RTP packets that a client hears go, decrypted. On the loop's thread.
class PacketSink {
  public:
    virtual ~PacketSink() = default;
    /// `arrived` is wire_time.
    virtual void packet(const rtp::RtpView& packet, std::int64_t arrived) = 0;
};

/// Header fields of one stream. Sequence, timestamp and SSRC begin at random.
class RtpStream {
  public:
    RtpStream();

    void set_format(PayloadType type, std::uint32_t clock_rate, int ptime_ms);
    /// Makes the next packet of what `source` gives. False when this frame is not sent.
    bool next(PayloadSource& source, rtp::PacketBuffer& packet);

    Ssrc ssrc() const { return header_.ssrc; }
    int ptime_ms() const { return ptime_ms_; }
    RtpTime time() const { return header_.timestamp; }  ///< of the next packet
    std::uint32_t packets() const { return packets_; }
    std::uint32_t octets() const { return octets_; }

  private:
    rtp::RtpHeader header_;
    PayloadType type_{};
    std::uint32_t step_ = 160;
    int ptime_ms_ = 20;
    std::uint32_t packets_ = 0;
    std::uint32_t octets_ = 0;
};

}  // namespace causeway::load
