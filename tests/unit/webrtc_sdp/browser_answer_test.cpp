#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sdp/session.hpp"
#include "tests/support/sdp_files.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::webrtc {
namespace {

using sdp::Codec;
using test::sdp_file;
using test::with;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

AnswerParameters parameters() {
    AnswerParameters given;
    given.codecs = {Codec::opus, Codec::g722, Codec::pcmu, Codec::pcma};
    given.ice_ufrag = "ours";
    given.ice_password = "0123456789012345678901";
    given.fingerprint = {"sha-256", std::vector<std::uint8_t>(32, 0xA5)};
    given.candidates = {"candidate:1 1 UDP 2122260223 192.0.2.1 40000 typ host"};
    given.ssrc = Ssrc{305419896};
    given.cname = "cw";
    given.session_id = 42;
    return given;
}

BrowserAnswer answer_to(const std::string& offer, const AnswerParameters& given = parameters()) {
    return make_answer(parse_offer(offer).value(), given).value();
}

std::string colons(int count) {
    std::string text = "A5";
    for (int i = 1; i < count; ++i) text += ":A5";
    return text;
}

TEST(BrowserAnswer, chromium_is_answered_line_by_line) {
    EXPECT_EQ(answer_to(sdp_file("chromium-audio.sdp")).sdp,
              "v=0\r\n"
              "o=- 42 1 IN IP4 0.0.0.0\r\n"
              "s=-\r\n"
              "t=0 0\r\n"
              "a=group:BUNDLE 0\r\n"
              "a=ice-options:trickle\r\n"
              "a=msid-semantic: WMS *\r\n"
              "m=audio 9 UDP/TLS/RTP/SAVPF 111 9 0 8 110 126\r\n"
              "c=IN IP4 0.0.0.0\r\n"
              "a=mid:0\r\n"
              "a=ice-ufrag:ours\r\n"
              "a=ice-pwd:0123456789012345678901\r\n"
              "a=candidate:1 1 UDP 2122260223 192.0.2.1 40000 typ host\r\n"
              "a=fingerprint:sha-256 " +
                  colons(32) +
                  "\r\n"
                  "a=setup:passive\r\n"
                  "a=rtcp-mux\r\n"
                  "a=sendrecv\r\n"
                  "a=msid:causeway audio\r\n"
                  "a=rtpmap:111 opus/48000/2\r\n"
                  "a=fmtp:111 minptime=10;useinbandfec=1\r\n"
                  "a=rtpmap:9 G722/8000\r\n"
                  "a=rtpmap:0 PCMU/8000\r\n"
                  "a=rtpmap:8 PCMA/8000\r\n"
                  "a=rtpmap:110 telephone-event/48000\r\n"
                  "a=fmtp:110 0-15\r\n"
                  "a=rtpmap:126 telephone-event/8000\r\n"
                  "a=fmtp:126 0-15\r\n"
                  "a=rtcp-rsize\r\n"
                  "a=rtcp-fb:111 transport-cc\r\n"
                  "a=extmap:3 "
                  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
                  "a=ptime:20\r\n"
                  "a=rtcp-xr:rcvr-rtt=all\r\n"
                  "a=ssrc:305419896 cname:cw\r\n");
}

TEST(BrowserAnswer, codecs_come_in_our_order_with_the_offers_payload_types) {
    AnswerParameters given = parameters();
    given.codecs = {Codec::pcma, Codec::opus, Codec::pcma};
    const auto answer = answer_to(sdp_file("firefox-audio.sdp"), given);
    EXPECT_THAT(answer.sdp, HasSubstr("m=audio 9 UDP/TLS/RTP/SAVPF 8 109 101\r\n"));
    ASSERT_THAT(answer.agreed.formats, SizeIs(2));
    EXPECT_EQ(answer.agreed.formats[0].codec, Codec::pcma);
    EXPECT_EQ(answer.agreed.formats[1].fmtp, "maxplaybackrate=48000;stereo=1;useinbandfec=1");
    EXPECT_TRUE(answer.agreed.rtcp_mux);
}

TEST(BrowserAnswer, rejected_sections_keep_their_places_and_leave_the_group) {
    const auto answer = answer_to(sdp_file("aiortc-audio-video-data.sdp"));
    EXPECT_THAT(answer.sdp, HasSubstr("a=group:BUNDLE 0\r\n"));
    const auto session = sdp::parse_session(answer.sdp).value();
    ASSERT_THAT(session.media, SizeIs(3));
    EXPECT_EQ(session.media[0].kind, "audio");
    EXPECT_THAT(answer.sdp, HasSubstr("m=video 0 UDP/TLS/RTP/SAVPF 97\r\n"
                                      "c=IN IP4 0.0.0.0\r\n"
                                      "a=mid:1\r\n"
                                      "a=inactive\r\n"
                                      "m=application 0 DTLS/SCTP 5000\r\n"
                                      "c=IN IP4 0.0.0.0\r\n"
                                      "a=mid:2\r\n"
                                      "a=inactive\r\n"));
}

TEST(BrowserAnswer, audio_behind_other_sections_is_answered_in_its_place) {
    std::string offer = sdp_file("firefox-audio.sdp");
    offer = with(offer, "BUNDLE 0", "BUNDLE d 0");
    offer = with(offer, "m=audio",
                 "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 0.0.0.0\na=mid:d\nm=audio");
    const auto session = sdp::parse_session(answer_to(offer).sdp).value();
    ASSERT_THAT(session.media, SizeIs(2));
    EXPECT_EQ(session.media[0].kind, "application");
    EXPECT_EQ(session.media[0].port, 0);
    EXPECT_EQ(session.media[1].kind, "audio");
    EXPECT_EQ(session.media[1].port, 9);
    EXPECT_EQ(session.attribute("group"), "BUNDLE 0");
}

TEST(BrowserAnswer, what_was_not_bundled_is_not_bundled) {
    const auto answer = answer_to(with(sdp_file("chromium-audio.sdp"), "a=group:BUNDLE 0\r\n", ""));
    EXPECT_THAT(answer.sdp, Not(HasSubstr("a=group")));
}

TEST(BrowserAnswer, the_profile_is_repeated) {
    EXPECT_THAT(answer_to(with(sdp_file("chromium-audio.sdp"), "UDP/TLS/RTP/SAVPF", "RTP/SAVPF")).sdp,
                HasSubstr("m=audio 9 RTP/SAVPF 111"));
}

TEST(BrowserAnswer, the_setup_role_is_answered_by_its_opposite) {
    const std::string offer = sdp_file("chromium-audio.sdp");
    AnswerParameters given = parameters();
    given.role = DtlsRole::client;
    EXPECT_THAT(answer_to(offer, given).sdp, HasSubstr("a=setup:active\r\n"));
    EXPECT_THAT(answer_to(with(offer, "setup:actpass", "setup:passive"), given).sdp,
                HasSubstr("a=setup:active\r\n"));
    const auto contradiction =
        make_answer(parse_offer(with(offer, "setup:actpass", "setup:active")).value(), given);
    ASSERT_FALSE(contradiction);
    EXPECT_EQ(contradiction.error().detail, "the DTLS role contradicts the offer's a=setup");

    EXPECT_EQ(answer_role(Setup::active, DtlsRole::client), DtlsRole::server);
    EXPECT_EQ(answer_role(Setup::passive, DtlsRole::server), DtlsRole::client);
    EXPECT_EQ(answer_role(Setup::actpass, DtlsRole::server), DtlsRole::server);
    EXPECT_EQ(answer_role(Setup::actpass, DtlsRole::client), DtlsRole::client);
}

TEST(BrowserAnswer, ice_lite_stands_at_the_session_level) {
    AnswerParameters given = parameters();
    given.ice_lite = true;
    given.end_of_candidates = true;
    const auto answer = answer_to(sdp_file("chromium-audio.sdp"), given);
    const auto session = sdp::parse_session(answer.sdp).value();
    EXPECT_TRUE(session.attribute("ice-lite"));
    EXPECT_TRUE(session.media[0].attribute("end-of-candidates"));
}

TEST(BrowserAnswer, the_direction_is_the_offers_reversed) {
    const std::string offer = sdp_file("chromium-audio.sdp");
    const auto listening = answer_to(with(offer, "a=sendrecv", "a=sendonly"));
    EXPECT_THAT(listening.sdp, HasSubstr("a=recvonly\r\n"));
    EXPECT_THAT(listening.sdp, Not(HasSubstr("a=msid:")));
    EXPECT_THAT(listening.sdp, Not(HasSubstr("a=ssrc:")));
    EXPECT_EQ(listening.agreed.direction, sdp::Direction::sendonly);
    const auto speaking = answer_to(with(offer, "a=sendrecv", "a=recvonly"));
    EXPECT_THAT(speaking.sdp, HasSubstr("a=sendonly\r\na=msid:"));
}

TEST(BrowserAnswer, events_follow_the_clocks_of_the_chosen_codecs) {
    AnswerParameters given = parameters();
    given.codecs = {Codec::opus};
    EXPECT_THAT(answer_to(sdp_file("chromium-audio.sdp"), given).agreed.events,
                ElementsAre(sdp::EventFormat{PayloadType{110}, 48000}));
    // Firefox has events at 8000 Hz only, also beside Opus.
    EXPECT_THAT(answer_to(sdp_file("firefox-audio.sdp"), given).agreed.events,
                ElementsAre(sdp::EventFormat{PayloadType{101}, 8000}));
    given.codecs = {Codec::pcmu};
    EXPECT_THAT(answer_to(sdp_file("chromium-audio.sdp"), given).agreed.events,
                ElementsAre(sdp::EventFormat{PayloadType{126}, 8000}));
}

TEST(BrowserAnswer, without_a_common_codec_there_is_none) {
    AnswerParameters given = parameters();
    given.codecs = {Codec::g722};
    const auto answer = make_answer(parse_offer(sdp_file("aiortc-audio.sdp")).value(), given);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().detail, "no codec is common with the browser");
}

