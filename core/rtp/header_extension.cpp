// RFC 8285 §4.2 (one-byte headers), §4.3 (two-byte headers).
#include "core/rtp/header_extension.hpp"

#include <cstddef>
#include <cstring>

#include "core/rtp/big_endian.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"

namespace causeway::rtp {

namespace {

constexpr std::uint16_t kOneByteProfile = 0xBEDE;
constexpr std::uint16_t kTwoByteProfile = 0x1000;  // its last four bits are the application's
constexpr std::uint8_t kReservedId = 15;
constexpr std::size_t kAdded = 8;  ///< profile, length, one element of two bytes, one byte of padding

struct Element {
    std::uint8_t id = 0;
    std::size_t header = 0;
    std::size_t size = 0;
};

Element element_at(std::span<const std::uint8_t> data, bool two_byte) {
    if (!two_byte) return {static_cast<std::uint8_t>(data[0] >> 4), 1, (data[0] & 0x0Fu) + 1u};
    return {data[0], 2, data.size() < 2 ? data.size() : data[1]};
}

std::optional<std::uint16_t> find_u16(std::span<const std::uint8_t> data, std::uint8_t id, bool two_byte) {
    while (!data.empty()) {
        if (data[0] == 0) {  // padding
            data = data.subspan(1);
            continue;
        }
        const Element element = element_at(data, two_byte);
        // RFC 8285 §4.2: what follows a local identifier of 15 is not to be read.
        if (!two_byte && element.id == kReservedId) return std::nullopt;
        if (data.size() < element.header + element.size) return std::nullopt;
        if (element.id == id && element.size == 2) return read_u16(&data[element.header]);
        data = data.subspan(element.header + element.size);
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::uint16_t> read_transport_sequence(std::span<const std::uint8_t> packet, std::uint8_t id) {
    if (packet.size() < kRtpHeaderSize || (packet[0] & 0x10) == 0) return std::nullopt;
    const std::size_t at = kRtpHeaderSize + 4u * (packet[0] & 0x0Fu);
    if (packet.size() < at + 4) return std::nullopt;
    const std::uint16_t profile = read_u16(&packet[at]);
    const std::size_t size = 4u * read_u16(&packet[at + 2]);
    if (packet.size() < at + 4 + size) return std::nullopt;
    const bool two_byte = (profile & 0xFFF0) == kTwoByteProfile;
    if (!two_byte && profile != kOneByteProfile) return std::nullopt;
    return find_u16(packet.subspan(at + 4, size), id, two_byte);
}

bool add_transport_sequence(PacketBuffer& packet, std::uint8_t id, std::uint16_t sequence) {
    if (packet.size() < kRtpHeaderSize || (packet.packet()[0] & 0x1F) != 0) return false;
    packet.move_front(-static_cast<std::ptrdiff_t>(kAdded));
    std::uint8_t* const p = packet.packet().data();
    std::memmove(p, p + kAdded, kRtpHeaderSize);
    p[0] = static_cast<std::uint8_t>(p[0] | 0x10);
    std::uint8_t* const extension = p + kRtpHeaderSize;
    write_u16(extension, kOneByteProfile);
    write_u16(extension + 2, 1);
    extension[4] = static_cast<std::uint8_t>(id << 4 | 1);
    write_u16(extension + 5, sequence);
    extension[7] = 0;
    return true;
}

}  // namespace causeway::rtp
