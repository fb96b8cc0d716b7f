// One header extension of RTP in place: the transport-wide sequence number, read from what arrives and put in
// front of what leaves. Any thread; pure. RFC 8285 §4.2, §4.3,
// draft-holmer-rmcat-transport-wide-cc-extensions-01 §2.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace causeway::rtp {

class PacketBuffer;

/// The transport-wide sequence number under extension `id` (1..14). `packet` has passed RtpView::parse.
std::optional<std::uint16_t> read_transport_sequence(std::span<const std::uint8_t> packet, std::uint8_t id);

/// Adds the extension to a packet that has neither CSRCs nor extensions, into the buffer's head room: twelve
/// bytes move, the payload stays. Other packets stay as they are: false.
bool add_transport_sequence(PacketBuffer& packet, std::uint8_t id, std::uint16_t sequence);

}  // namespace causeway::rtp
