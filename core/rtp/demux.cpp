// First-byte demultiplexing. RFC 7983 §7, RFC 5761 §4.
#include "core/rtp/demux.hpp"

namespace causeway::rtp {

PacketKind kind_of(std::span<const std::uint8_t> datagram) {
    if (datagram.empty()) return PacketKind::unknown;
    const std::uint8_t first = datagram[0];
    // RFC 7983 §7: 0..3 STUN, 20..63 DTLS, 64..79 TURN channel, 128..191 RTP and RTCP; 16..19 is ZRTP.
    if (first <= 3) return PacketKind::stun;
    if (first >= 20 && first <= 63) return PacketKind::dtls;
    if (first >= 64 && first <= 79) return PacketKind::turn_channel;
    if (first < 128 || first > 191 || datagram.size() < 2) return PacketKind::unknown;
    // RFC 5761 §4: RTCP's types 192..223 look like payload types 64..95 with or without the marker.
    const std::uint8_t type = datagram[1] & 0x7F;
    return type >= 64 && type <= 95 ? PacketKind::rtcp : PacketKind::rtp;
}

}  // namespace causeway::rtp
