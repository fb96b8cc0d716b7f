#include "core/sdp/redescribe.hpp"

#include <gtest/gtest.h>

#include "core/sdp/sip_audio.hpp"

namespace causeway::sdp {
namespace {

SipLocal local() {
    SipLocal local;
    local.rtp = SocketAddress::parse("192.0.2.1", 20000).value();
    local.codecs = {Codec::pcmu, Codec::pcma};
    local.session_id = 77;
    local.session_version = 1;
    return local;
}

TEST(Redescribe, only_the_direction_and_the_version_are_new) {
    const std::string before = make_sip_offer(local()).sdp;
    SipLocal held = local();
    held.session_version = 2;
    held.direction = Direction::sendonly;
    EXPECT_EQ(redescribed(before, Direction::sendonly, 2), make_sip_offer(held).sdp);
    EXPECT_EQ(redescribed(redescribed(before, Direction::inactive, 2), Direction::sendrecv, 1), before);
}

TEST(Redescribe, an_answer_keeps_the_peers_payload_types_and_the_streams_refused) {
    const std::string offer =
        "v=0\r\no=p 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
        "m=video 9 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 telephone-event/8000\r\n";
    const std::string answer = make_sip_answer(offer, local()).value().sdp;
    const std::string held = redescribed(answer, Direction::inactive, 9);
    EXPECT_NE(held.find("m=video 0 "), std::string::npos);
    EXPECT_NE(held.find(" RTP/AVP 0 96"), std::string::npos);
    EXPECT_NE(held.find("a=inactive"), std::string::npos);
    EXPECT_NE(held.find("o=- 77 9 IN"), std::string::npos);
    EXPECT_EQ(held.find("a=sendrecv"), std::string::npos);
}

TEST(Redescribe, what_is_no_description_stays_what_it_is) {
    EXPECT_EQ(redescribed("", Direction::inactive, 1), "");
    EXPECT_EQ(redescribed("o=broken\r\n", Direction::inactive, 1), "o=broken\r\n");
}

}  // namespace
}  // namespace causeway::sdp
