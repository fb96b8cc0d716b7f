// AMR and AMR-WB payloads taken apart and put together: mode request, table of contents, frames;
// octet-aligned and bandwidth-efficient. Pure, allocation-free, total on hostile bytes. RFC 4867 §4.3, §4.4,
// §5.3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/sdp/audio_media.hpp"

namespace causeway::transcode {

/// One frame as the codecs and RFC 4867 §5.3 files have it: a byte with type and quality, then the bits in
/// whole bytes.
struct AmrFrame {
    static constexpr std::size_t kLargest = 61;  ///< of AMR-WB at 23.85 kbit/s, with the first byte
    static constexpr int kNoData = 15;

    std::array<std::uint8_t, 64> bytes{};

    int type() const { return bytes[0] >> 3 & 15; }
    bool good() const { return (bytes[0] & 4) != 0; }
    void set_type(int type, bool good) { bytes[0] = static_cast<std::uint8_t>(type << 3 | (good ? 4 : 0)); }
};

struct AmrPayload {
    static constexpr std::size_t kMostFrames = 12;
    static constexpr int kNoRequest = 15;

    int mode_request = kNoRequest;
    std::size_t count = 0;
    std::array<AmrFrame, kMostFrames> frames;
};

/// Bits of a frame of this type; nullopt for types that are reserved. `codec` is amr or amr_wb.
std::optional<std::size_t> amr_frame_bits(sdp::Codec codec, int type);

/// RFC 4867 §4.3.2: a payload with a reserved type, or shorter than its table says, is discarded whole.
/// Frames beyond kMostFrames (240 ms) are too. `payload` is written on success only.
bool read_amr_payload(sdp::Codec codec, bool octet_align, std::span<const std::uint8_t> bytes,
                      AmrPayload& payload);

/// Bytes written; 0 when there is too little room.
std::size_t write_amr_payload(sdp::Codec codec, bool octet_align, const AmrPayload& payload,
                              std::span<std::uint8_t> bytes);

}  // namespace causeway::transcode
