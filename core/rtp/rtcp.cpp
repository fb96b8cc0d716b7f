// Compound RTCP, read and written. RFC 3550 §6.4, §6.5, §6.6, A.2; RFC 3611 §2.
#include "core/rtp/rtcp.hpp"

#include <algorithm>
#include <cstring>

#include "core/rtp/big_endian.hpp"

namespace causeway::rtp {

namespace {

constexpr std::uint8_t kSenderReport = 200;
constexpr std::uint8_t kReceiverReport = 201;
constexpr std::uint8_t kSourceDescription = 202;
constexpr std::uint8_t kGoodbye = 203;
constexpr std::uint8_t kExtendedReport = 207;
constexpr std::uint8_t kCnameItem = 1;
constexpr std::size_t kHeader = 4;
constexpr std::size_t kSenderInfo = 20;
constexpr std::size_t kBlock = 24;
constexpr std::uint8_t kPaddingBit = 0x20;

std::int32_t sign_extended_24(std::uint32_t value) {
    return static_cast<std::int32_t>(value << 8) >> 8;
}

ReportBlock read_block(const std::uint8_t* p) {
    return {{read_u32(p)},
            p[4],
            sign_extended_24(read_u32(p + 4) & 0xFFFFFF),
            read_u32(p + 8),
            read_u32(p + 12),
            read_u32(p + 16),
            read_u32(p + 20)};
}

/// `body` is what follows the common header. False when it is shorter than its count says.
bool read_report(std::span<const std::uint8_t> body, std::size_t count, bool is_sender, RtcpReport& report) {
    std::size_t at = 4 + (is_sender ? kSenderInfo : 0);
    if (body.size() < at + count * kBlock) return false;
    if (!report.sender) report.sender = Ssrc{read_u32(body.data())};
    if (is_sender && !report.sender_info) {
        const std::uint8_t* p = body.data() + 4;
        report.sender_info = SenderInfo{read_u64(p), {read_u32(p + 8)}, read_u32(p + 12), read_u32(p + 16)};
    }
    for (; count > 0 && report.block_count < RtcpReport::kMaxBlocks; --count, at += kBlock) {
        report.blocks[report.block_count++] = read_block(body.data() + at);
    }
    return true;
}

bool read_goodbye(std::span<const std::uint8_t> body, std::size_t count, RtcpReport& report) {
    if (body.size() < count * 4) return false;
    if (count > 0 && !report.bye) report.bye = Ssrc{read_u32(body.data())};
    return true;
}

bool read_packet(std::uint8_t type, std::size_t count, std::span<const std::uint8_t> body,
                 RtcpReport& report) {
    switch (type) {
        case kSenderReport:
            return read_report(body, count, true, report);
        case kReceiverReport:
            return read_report(body, count, false, report);
        case kGoodbye:
            return read_goodbye(body, count, report);
        case kExtendedReport:
            return read_extended(body, report.extended);
        default:
            return true;
    }
}

void write_common_header(std::uint8_t* p, std::size_t count, std::uint8_t type, std::size_t size) {
    p[0] = static_cast<std::uint8_t>(0x80 | count);
    p[1] = type;
    write_u16(p + 2, static_cast<std::uint16_t>(size / 4 - 1));
}

void write_block(std::uint8_t* p, const ReportBlock& block) {
    write_u32(p, block.ssrc.value);
    write_u32(p + 4, static_cast<std::uint32_t>(block.cumulative_lost) & 0xFFFFFF);
    p[4] = block.fraction_lost;
    write_u32(p + 8, block.extended_highest);
    write_u32(p + 12, block.jitter);
    write_u32(p + 16, block.last_sr);
    write_u32(p + 20, block.delay_since_last_sr);
}

std::size_t write_report(std::uint8_t* p, const RtcpCompound& compound) {
    const bool is_sender = compound.sender_info.has_value();
    const std::size_t size = kHeader + 4 + (is_sender ? kSenderInfo : 0) + (compound.block ? kBlock : 0);
    write_common_header(p, compound.block ? 1 : 0, is_sender ? kSenderReport : kReceiverReport, size);
    write_u32(p + 4, compound.sender.value);
    p += 8;
    if (is_sender) {
        write_u64(p, compound.sender_info->ntp);
        write_u32(p + 8, compound.sender_info->timestamp.value);
        write_u32(p + 12, compound.sender_info->packets);
        write_u32(p + 16, compound.sender_info->bytes);
        p += kSenderInfo;
    }
    if (compound.block) write_block(p, *compound.block);
    return size;
}

std::size_t write_description(std::uint8_t* p, Ssrc sender, std::string_view cname) {
    // RFC 3550 §6.5: each chunk ends with one or more null octets, up to the next word.
    const std::size_t size = (kHeader + 4 + 2 + cname.size()) / 4 * 4 + 4;
    std::memset(p, 0, size);
    write_common_header(p, 1, kSourceDescription, size);
    write_u32(p + 4, sender.value);
    p[8] = kCnameItem;
    p[9] = static_cast<std::uint8_t>(cname.size());
    std::copy(cname.begin(), cname.end(), p + 10);
    return size;
}

}  // namespace

std::optional<RtcpReport> parse_rtcp(std::span<const std::uint8_t> compound) {
    if (compound.empty()) return std::nullopt;
    RtcpReport report;
    while (!compound.empty()) {
        if (compound.size() < kHeader || (compound[0] & 0xC0) != 0x80) return std::nullopt;
        const std::size_t size = 4u * (read_u16(&compound[2]) + 1u);
        if (size > compound.size()) return std::nullopt;
        auto body = compound.subspan(kHeader, size - kHeader);
        if (compound[0] & kPaddingBit) {
            // RFC 3550 §6.4.1: padding only in the last packet, a multiple of four, counting itself.
            const std::size_t padding = body.empty() ? 0 : body.back();
            if (size != compound.size() || padding == 0 || padding > body.size()) return std::nullopt;
            body = body.first(body.size() - padding);
        }
        if (!read_packet(compound[1], compound[0] & 0x1Fu, body, report)) return std::nullopt;
        compound = compound.subspan(size);
    }
    return report;
}

std::size_t write_rtcp(std::span<std::uint8_t> out, const RtcpCompound& compound) {
    constexpr std::size_t kEnough = 400;
    if (out.size() < kEnough) return 0;
    std::size_t size = write_report(out.data(), compound);
    size += write_description(out.data() + size, compound.sender, compound.cname.substr(0, 255));
    if (!compound.extended.empty()) {
        std::uint8_t* const p = out.data() + size;
        const std::size_t xr = kHeader + write_extended(p + kHeader, compound.sender, compound.extended);
        write_common_header(p, 0, kExtendedReport, xr);
        size += xr;
    }
    if (compound.bye) {
        write_common_header(out.data() + size, 1, kGoodbye, 8);
        write_u32(out.data() + size + 4, compound.sender.value);
        size += 8;
    }
    return size;
}

}  // namespace causeway::rtp
