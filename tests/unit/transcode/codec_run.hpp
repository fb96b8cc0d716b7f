// Sends samples through an encoder and a decoder in packets of 20 ms, some of which may be lost.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "transcode/codec.hpp"

namespace causeway::transcode {

using Samples = std::vector<std::int16_t>;
using Payload = std::vector<std::uint8_t>;

inline std::vector<Payload> encode_all(Encoder& encoder, const Samples& samples, int sample_rate,
                                       int ptime_ms = 20) {
    const std::size_t frame = static_cast<std::size_t>(sample_rate * ptime_ms / 1000);
    std::vector<Payload> packets;
    std::array<std::uint8_t, 1500> room{};
    for (std::size_t at = 0; at + frame <= samples.size(); at += frame) {
        const std::size_t size = encoder.encode(std::span(samples).subspan(at, frame), room);
        packets.emplace_back(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
    }
    return packets;
}

inline Samples decode_all(Decoder& decoder, const std::vector<Payload>& packets) {
    Samples heard;
    std::array<std::int16_t, 5760> room{};
    for (const Payload& packet : packets) {
        const std::size_t count = decoder.decode(packet, room);
        heard.insert(heard.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return heard;
}

/// The last `ms` of it: past the codecs' delay and settling.
inline std::span<const std::int16_t> tail(const Samples& samples, int sample_rate, int ms) {
    return std::span(samples).last(static_cast<std::size_t>(sample_rate * ms / 1000));
}

}  // namespace causeway::transcode
