// RFC 4585 §6.1 (format), §6.2.1 (generic NACK).
#include "core/rtp/rtcp_feedback.hpp"

#include <algorithm>

#include "core/rtp/big_endian.hpp"

namespace causeway::rtp {

namespace {

constexpr std::uint8_t kTransportLayer = 205;
constexpr std::uint8_t kPayloadSpecific = 206;
constexpr std::uint8_t kGenericNack = 1;
constexpr std::uint8_t kTransportWide = 15;
constexpr std::uint8_t kApplicationLayer = 15;
constexpr std::size_t kHeader = 12;  ///< common header and both SSRCs
constexpr std::uint32_t kRemb = 0x52454D42;

void read_nacks(std::span<const std::uint8_t> entries, std::size_t& read, FeedbackListener& listener) {
    for (; entries.size() >= 4 && read < kMostNacks; entries = entries.subspan(4)) {
        const SequenceNumber first{read_u16(&entries[0])};
        const std::uint16_t following = read_u16(&entries[2]);
        listener.on_nack(first);
        ++read;
        for (int bit = 0; bit < 16 && read < kMostNacks; ++bit) {
            if ((following >> bit & 1) == 0) continue;
            listener.on_nack(advanced(first, bit + 1));
            ++read;
        }
    }
}

/// Other application layer feedback is nobody's fault: true.
bool read_remb(std::span<const std::uint8_t> body, FeedbackListener& listener) {
    if (body.size() < 8 || read_u32(body.data()) != kRemb) return true;
    if (body.size() < 8u + 4u * body[4]) return false;
    // It speaks of the whole path, whichever streams it lists.
    const int exponent = body[5] >> 2;
    const std::uint64_t mantissa = std::uint64_t{body[5] & 3u} << 16 | read_u16(&body[6]);
    if (exponent > 45) return false;  // 18 bits more would overflow
    listener.on_remb(mantissa << exponent);
    return true;
}

}  // namespace

bool read_feedback(std::span<const std::uint8_t> compound, Ssrc ours, FeedbackListener& listener) {
    bool well = true;
    std::size_t nacks = 0;
    while (compound.size() >= 4) {
        const std::size_t size = 4u * (read_u16(&compound[2]) + 1u);
        if (size > compound.size()) return false;
        auto packet = compound.first(size);
        compound = compound.subspan(size);
        if (packet[1] != kTransportLayer && packet[1] != kPayloadSpecific) continue;
        if ((packet[0] & 0x20) != 0) {
            const std::size_t padding = packet.back();
            if (padding == 0 || padding > size) return false;
            packet = packet.first(size - padding);
        }
        if (packet.size() < kHeader) {
            well = false;
            continue;
        }
        const std::uint8_t format = packet[0] & 0x1F;
        const bool about_us = read_u32(&packet[8]) == ours.value;
        const auto body = packet.subspan(kHeader);
        if (packet[1] == kPayloadSpecific) {
            if (format == kApplicationLayer) well = read_remb(body, listener) && well;
        } else if (format == kGenericNack) {
            if (about_us) read_nacks(body, nacks, listener);
        } else if (format == kTransportWide) {
            TransportFeedback feedback;
            if (read_transport_feedback(body, feedback)) {
                listener.on_transport_feedback(feedback);
            } else {
                well = false;
            }
        }
    }
    return well;
}

std::size_t write_nack(std::span<std::uint8_t> out, Ssrc sender, Ssrc media,
                       std::span<const SequenceNumber> lost) {
    std::size_t size = kHeader;
    while (!lost.empty()) {
        if (out.size() < size + 4) return 0;
        const SequenceNumber first = lost.front();
        unsigned following = 0;
        for (lost = lost.subspan(1); !lost.empty(); lost = lost.subspan(1)) {
            const int step = distance(lost.front(), first);
            if (step < 1 || step > 16) break;
            following |= 1u << (step - 1);
        }
        write_u16(&out[size], first.value);
        write_u16(&out[size + 2], static_cast<std::uint16_t>(following));
        size += 4;
    }
    if (size == kHeader) return 0;
    out[0] = 0x80 | kGenericNack;
    out[1] = kTransportLayer;
    write_u16(&out[2], static_cast<std::uint16_t>(size / 4 - 1));
    write_u32(&out[4], sender.value);
    write_u32(&out[8], media.value);
    return size;
}

}  // namespace causeway::rtp