TEST(BrowserAnswer, an_identity_assertion_is_not_repeated) {
    const auto answer = answer_to(sdp_file("firefox-identity.sdp"));
    EXPECT_THAT(answer.sdp, Not(HasSubstr("identity")));
}

constexpr const char* kTransportSequence =
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n";

TEST(BrowserAnswer, of_header_extensions_and_feedback_only_what_is_done_is_taken_up) {
    const auto answer = answer_to(sdp_file("chromium-audio.sdp"));
    EXPECT_EQ(answer.feedback, (AgreedFeedback{false, false, true, 3}));
    const auto session = sdp::parse_session(answer.sdp).value();
    EXPECT_THAT(session.media[0].attributes("extmap"), SizeIs(1));
    EXPECT_THAT(session.media[0].attributes("rtcp-fb"), ElementsAre("111 transport-cc"));
}

TEST(BrowserAnswer, nothing_is_taken_up_that_was_not_offered) {
    const auto answer = answer_to(sdp_file("aiortc-audio.sdp"));
    const auto offer = sdp_file("aiortc-audio.sdp");
    EXPECT_EQ(offer.find("transport-wide"), std::string::npos);
    EXPECT_FALSE(answer.feedback.transport_cc());
    EXPECT_THAT(answer.sdp, Not(HasSubstr("a=extmap")));
    EXPECT_THAT(answer.sdp, Not(HasSubstr("a=rtcp-fb")));
}

