// RTP header fields in place. RFC 3550 §5.1, §5.3.1.
#include "core/rtp/packet.hpp"

#include <cstring>

#include "core/rtp/big_endian.hpp"
#include "core/rtp/packet_buffer.hpp"

namespace causeway::rtp {

namespace {

constexpr std::uint8_t kVersion = 0x80;
constexpr std::uint8_t kPaddingBit = 0x20;
constexpr std::uint8_t kExtensionBit = 0x10;
constexpr std::uint8_t kCsrcMask = 0x0F;
constexpr std::uint8_t kMarkerBit = 0x80;
constexpr std::uint8_t kTypeMask = 0x7F;

/// The whole header's length, 0 when it does not fit.
std::size_t whole_header_size(std::span<const std::uint8_t> packet) {
    if (packet.size() < kRtpHeaderSize || (packet[0] & 0xC0) != kVersion) return 0;
    std::size_t size = kRtpHeaderSize + 4u * (packet[0] & kCsrcMask);
    if (packet[0] & kExtensionBit) {
        if (packet.size() < size + 4) return 0;
        size += 4 + 4u * read_u16(packet.data() + size + 2);
    }
    return size <= packet.size() ? size : 0;
}

}  // namespace

std::optional<RtpView> RtpView::parse(std::span<std::uint8_t> packet) {
    const std::size_t header = whole_header_size(packet);
    if (header == 0) return std::nullopt;
    std::size_t payload = packet.size() - header;
    if (packet[0] & kPaddingBit) {
        // RFC 3550 §5.1: the last octet counts the padding, itself included.
        if (payload == 0) return std::nullopt;
        const std::size_t padding = packet.back();
        if (padding == 0 || padding > payload) return std::nullopt;
        payload -= padding;
    }
    return RtpView(packet, header, payload);
}

PayloadType RtpView::payload_type() const {
    return {static_cast<std::uint8_t>(bytes_[1] & kTypeMask)};
}

bool RtpView::marker() const {
    return (bytes_[1] & kMarkerBit) != 0;
}

SequenceNumber RtpView::sequence() const {
    return {read_u16(&bytes_[2])};
}

RtpTime RtpView::timestamp() const {
    return {read_u32(&bytes_[4])};
}

Ssrc RtpView::ssrc() const {
    return {read_u32(&bytes_[8])};
}

RtpHeader RtpView::header() const {
    return {payload_type(), marker(), sequence(), timestamp(), ssrc()};
}

std::span<const std::uint8_t> RtpView::payload() const {
    return bytes_.subspan(header_size_, payload_size_);
}

void RtpView::set_payload_type(PayloadType type) {
    bytes_[1] = static_cast<std::uint8_t>((bytes_[1] & kMarkerBit) | (type.value & kTypeMask));
}

void RtpView::set_marker(bool marker) {
    bytes_[1] = static_cast<std::uint8_t>((bytes_[1] & kTypeMask) | (marker ? kMarkerBit : 0));
}

void RtpView::set_sequence(SequenceNumber sequence) {
    write_u16(&bytes_[2], sequence.value);
}

void RtpView::set_timestamp(RtpTime timestamp) {
    write_u32(&bytes_[4], timestamp.value);
}

void RtpView::set_ssrc(Ssrc ssrc) {
    write_u32(&bytes_[8], ssrc.value);
}

void RtpView::set_header(const RtpHeader& header) {
    set_payload_type(header.payload_type);
    set_marker(header.marker);
    set_sequence(header.sequence);
    set_timestamp(header.timestamp);
    set_ssrc(header.ssrc);
}

std::size_t write_header(std::span<std::uint8_t> out, const RtpHeader& header) {
    if (out.size() < kRtpHeaderSize) return 0;
    out[0] = kVersion;
    out[1] =
        static_cast<std::uint8_t>((header.marker ? kMarkerBit : 0) | (header.payload_type.value & kTypeMask));
    write_u16(&out[2], header.sequence.value);
    write_u32(&out[4], header.timestamp.value);
    write_u32(&out[8], header.ssrc.value);
    return kRtpHeaderSize;
}

bool write_packet(PacketBuffer& packet, const RtpHeader& header, std::span<const std::uint8_t> payload) {
    const auto bytes = packet.fresh();
    if (payload.size() > bytes.size() - kRtpHeaderSize) return false;
    if (!payload.empty()) std::memmove(bytes.data() + kRtpHeaderSize, payload.data(), payload.size());
    write_header(bytes, header);
    packet.resize(kRtpHeaderSize + payload.size());
    return true;
}

void strip_extensions(PacketBuffer& packet) {
    const auto bytes = packet.packet();
    const std::size_t header = whole_header_size(bytes);
    if (header <= kRtpHeaderSize) return;
    const std::size_t cut = header - kRtpHeaderSize;
    std::memmove(bytes.data() + cut, bytes.data(), kRtpHeaderSize);
    packet.move_front(static_cast<std::ptrdiff_t>(cut));
    auto& first = packet.packet()[0];
    first = static_cast<std::uint8_t>(first & ~(kExtensionBit | kCsrcMask));
}

}  // namespace causeway::rtp
