// Extended reports on the wire: receiver reference time, the answer to it, and VoIP metrics. Other blocks are
// skipped. Any thread; pure. RFC 3611 §3, §4.4, §4.5, §4.7.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/ids.hpp"

namespace causeway::rtp {

/// RFC 3611 §4.5: "your reference time `last` reached us so long ago".
struct DlrrBlock {
    Ssrc ssrc{};              ///< of the receiver whose reference time is answered
    std::uint32_t last = 0;   ///< middle 32 bits of its NTP time
    std::uint32_t delay = 0;  ///< in 1/65536 s

    friend bool operator==(const DlrrBlock&, const DlrrBlock&) = default;
};

/// RFC 3611 §4.7. Rates and densities in 1/256, durations and delays in ms.
struct VoipMetrics {
    static constexpr std::uint8_t kUnknown = 127;  ///< of levels, R factors and scores

    Ssrc ssrc{};
    std::uint8_t loss_rate = 0;
    std::uint8_t discard_rate = 0;
    std::uint8_t burst_density = 0;
    std::uint8_t gap_density = 0;
    std::uint16_t burst_duration = 0;
    std::uint16_t gap_duration = 0;
    std::uint16_t round_trip = 0;
    std::uint16_t end_system_delay = 0;
    std::int8_t signal_level = 127;  ///< dBm0
    std::int8_t noise_level = 127;   ///< dBm0
    std::uint8_t echo_loss = kUnknown;
    std::uint8_t gmin = 16;
    std::uint8_t r_factor = kUnknown;           ///< 0..100
    std::uint8_t external_r_factor = kUnknown;  ///< of what lies behind the reporter
    std::uint8_t mos_lq = kUnknown;             ///< score times ten, 10..50
    std::uint8_t mos_cq = kUnknown;
    std::uint8_t receiver_config = 0;
    std::uint16_t buffer_nominal = 0;
    std::uint16_t buffer_maximum = 0;
    std::uint16_t buffer_absolute_maximum = 0;

    friend bool operator==(const VoipMetrics&, const VoipMetrics&) = default;
};

/// Concealment "enhanced" and an adaptive buffer: what our receivers have (RFC 3611 §4.7.6).
inline constexpr std::uint8_t kOurReceiverConfig = 0x80 | 0x30;

/// What the XR packets of one compound said. Blocks beyond the bounds are skipped.
struct ExtendedReport {
    static constexpr std::size_t kMaxBlocks = 4;

    std::optional<Ssrc> sender;
    std::optional<std::uint64_t> reference_time;  ///< NTP; answer it with a DlrrBlock
    std::array<DlrrBlock, kMaxBlocks> dlrr{};
    std::size_t dlrr_count = 0;
    std::array<VoipMetrics, kMaxBlocks> voip{};
    std::size_t voip_count = 0;

    std::span<const DlrrBlock> answers() const { return {dlrr.data(), dlrr_count}; }
    std::span<const VoipMetrics> metrics() const { return {voip.data(), voip_count}; }
};

/// `body` is an XR packet behind its common header. False when it breaks the framing of §2 and §3.
bool read_extended(std::span<const std::uint8_t> body, ExtendedReport& report);

/// What one XR packet shall say.
struct ExtendedBlocks {
    std::optional<std::uint64_t> reference_time = {};
    std::optional<DlrrBlock> dlrr = {};
    std::optional<VoipMetrics> voip = {};

    bool empty() const { return !reference_time && !dlrr && !voip; }
};

/// The blocks at `p`, where a packet of 72 bytes at most has room. Bytes written behind the common header.
std::size_t write_extended(std::uint8_t* p, Ssrc sender, const ExtendedBlocks& blocks);

}  // namespace causeway::rtp
