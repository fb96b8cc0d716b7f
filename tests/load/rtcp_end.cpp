#include "tests/load/rtcp_end.hpp"

#include <cstring>

#include "core/rtp/big_endian.hpp"

namespace causeway::load {
namespace {

constexpr std::uint8_t kSenderReport = 200;
constexpr std::size_t kSenderInfo = 28;
constexpr std::size_t kReportBlock = 24;
constexpr std::size_t kSdes = 16;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNtpOffset = 2'208'988'800;

/// Seconds since 1900 in 32.32 bits.
std::uint64_t ntp(std::int64_t wire_time) {
    const auto seconds = static_cast<std::uint64_t>(wire_time / kSecond + kNtpOffset);
    const auto fraction = (static_cast<std::uint64_t>(wire_time % kSecond) << 32) / kSecond;
    return seconds << 32 | fraction;
}

}  // namespace

void RtcpEnd::heard(const rtp::RtpView& packet) {
    const std::uint16_t sequence = packet.sequence().value;
    if (!has_peer_ || packet.ssrc() != peer_) {
        has_peer_ = true;
        peer_ = packet.ssrc();
        highest_ = sequence;
        return;
    }
    const auto ahead = static_cast<std::uint16_t>(sequence - highest_);
    if (ahead < 0x8000) highest_ += ahead;
}

void RtcpEnd::heard_compound(std::span<const std::uint8_t> compound, std::int64_t now) {
    if (compound.size() < kSenderInfo || compound[1] != kSenderReport) return;
    last_report_ = rtp::read_u32(compound.data() + 10);  // the middle of its NTP time
    last_report_at_ = now;
}

void RtcpEnd::write(rtp::PacketBuffer& packet, const RtpStream& stream, std::int64_t now) const {
    const std::size_t blocks = has_peer_ ? 1 : 0;
    const std::size_t report = kSenderInfo + blocks * kReportBlock;
    std::uint8_t* const out = packet.fresh().data();
    std::memset(out, 0, report + kSdes);
    out[0] = static_cast<std::uint8_t>(0x80 | blocks);
    out[1] = kSenderReport;
    rtp::write_u16(out + 2, static_cast<std::uint16_t>(report / 4 - 1));
    rtp::write_u32(out + 4, stream.ssrc().value);
    rtp::write_u64(out + 8, ntp(now));
    rtp::write_u32(out + 16, stream.time().value);
    rtp::write_u32(out + 20, stream.packets());
    rtp::write_u32(out + 24, stream.octets());
    if (blocks != 0) {
        std::uint8_t* const block = out + kSenderInfo;
        rtp::write_u32(block, peer_.value);
        rtp::write_u32(block + 8, highest_);
        if (last_report_ != 0) {
            rtp::write_u32(block + 16, last_report_);
            rtp::write_u32(block + 20, static_cast<std::uint32_t>(((now - last_report_at_) << 16) / kSecond));
        }
    }
    // SDES with CNAME "load" (RFC 3550 §6.5)
    std::uint8_t* const sdes = out + report;
    sdes[0] = 0x81;
    sdes[1] = 202;
    rtp::write_u16(sdes + 2, kSdes / 4 - 1);
    rtp::write_u32(sdes + 4, stream.ssrc().value);
    std::memcpy(sdes + 8, "\x01\x04load", 6);
    packet.resize(report + kSdes);
}

}  // namespace causeway::load
