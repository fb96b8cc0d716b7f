// What goes into a jitter buffer's making, what comes out of it, and what it counts. Pure values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"

namespace causeway::rtp {

struct JitterBufferSettings {
    int clock_rate = 8000;   ///< RTP clock of the format (8000 for G.722, 48000 for Opus)
    int frame_ms = 20;       ///< how often the consumer plays
    int max_delay_ms = 200;  ///< 20..2000, else the nearer of them; what waits longer is dropped
    /// The consumer can wait so long for a packet that is late: so much jitter needs no delay.
    int patience_ms = 0;
    /// Bytes; larger payloads cost an allocation. 20 ms of G.711 or of a voice in Opus fit.
    std::size_t usual_payload = 192;
    /// The codec can repair a lost packet from the next one: when packets get lost, wait for that too.
    bool repairs = false;
};

struct JitterBufferStats {
    std::uint64_t received = 0;
    std::uint64_t played = 0;
    std::uint64_t lost = 0;  ///< did not come in time to be played (late ones included)
    std::uint64_t late = 0;  ///< came after their turn
    std::uint64_t duplicate = 0;
    std::uint64_t reordered = 0;  ///< came after a later one
    std::uint64_t overflow = 0;   ///< dropped because the buffer held more than max_delay_ms
    std::uint64_t underruns = 0;  ///< times a packet came late and was waited for
    std::uint64_t resets = 0;     ///< new SSRC or restarted sequence
};

/// What the consumer shall do now.
struct JitterFrame {
    enum class Kind {
        packet,  ///< decode `payload`, play all of it
        lost,    ///< conceal `ticks`; when `payload` is not empty it is the next packet: recover by its FEC
        empty,   ///< nothing due: conceal or fade to silence for `ticks`
        noise,   ///< RFC 3389: what `payload` describes, for `ticks` and then whenever it is `empty`
    };
    Kind kind = Kind::empty;
    std::span<const std::uint8_t> payload;  ///< valid until the next push
    std::uint32_t ticks = 0;  ///< length in RTP ticks; of `packet` as far as known: the decoder knows better
    PayloadType payload_type{};
    RtpTime timestamp{};
    Instant nominal{};        ///< of `packet`: when it would have come the quickest way
    bool after_drop = false;  ///< of `packet`: what was before it is missing, and not told as `lost`
    bool talk_spurt = false;  ///< of `packet`: first after a pause, the decoder may have been fading
};

}  // namespace causeway::rtp
