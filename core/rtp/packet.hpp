// RTP packets as bytes: a checked view for reading and rewriting in place, and a writer of plain headers.
// Any thread; pure. RFC 3550 §5.1, §5.3.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/ids.hpp"

namespace causeway::rtp {

class PacketBuffer;

inline constexpr std::size_t kRtpHeaderSize = 12;  ///< without CSRCs and extension

/// The fields that travel in every RTP header.
struct RtpHeader {
    PayloadType payload_type{};
    bool marker = false;
    SequenceNumber sequence{};
    RtpTime timestamp{};
    Ssrc ssrc{};

    friend bool operator==(const RtpHeader&, const RtpHeader&) = default;
};

/// A packet whose lengths have been checked once: version, CSRC list, extension and padding all lie inside.
/// Borrows the bytes; the setters write into them.
class RtpView {
  public:
    /// nullopt for anything that is not a whole RTP packet.
    static std::optional<RtpView> parse(std::span<std::uint8_t> packet);

    PayloadType payload_type() const;
    bool marker() const;
    SequenceNumber sequence() const;
    RtpTime timestamp() const;
    Ssrc ssrc() const;
    RtpHeader header() const;
    /// Bytes before the payload: fixed header, CSRC list, header extension.
    std::size_t header_size() const { return header_size_; }
    /// Without padding. May be empty.
    std::span<const std::uint8_t> payload() const;

    void set_payload_type(PayloadType type);
    void set_marker(bool marker);
    void set_sequence(SequenceNumber sequence);
    void set_timestamp(RtpTime timestamp);
    void set_ssrc(Ssrc ssrc);
    /// All five at once; CSRCs, extension and padding stay.
    void set_header(const RtpHeader& header);

  private:
    RtpView(std::span<std::uint8_t> bytes, std::size_t header_size, std::size_t payload_size)
        : bytes_(bytes), header_size_(header_size), payload_size_(payload_size) {}

    std::span<std::uint8_t> bytes_;
    std::size_t header_size_;
    std::size_t payload_size_;
};

/// Writes a header without CSRCs, extension or padding; returns 12, or 0 when `out` is too small.
std::size_t write_header(std::span<std::uint8_t> out, const RtpHeader& header);

/// Makes `packet` header and payload, nothing else. `payload` may lie in the buffer only where it ends up.
/// False when the payload does not fit; the buffer is then empty.
bool write_packet(PacketBuffer& packet, const RtpHeader& header, std::span<const std::uint8_t> payload);

/// Cuts the CSRC list and the header extension in place: they name the other side's people and meters.
/// Leaves anything that is no RTP packet untouched.
void strip_extensions(PacketBuffer& packet);

}  // namespace causeway::rtp