TEST(BrowserAnswer, nack_and_remb_are_answered_for_the_formats_that_have_them) {
    const auto answer = answer_to(with(sdp_file("chromium-audio.sdp"), "a=rtcp-fb:111 transport-cc\r\n",
                                       "a=rtcp-fb:111 nack\r\na=rtcp-fb:111 nack pli\r\n"
                                       "a=rtcp-fb:* goog-remb\r\na=rtcp-fb:63 nack\r\n"
                                       "a=rtcp-fb:111 ccm fir\r\n"));
    EXPECT_EQ(answer.feedback, (AgreedFeedback{true, true, true, std::nullopt}));
    const auto section = sdp::parse_session(answer.sdp).value().media[0];
    EXPECT_THAT(section.attributes("rtcp-fb"),
                ElementsAre("111 nack", "111 goog-remb", "9 goog-remb", "0 goog-remb", "8 goog-remb"));
}

TEST(BrowserAnswer, transport_wide_feedback_needs_its_extension_both_ways_and_a_fitting_number) {
    const std::string offer = sdp_file("chromium-audio.sdp");
    for (const char* instead :
         {"", "a=extmap:0 URI\r\n", "a=extmap:15 URI\r\n", "a=extmap:3/sendonly URI\r\n",
          "a=extmap:x URI\r\n", "a=extmap:3\r\n", "a=extmap:300 URI\r\n"}) {
        std::string line = instead;
        if (const auto at = line.find("URI"); at != std::string::npos) {
            line.replace(at, 3, std::string(kTransportSequence).substr(std::string("a=extmap:3 ").size()));
            line.resize(line.size() - 2);
        }
        const auto answer = answer_to(with(offer, kTransportSequence, line));
        EXPECT_FALSE(answer.feedback.transport_cc()) << instead;
        EXPECT_THAT(answer.sdp, Not(HasSubstr("transport-cc"))) << instead;
    }
    const auto both =
        answer_to(with(offer, "a=extmap:3 http://www.ietf", "a=extmap:14/sendrecv http://www.ietf"));
    EXPECT_EQ(both.feedback.transport_sequence_id, 14);
    EXPECT_FALSE(answer_to(with(offer, "a=rtcp-rsize\r\n", "")).feedback.reduced_size);
}

TEST(BrowserAnswer, what_we_like_of_opus_is_said) {
    AnswerParameters given = parameters();
    given.opus_bitrate = 24000;
    given.opus_dtx = true;
    EXPECT_THAT(answer_to(sdp_file("firefox-audio.sdp"), given).sdp,
                HasSubstr("a=fmtp:109 minptime=10;useinbandfec=1;maxaveragebitrate=24000;usedtx=1\r\n"));
}

}  // namespace
}  // namespace causeway::webrtc
