// RFC 3550 A.1, RFC 3711 §3.3.1.
#include "core/rtp/sequence.hpp"

#include <gtest/gtest.h>

namespace causeway::rtp {
namespace {

TEST(Sequence, distance_is_right_across_the_wrap) {
    EXPECT_EQ(distance(SequenceNumber{2}, SequenceNumber{0xFFFE}), 4);
    EXPECT_EQ(distance(SequenceNumber{0xFFFE}, SequenceNumber{2}), -4);
    EXPECT_EQ(advanced(SequenceNumber{0xFFFF}, 1), SequenceNumber{0});
    EXPECT_EQ(advanced(SequenceNumber{0}, -1), SequenceNumber{0xFFFF});
    EXPECT_EQ(distance(RtpTime{160}, RtpTime{0xFFFFFF60}), 320);
    EXPECT_EQ(advanced(RtpTime{0xFFFFFF60}, 320), RtpTime{160});
    EXPECT_EQ(advanced(RtpTime{160}, -320), RtpTime{0xFFFFFF60});
}

TEST(Unwrapper, follows_several_wraps_and_takes_late_ones_back) {
    SequenceUnwrapper unwrapper;
    EXPECT_EQ(unwrapper.unwrap(65000), 65000);
    EXPECT_EQ(unwrapper.unwrap(100), 65636);
    EXPECT_EQ(unwrapper.unwrap(65535), 65535);
    EXPECT_EQ(unwrapper.unwrap(101), 65637);
    for (int n = 102; n < 200'000; ++n) unwrapper.unwrap(static_cast<std::uint16_t>(n));
    EXPECT_EQ(unwrapper.unwrap(static_cast<std::uint16_t>(200'000)), 65536 + 200'000);
}

TEST(Unwrapper, knows_what_came_before_the_first) {
    SequenceUnwrapper unwrapper;
    EXPECT_EQ(unwrapper.unwrap(1), 1);
    EXPECT_EQ(unwrapper.unwrap(65535), -1);
    EXPECT_EQ(unwrapper.unwrap(2), 2);
}

TEST(Unwrapper, unwraps_timestamps) {
    TimestampUnwrapper unwrapper;
    EXPECT_EQ(unwrapper.unwrap(0xFFFFFF00u), 0xFFFFFF00ll);
    EXPECT_EQ(unwrapper.unwrap(0x100u), 0x100000100ll);
}

}  // namespace
}  // namespace causeway::rtp
