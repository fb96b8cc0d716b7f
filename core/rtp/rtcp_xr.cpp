// XR blocks, read and written. RFC 3611 §3, §4.4, §4.5, §4.7.
#include "core/rtp/rtcp_xr.hpp"

#include "core/rtp/big_endian.hpp"

namespace causeway::rtp {

namespace {

constexpr std::uint8_t kReferenceTime = 4;
constexpr std::uint8_t kDlrr = 5;
constexpr std::uint8_t kVoipMetrics = 7;
constexpr std::size_t kBlockHeader = 4;
constexpr std::size_t kReferenceTimeSize = 8;
constexpr std::size_t kDlrrSize = 12;
constexpr std::size_t kVoipSize = 32;

VoipMetrics read_voip(const std::uint8_t* p) {
    VoipMetrics m;
    m.ssrc = {read_u32(p)};
    m.loss_rate = p[4];
    m.discard_rate = p[5];
    m.burst_density = p[6];
    m.gap_density = p[7];
    m.burst_duration = read_u16(p + 8);
    m.gap_duration = read_u16(p + 10);
    m.round_trip = read_u16(p + 12);
    m.end_system_delay = read_u16(p + 14);
    m.signal_level = static_cast<std::int8_t>(p[16]);
    m.noise_level = static_cast<std::int8_t>(p[17]);
    m.echo_loss = p[18];
    m.gmin = p[19];
    // §4.7.5: values outside the ranges MUST be ignored.
    const auto known = [](std::uint8_t value, std::uint8_t least, std::uint8_t most) {
        return value >= least && value <= most ? value : VoipMetrics::kUnknown;
    };
    m.r_factor = known(p[20], 0, 100);
    m.external_r_factor = known(p[21], 0, 100);
    m.mos_lq = known(p[22], 10, 50);
    m.mos_cq = known(p[23], 10, 50);
    m.receiver_config = p[24];
    m.buffer_nominal = read_u16(p + 26);
    m.buffer_maximum = read_u16(p + 28);
    m.buffer_absolute_maximum = read_u16(p + 30);
    return m;
}

void write_voip(std::uint8_t* p, const VoipMetrics& m) {
    write_u32(p, m.ssrc.value);
    p[4] = m.loss_rate;
    p[5] = m.discard_rate;
    p[6] = m.burst_density;
    p[7] = m.gap_density;
    write_u16(p + 8, m.burst_duration);
    write_u16(p + 10, m.gap_duration);
    write_u16(p + 12, m.round_trip);
    write_u16(p + 14, m.end_system_delay);
    p[16] = static_cast<std::uint8_t>(m.signal_level);
    p[17] = static_cast<std::uint8_t>(m.noise_level);
    p[18] = m.echo_loss;
    p[19] = m.gmin;
    p[20] = m.r_factor;
    p[21] = m.external_r_factor;
    p[22] = m.mos_lq;
    p[23] = m.mos_cq;
    p[24] = m.receiver_config;
    p[25] = 0;
    write_u16(p + 26, m.buffer_nominal);
    write_u16(p + 28, m.buffer_maximum);
    write_u16(p + 30, m.buffer_absolute_maximum);
}

void read_block(std::uint8_t type, std::span<const std::uint8_t> content, ExtendedReport& report) {
    switch (type) {
        case kReferenceTime:
            if (content.size() == kReferenceTimeSize) report.reference_time = read_u64(content.data());
            return;
        case kDlrr:
            for (; content.size() >= kDlrrSize && report.dlrr_count < ExtendedReport::kMaxBlocks;
                 content = content.subspan(kDlrrSize)) {
                const std::uint8_t* p = content.data();
                report.dlrr[report.dlrr_count++] = {{read_u32(p)}, read_u32(p + 4), read_u32(p + 8)};
            }
            return;
        case kVoipMetrics:
            if (content.size() == kVoipSize && report.voip_count < ExtendedReport::kMaxBlocks)
                report.voip[report.voip_count++] = read_voip(content.data());
            return;
        default:
            return;  // §3: unknown blocks are skipped by their length
    }
}

std::uint8_t* write_block_header(std::uint8_t* p, std::uint8_t type, std::size_t size) {
    p[0] = type;
    p[1] = 0;
    write_u16(p + 2, static_cast<std::uint16_t>(size / 4));
    return p + kBlockHeader;
}

}  // namespace

bool read_extended(std::span<const std::uint8_t> body, ExtendedReport& report) {
    if (body.size() < 4) return false;
    if (!report.sender) report.sender = Ssrc{read_u32(body.data())};
    body = body.subspan(4);
    while (!body.empty()) {
        if (body.size() < kBlockHeader) return false;
        const std::size_t size = 4u * read_u16(&body[2]);
        if (size > body.size() - kBlockHeader) return false;
        read_block(body[0], body.subspan(kBlockHeader, size), report);
        body = body.subspan(kBlockHeader + size);
    }
    return true;
}

std::size_t write_extended(std::uint8_t* p, Ssrc sender, const ExtendedBlocks& blocks) {
    const std::uint8_t* const begin = p;
    write_u32(p, sender.value);
    p += 4;
    if (blocks.reference_time) {
        p = write_block_header(p, kReferenceTime, kReferenceTimeSize);
        write_u64(p, *blocks.reference_time);
        p += kReferenceTimeSize;
    }
    if (blocks.dlrr) {
        p = write_block_header(p, kDlrr, kDlrrSize);
        write_u32(p, blocks.dlrr->ssrc.value);
        write_u32(p + 4, blocks.dlrr->last);
        write_u32(p + 8, blocks.dlrr->delay);
        p += kDlrrSize;
    }
    if (blocks.voip) {
        p = write_block_header(p, kVoipMetrics, kVoipSize);
        write_voip(p, *blocks.voip);
        p += kVoipSize;
    }
    return static_cast<std::size_t>(p - begin);
}

}  // namespace causeway::rtp
