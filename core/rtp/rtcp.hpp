// RTCP on the wire: compound packets into values and back. Any thread; pure. RFC 3550 §6.1, §6.4, §6.5, §6.6,
// A.2; extended reports of RFC 3611 by rtcp_xr.hpp; reduced-size packets of RFC 5506 are read too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/ids.hpp"
#include "core/rtp/rtcp_xr.hpp"

namespace causeway::rtp {

/// RFC 3550 §6.4.1, one reception report block.
struct ReportBlock {
    Ssrc ssrc{};
    std::uint8_t fraction_lost = 0;
    std::int32_t cumulative_lost = 0;
    std::uint32_t extended_highest = 0;
    std::uint32_t jitter = 0;
    std::uint32_t last_sr = 0;              ///< middle 32 bits of the NTP time of the last SR, 0: none
    std::uint32_t delay_since_last_sr = 0;  ///< in 1/65536 s

    friend bool operator==(const ReportBlock&, const ReportBlock&) = default;
};

struct SenderInfo {
    std::uint64_t ntp = 0;  ///< 32.32 seconds since 1900
    RtpTime timestamp{};
    std::uint32_t packets = 0;
    std::uint32_t bytes = 0;

    friend bool operator==(const SenderInfo&, const SenderInfo&) = default;
};

/// What a compound packet said, as far as it matters here. Blocks beyond the bound are skipped.
struct RtcpReport {
    static constexpr std::size_t kMaxBlocks = 8;

    std::optional<Ssrc> sender;  ///< of the first SR or RR
    std::optional<SenderInfo> sender_info;
    std::array<ReportBlock, kMaxBlocks> blocks{};
    std::size_t block_count = 0;
    std::optional<Ssrc> bye;  ///< first source that leaves
    ExtendedReport extended;

    std::span<const ReportBlock> reports() const { return {blocks.data(), block_count}; }
};

/// nullopt when any packet of the compound breaks the framing rules of A.2. Unknown types are skipped.
std::optional<RtcpReport> parse_rtcp(std::span<const std::uint8_t> compound);

/// Values for one outgoing compound: SR or RR, SDES with CNAME, XR when it has blocks, a BYE when asked.
struct RtcpCompound {
    Ssrc sender{};
    std::string_view cname;                 ///< cut at 255 bytes
    std::optional<SenderInfo> sender_info;  ///< present: SR, absent: RR
    std::optional<ReportBlock> block;
    bool bye = false;
    ExtendedBlocks extended = {};
};

/// Bytes written, 0 when `out` is too small. 400 bytes are always enough.
std::size_t write_rtcp(std::span<std::uint8_t> out, const RtcpCompound& compound);

}  // namespace causeway::rtp
