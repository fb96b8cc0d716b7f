// Which protocol a datagram on a multiplexed port belongs to, told by its first bytes. Any thread; pure.
// RFC 7983 §7, RFC 5761 §4.
#pragma once

#include <cstdint>
#include <span>

namespace causeway::rtp {

enum class PacketKind { stun, turn_channel, dtls, rtp, rtcp, unknown };

/// Looks at two bytes only; nothing is promised about the rest.
PacketKind kind_of(std::span<const std::uint8_t> datagram);

}  // namespace causeway::rtp
