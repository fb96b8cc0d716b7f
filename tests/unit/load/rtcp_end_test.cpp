#include "tests/load/rtcp_end.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/rtp/big_endian.hpp"
#include "core/rtp/demux.hpp"

namespace causeway::load {
namespace {

rtp::RtpView heard(std::array<std::uint8_t, 12>& bytes, std::uint16_t sequence) {
    rtp::write_header(bytes, {PayloadType{0}, false, SequenceNumber{sequence}, RtpTime{1}, Ssrc{77}});
    return *rtp::RtpView::parse(bytes);
}

TEST(RtcpEnd, a_report_of_somebody_who_heard_nothing_has_no_block) {
    rtp::PacketBuffer packet;
    RtcpEnd().write(packet, RtpStream(), 1'700'000'000'000'000'000);
    EXPECT_EQ(packet.size(), 28U + 16U);
    EXPECT_EQ(packet.packet()[0], 0x80);
    EXPECT_EQ(rtp::kind_of(packet.packet()), rtp::PacketKind::rtcp);
}

TEST(RtcpEnd, a_block_tells_the_highest_number_and_the_peers_last_report) {
    constexpr std::int64_t kNow = 1'700'000'000'000'000'000;
    RtcpEnd end;
    std::array<std::uint8_t, 12> bytes{};
    for (const int sequence : {65534, 65535, 0, 1, 65535}) {
        end.heard(heard(bytes, static_cast<std::uint16_t>(sequence)));
    }
    rtp::PacketBuffer theirs;
    RtcpEnd().write(theirs, RtpStream(), kNow);
    end.heard_compound(theirs.packet(), kNow);
    rtp::PacketBuffer ours;
    end.write(ours, RtpStream(), kNow + 500'000'000);
    ASSERT_EQ(ours.size(), 28U + 24U + 16U);
    const std::uint8_t* const block = ours.packet().data() + 28;
    EXPECT_EQ(rtp::read_u32(block), 77U);
    EXPECT_EQ(rtp::read_u32(block + 8), 65537U);
    EXPECT_EQ(rtp::read_u32(block + 16), rtp::read_u32(theirs.packet().data() + 10));
    EXPECT_EQ(rtp::read_u32(block + 20), 32768U);  // half a second
}

}  // namespace
}  // namespace causeway::load
