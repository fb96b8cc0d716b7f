#include "transcode/amr_payload.hpp"

#include <algorithm>

namespace causeway::transcode {

namespace {

using Sizes = std::array<int, 16>;

constexpr int kReserved = -1;
// 3GPP TS 26.101 and TS 26.201: speech modes, silence descriptor, ..., no data.
constexpr Sizes kAmrBits{95, 103, 118, 134, 148, 159, 204, 244, 39, -1, -1, -1, -1, -1, -1, 0};
constexpr Sizes kAmrWbBits{132, 177, 253, 285, 317, 365, 397, 461, 477, 40, -1, -1, -1, -1, 0, 0};

class BitReader {
  public:
    explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    std::size_t left() const { return bytes_.size() * 8 - at_; }
    /// At most 8, and no more than are left.
    unsigned take(std::size_t count) {
        unsigned value = 0;
        for (; count > 0; --count, ++at_) value = value << 1 | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1U);
        return value;
    }
    void align() { at_ = (at_ + 7) / 8 * 8; }

  private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

/// Writes into zeroed bytes.
class BitWriter {
  public:
    explicit BitWriter(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

    void put(unsigned value, std::size_t count) {
        for (; count > 0; --count, ++at_) {
            const unsigned bit = value >> (count - 1) & 1U;
            bytes_[at_ / 8] = static_cast<std::uint8_t>(bytes_[at_ / 8] | bit << (7 - at_ % 8));
        }
    }
    void align() { at_ = (at_ + 7) / 8 * 8; }

  private:
    std::span<std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

std::size_t whole_bytes(std::size_t bits) {
    return (bits + 7) / 8;
}

/// The types of all frames, checked to fit into what is left.
bool read_contents(sdp::Codec codec, bool octet_align, BitReader& reader, AmrPayload& payload) {
    const std::size_t entry = octet_align ? 8 : 6;
    std::size_t bits = 0;
    for (bool more = true; more;) {
        if (reader.left() < entry || payload.count == AmrPayload::kMostFrames) return false;
        more = reader.take(1) != 0;
        const auto type = static_cast<int>(reader.take(4));
        const bool good = reader.take(1) != 0;
        if (octet_align) reader.take(2);
        const auto size = amr_frame_bits(codec, type);
        if (!size) return false;
        bits += octet_align ? whole_bytes(*size) * 8 : *size;
        AmrFrame& frame = payload.frames[payload.count++];
        frame.bytes.fill(0);
        frame.set_type(type, good);
    }
    return bits <= reader.left();
}

}  // namespace

std::optional<std::size_t> amr_frame_bits(sdp::Codec codec, int type) {
    const Sizes& sizes = codec == sdp::Codec::amr ? kAmrBits : kAmrWbBits;
    const int bits = sizes[static_cast<std::size_t>(type) & 15];
    if (bits == kReserved) return std::nullopt;
    return static_cast<std::size_t>(bits);
}

bool read_amr_payload(sdp::Codec codec, bool octet_align, std::span<const std::uint8_t> bytes,
                      AmrPayload& payload) {
    BitReader reader(bytes);
    if (reader.left() < 8) return false;
    payload.count = 0;
    payload.mode_request = static_cast<int>(reader.take(4));
    if (octet_align) reader.align();
    if (!read_contents(codec, octet_align, reader, payload)) {
        payload.count = 0;
        payload.mode_request = AmrPayload::kNoRequest;
        return false;
    }
    for (AmrFrame& frame : std::span(payload.frames).first(payload.count)) {
        std::size_t bits = *amr_frame_bits(codec, frame.type());
        for (std::size_t i = 1; bits > 0; ++i) {
            const std::size_t some = std::min<std::size_t>(bits, 8);
            frame.bytes[i] = static_cast<std::uint8_t>(reader.take(some) << (8 - some));
            bits -= some;
        }
        if (octet_align) reader.align();
    }
    return true;
}

std::size_t write_amr_payload(sdp::Codec codec, bool octet_align, const AmrPayload& payload,
                              std::span<std::uint8_t> bytes) {
    const auto frames = std::span(payload.frames).first(payload.count);
    std::size_t bits = octet_align ? 8 : 4;
    for (const AmrFrame& frame : frames) {
        const std::size_t size = amr_frame_bits(codec, frame.type()).value_or(0);
        bits += octet_align ? 8 + whole_bytes(size) * 8 : 6 + size;
    }
    const std::size_t needed = whole_bytes(bits);
    if (frames.empty() || needed > bytes.size()) return 0;
    std::fill_n(bytes.begin(), needed, std::uint8_t{0});
    BitWriter writer(bytes);
    writer.put(static_cast<unsigned>(payload.mode_request), 4);
    if (octet_align) writer.align();
    for (std::size_t i = 0; i < frames.size(); ++i) {
        writer.put(i + 1 < frames.size() ? 1 : 0, 1);
        writer.put(static_cast<unsigned>(frames[i].type()), 4);
        writer.put(frames[i].good() ? 1 : 0, 1);
        if (octet_align) writer.align();
    }
    for (const AmrFrame& frame : frames) {
        std::size_t left = amr_frame_bits(codec, frame.type()).value_or(0);
        for (std::size_t i = 1; left > 0; ++i) {
            const std::size_t some = std::min<std::size_t>(left, 8);
            writer.put(static_cast<unsigned>(frame.bytes[i]) >> (8 - some), some);
            left -= some;
        }
        if (octet_align) writer.align();
    }
    return needed;
}

}  // namespace causeway::transcode
