// The master key identifier of SRTP packets: which of a sender's keys a packet is of. It stands outside of
// what is encrypted and signed, so it is put on behind libsrtp2 and taken off before it; a key goes on as it
// is when its identifier changes. Pure. RFC 3711 §3.1, §3.4, RFC 7714 §8.1, §9.3.
#pragma once

#include <cstdint>
#include <span>

#include "core/rtp/srtp_profile.hpp"

namespace causeway::rtp {

class PacketBuffer;

enum class PacketPart { rtp, rtcp };

/// Into a protected packet. False: no room.
bool put_key_identifier(PacketBuffer& packet, SrtpProfile profile, PacketPart part,
                        std::span<const std::uint8_t> identifier);
/// Out of a packet that is still protected. False, and the packet as it was: it has another one or none.
bool take_key_identifier(PacketBuffer& packet, SrtpProfile profile, PacketPart part,
                         std::span<const std::uint8_t> identifier);

}  // namespace causeway::rtp
