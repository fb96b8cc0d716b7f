#include "tests/load/client_sdp.hpp"

#include <gtest/gtest.h>

#include "core/sdp/sip_audio.hpp"
#include "tests/load/door.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::load {
namespace {

SocketAddress address(std::uint16_t port) {
    return SocketAddress::parse("127.0.0.1", port).value();
}

TEST(LoadSdp, the_gateway_reads_our_browsers_offer) {
    BrowserOfferParts parts;
    parts.formats = {browser_format(sdp::Codec::opus), event_format(48000)};
    parts.ice_ufrag = "ufrag123";
    parts.ice_password = "passwordOf22Characters0";
    parts.fingerprint = {"sha-256", std::vector<std::uint8_t>(32, 0xab)};
    parts.candidate = address(40000);
    const auto offer = webrtc::parse_offer(make_browser_offer(parts));
    ASSERT_TRUE(offer) << offer.error().detail;
    EXPECT_EQ(offer->ice_ufrag, "ufrag123");
    EXPECT_EQ(offer->fingerprints.front(), parts.fingerprint);
    ASSERT_EQ(offer->audio.formats.size(), 1U);
    EXPECT_EQ(offer->audio.formats.front().codec, sdp::Codec::opus);
    EXPECT_EQ(offer->audio.events.size(), 1U);
    ASSERT_EQ(offer->candidates.size(), 1U);
    EXPECT_EQ(candidate_address(offer->candidates.front()), address(40000));
}

TEST(LoadSdp, an_answer_is_read_with_what_matters) {
    std::string digits = "AB";
    for (int n = 1; n < 32; ++n) digits += ":01";
    const auto answer = read_browser_answer("v=0\r\na=fingerprint:SHA-256 " + digits +
                                            "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 126\r\na=setup:active\r\n"
                                            "a=ice-ufrag:u\r\na=ice-pwd:p\r\n"
                                            "a=candidate:1 1 UDP 1 127.0.0.1 4000 typ host\r\n"
                                            "a=candidate:2 1 TCP 1 127.0.0.1 9 typ host tcptype active\r\n"
                                            "a=candidate:3 2 UDP 1 127.0.0.1 4001 typ host\r\n"
                                            "a=candidate:4 1 UDP 1 x.local 4002 typ host\r\n");
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_TRUE(answer->peer_is_dtls_client);
    EXPECT_EQ(answer->payload_type.value, 111);
    EXPECT_EQ(answer->candidates, std::vector{address(4000)});
    std::vector<std::uint8_t> digest(32, 0x01);
    digest[0] = 0xab;
    EXPECT_EQ(answer->fingerprints.front(), (webrtc::Fingerprint{"sha-256", digest}));
}

TEST(LoadSdp, an_answer_of_no_use_says_why) {
    EXPECT_EQ(read_browser_answer("v=0\r\nm=audio 0 X 0\r\n").error().detail, "the answer takes no audio");
    EXPECT_EQ(read_browser_answer("m=audio 9 X 0\r\n").error().detail, "the answer has no ICE password");
    EXPECT_EQ(read_browser_answer("m=audio 9 X 0\na=ice-ufrag:u\na=ice-pwd:p\n").error().detail,
              "the answer has no fingerprint: the audio has no a=fingerprint");
}

TEST(LoadSdp, a_telephone_reads_the_gateways_offer) {
    sdp::SipLocal local;
    local.rtp = address(20000);
    local.codecs = {sdp::Codec::opus, sdp::Codec::g722, sdp::Codec::pcmu};
    const auto offer = read_sip_sdp(sdp::make_sip_offer(local).sdp);
    ASSERT_TRUE(offer) << offer.error().detail;
    EXPECT_EQ(offer->rtp, address(20000));
    EXPECT_EQ(offer->rtcp, address(20001));
    ASSERT_NE(find_format(offer->formats, sdp::Codec::g722), nullptr);
    EXPECT_EQ(find_format(offer->formats, sdp::Codec::g722)->payload_type.value, 9);
    EXPECT_NE(find_format(offer->formats, sdp::Codec::opus), nullptr);
    EXPECT_EQ(find_format(offer->formats, sdp::Codec::pcma), nullptr);
}

TEST(LoadSdp, the_gateway_reads_a_telephones_answer) {
    sdp::SipLocal local;
    local.rtp = address(20000);
    local.codecs = {sdp::Codec::pcmu};
    const auto offer = sdp::make_sip_offer(local);
    const auto parts = read_sip_sdp(offer.sdp);
    ASSERT_TRUE(parts);
    const std::string answer = make_sip_sdp(address(30000), {*find_format(parts->formats, sdp::Codec::pcmu)});
    const auto agreed = sdp::parse_sip_answer(answer, offer.media);
    ASSERT_TRUE(agreed) << agreed.error().detail;
    EXPECT_EQ(agreed->rtp, address(30000));
    EXPECT_EQ(agreed->formats.front().codec, sdp::Codec::pcmu);
}

TEST(LoadNumbers, lead_back_to_their_call) {
    EXPECT_EQ(called_number(CallIndex{17}), "load-0000017");
    EXPECT_EQ(called_number(CallIndex{2'000'001}), "load-2000001");
    EXPECT_EQ(call_of_number("load-2000001"), CallIndex{2'000'001});
    for (const char* other : {"", "load-", "load-1x", "600", "load--1"}) EXPECT_FALSE(call_of_number(other));
}

}  // namespace
}  // namespace causeway::load
