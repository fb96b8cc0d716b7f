#include "tests/load/rtp_stream.hpp"

#include "core/base/random.hpp"

namespace causeway::load {

RtpStream::RtpStream() {
    header_.ssrc = Ssrc{random_u32()};
    // Below 2^15, so that a lost first packet cannot confuse the receiver's roll-over counter (RFC 3711
    // §3.3.1).
    header_.sequence = SequenceNumber{static_cast<std::uint16_t>(random_u16() >> 1)};
    header_.timestamp = RtpTime{random_u32()};
}

void RtpStream::set_format(PayloadType type, std::uint32_t clock_rate, int ptime_ms) {
    type_ = type;
    ptime_ms_ = ptime_ms;
    step_ = clock_rate / 1000 * static_cast<std::uint32_t>(ptime_ms);
}

bool RtpStream::next(PayloadSource& source, rtp::PacketBuffer& packet) {
    const auto room = packet.fresh();
    const std::size_t size = source.next(room.subspan(rtp::kRtpHeaderSize));
    if (size != 0) {
        const std::uint8_t type = source.payload_type();
        header_.payload_type = type < 0x80 ? PayloadType{type} : type_;
        header_.marker = packets_ == 0 || source.marker();
        rtp::write_header(room, header_);
        packet.resize(rtp::kRtpHeaderSize + size);
        ++header_.sequence.value;
        ++packets_;
        octets_ += static_cast<std::uint32_t>(size);
    }
    header_.timestamp.value += step_;
    return size != 0;
}

}  // namespace causeway::load
