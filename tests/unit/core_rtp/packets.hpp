// Packets and instants for the RTP room's tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/rtp/packet.hpp"
#include "core/rtp/packet_buffer.hpp"

namespace causeway::rtp::testing {

inline constexpr Ssrc kSsrc{0x11223344};

inline Instant at_ms(std::int64_t ms) {
    return Instant{} + std::chrono::hours(1) + std::chrono::milliseconds(ms);
}

inline RtpHeader header(std::uint16_t sequence, std::uint32_t timestamp, bool marker = false,
                        Ssrc ssrc = kSsrc, std::uint8_t type = 0) {
    return {{type}, marker, {sequence}, {timestamp}, ssrc};
}

inline std::vector<std::uint8_t> bytes_of(const RtpHeader& header, std::vector<std::uint8_t> payload) {
    std::vector<std::uint8_t> packet(kRtpHeaderSize);
    write_header(packet, header);
    packet.insert(packet.end(), payload.begin(), payload.end());
    return packet;
}

inline std::vector<std::uint8_t> from_hex(std::string_view hex) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
    std::vector<std::uint8_t> bytes;
    for (std::size_t n = 0; n + 1 < hex.size(); n += 2) {
        bytes.push_back(static_cast<std::uint8_t>(digit(hex[n]) << 4 | digit(hex[n + 1])));
    }
    return bytes;
}

inline void fill(PacketBuffer& buffer, const std::vector<std::uint8_t>& bytes) {
    const auto room = buffer.fresh();
    std::copy(bytes.begin(), bytes.end(), room.begin());
    buffer.resize(bytes.size());
}

inline std::vector<std::uint8_t> content(const PacketBuffer& buffer) {
    const auto bytes = buffer.packet();
    return {bytes.begin(), bytes.end()};
}

}  // namespace causeway::rtp::testing
