#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/sdp_files.hpp"
#include "webrtc/browser_sdp.hpp"

namespace causeway::webrtc {
namespace {

using sdp::Codec;
using test::sdp_file;
using test::with;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

MATCHER_P2(Format, codec, payload_type, "") {
    return arg.codec == codec && arg.payload_type.value == payload_type;
}
MATCHER_P2(Event, payload_type, clock_rate, "") {
    return arg.payload_type.value == payload_type && arg.clock_rate == static_cast<std::uint32_t>(clock_rate);
}

std::string error_of(const std::string& text) {
    const auto offer = parse_offer(text);
    return offer ? "" : offer.error().detail;
}

/// Without the first line that begins so.
std::string without(std::string text, const std::string& beginning) {
    const auto at = text.find("\n" + beginning);
    if (at == std::string::npos) throw std::runtime_error("not in the text: " + beginning);
    return text.erase(at + 1, text.find('\n', at + 1) - at);
}

TEST(BrowserOffer, chromium_audio_is_read) {
    const auto offer = parse_offer(sdp_file("chromium-audio.sdp")).value();
    EXPECT_THAT(offer.audio.formats, ElementsAre(Format(Codec::opus, 111), Format(Codec::g722, 9),
                                                 Format(Codec::pcmu, 0), Format(Codec::pcma, 8)));
    EXPECT_EQ(offer.audio.formats[0].fmtp, "minptime=10;useinbandfec=1");
    EXPECT_THAT(offer.audio.events, ElementsAre(Event(110, 48000), Event(126, 8000)));
    EXPECT_TRUE(offer.audio.rtcp_mux);
    EXPECT_TRUE(offer.audio.rtp.is_unspecified());
    EXPECT_EQ(offer.audio.direction, sdp::Direction::sendrecv);
    EXPECT_EQ(offer.audio_mid, "0");
    EXPECT_EQ(offer.audio_index, 0U);
    EXPECT_EQ(offer.audio_protocol, "UDP/TLS/RTP/SAVPF");
    EXPECT_TRUE(offer.bundle);
    EXPECT_EQ(offer.ice_ufrag, "eCF2");
    EXPECT_EQ(offer.ice_password, "N0INliqAssRY3ez+samI3Xof");
    EXPECT_FALSE(offer.ice_lite);
    EXPECT_FALSE(offer.end_of_candidates);
    ASSERT_THAT(offer.fingerprints, SizeIs(1));
    EXPECT_EQ(offer.fingerprints[0].hash, "sha-256");
    ASSERT_THAT(offer.fingerprints[0].digest, SizeIs(32));
    EXPECT_EQ(offer.fingerprints[0].digest.front(), 0x61);
    EXPECT_EQ(offer.fingerprints[0].digest.back(), 0x49);
    EXPECT_EQ(offer.setup, Setup::actpass);
    EXPECT_THAT(offer.candidates, SizeIs(2));
    EXPECT_THAT(offer.candidates[0],
                StartsWith("candidate:3842275498 1 udp 2122260223 127.0.0.1 36237 typ host"));
    EXPECT_THAT(offer.rejected, IsEmpty());
}

TEST(BrowserOffer, firefox_audio_is_read_with_its_session_level_fingerprint) {
    const auto offer = parse_offer(sdp_file("firefox-audio.sdp")).value();
    EXPECT_THAT(offer.audio.formats, ElementsAre(Format(Codec::opus, 109), Format(Codec::g722, 9),
                                                 Format(Codec::pcmu, 0), Format(Codec::pcma, 8)));
    EXPECT_THAT(offer.audio.events, ElementsAre(Event(101, 8000)));
    EXPECT_EQ(offer.ice_ufrag, "51ddf7cf");
    ASSERT_THAT(offer.fingerprints, SizeIs(1));
    EXPECT_EQ(offer.fingerprints[0].digest.front(), 0xBB);
    EXPECT_TRUE(offer.end_of_candidates);
}

TEST(BrowserOffer, candidates_of_component_2_are_left_out_beside_rtcp_mux) {
    const auto offer = parse_offer(sdp_file("firefox-audio.sdp")).value();
    ASSERT_THAT(offer.candidates, SizeIs(4));
    for (const auto& candidate : offer.candidates)
        EXPECT_THAT(candidate, testing::ContainsRegex("^candidate:. 1 "));
}

TEST(BrowserOffer, unreadable_candidates_are_left_out) {
    const std::string text =
        with(sdp_file("chromium-audio.sdp"), "a=candidate:3842275498 1 udp", "a=candidate:x\na=y:");
    EXPECT_THAT(parse_offer(text).value().candidates, SizeIs(1));
}

TEST(BrowserOffer, video_and_data_are_kept_for_the_rejection) {
    const auto offer = parse_offer(sdp_file("aiortc-audio-video-data.sdp")).value();
    EXPECT_THAT(offer.audio.formats,
                ElementsAre(Format(Codec::opus, 96), Format(Codec::pcmu, 0), Format(Codec::pcma, 8)));
    EXPECT_THAT(offer.audio.events, IsEmpty());
    ASSERT_THAT(offer.rejected, SizeIs(2));
    EXPECT_EQ(offer.rejected[0].kind, "video");
    EXPECT_EQ(offer.rejected[0].protocol, "UDP/TLS/RTP/SAVPF");
    EXPECT_EQ(offer.rejected[0].formats, "97 98 99 100 101 102");
    EXPECT_EQ(offer.rejected[0].mid, "1");
    EXPECT_EQ(offer.rejected[1].kind, "application");
    EXPECT_EQ(offer.rejected[1].protocol, "DTLS/SCTP");
}

TEST(BrowserOffer, every_captured_offer_with_audio_is_read) {
    for (const char* name :
         {"chromium-audio-nogum.sdp", "chromium-audio-video.sdp", "firefox-audio-nogum.sdp",
          "firefox-audio-video.sdp", "firefox-identity.sdp", "aiortc-audio.sdp"}) {
        const auto offer = parse_offer(sdp_file(name));
        ASSERT_TRUE(offer) << name << ": " << offer.error().detail;
        EXPECT_EQ(offer->audio_mid, "0") << name;
        EXPECT_EQ(offer->audio.formats.front().codec, Codec::opus) << name;
    }
}

TEST(BrowserOffer, audio_behind_other_sections_is_found) {
    std::string text = sdp_file("firefox-audio.sdp");
    text = with(text, "m=audio",
                "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\nc=IN IP4 0.0.0.0\na=mid:d\nm=audio");
    const auto offer = parse_offer(text).value();
    EXPECT_EQ(offer.audio_index, 1U);
    ASSERT_THAT(offer.rejected, SizeIs(1));
    EXPECT_EQ(offer.rejected[0].mid, "d");
}

TEST(BrowserOffer, an_unusable_audio_section_does_not_hide_a_usable_one) {
    std::string text = sdp_file("firefox-audio.sdp");
    text = with(text, "m=audio", "m=audio 0 UDP/TLS/RTP/SAVPF 109\na=mid:old\nm=audio");
    EXPECT_EQ(parse_offer(text).value().audio_index, 1U);
}

TEST(BrowserOffer, data_alone_is_an_error_that_names_it) {
    EXPECT_EQ(error_of(sdp_file("chromium-data.sdp")), "the offer has no audio, only application");
    EXPECT_EQ(error_of(sdp_file("firefox-data.sdp")), "the offer has no audio, only application");
    EXPECT_EQ(error_of("v=0\n"), "the offer describes no media");
}

TEST(BrowserOffer, setup_decides_who_may_begin) {
    const std::string text = sdp_file("chromium-audio.sdp");
    EXPECT_EQ(parse_offer(with(text, "setup:actpass", "setup:active")).value().setup, Setup::active);
    EXPECT_EQ(parse_offer(with(text, "setup:actpass", "setup:passive")).value().setup, Setup::passive);
    EXPECT_EQ(error_of(with(text, "setup:actpass", "setup:holdconn")),
              "a=setup is 'holdconn', not actpass, active or passive");
    EXPECT_EQ(error_of(without(text, "a=setup")), "the audio has no a=setup");
    EXPECT_EQ(
        parse_offer(with(without(text, "a=setup"), "t=0 0\r\n", "t=0 0\r\na=setup:active\n")).value().setup,
        Setup::active);
}

TEST(BrowserOffer, without_ice_there_is_no_way) {
    const std::string text = sdp_file("chromium-audio.sdp");
    EXPECT_EQ(error_of(without(text, "a=ice-ufrag")), "the audio has no a=ice-ufrag");
    EXPECT_EQ(error_of(without(text, "a=ice-pwd")), "the audio has no a=ice-pwd");
    EXPECT_EQ(error_of(with(text, "ice-ufrag:eCF2", "ice-ufrag:abc")),
              "a=ice-ufrag is not 4 to 256 ICE characters");
    EXPECT_EQ(error_of(with(text, "ice-ufrag:eCF2", "ice-ufrag:ab c")),
              "a=ice-ufrag is not 4 to 256 ICE characters");
    EXPECT_EQ(error_of(with(text, "ice-pwd:N0IN", "ice-pwd:N0I?")),
              "a=ice-pwd is not 22 to 256 ICE characters");
}

TEST(BrowserOffer, ice_may_stand_at_the_session_level) {
    const std::string text =
        with(without(without(sdp_file("chromium-audio.sdp"), "a=ice-ufrag"), "a=ice-pwd"), "t=0 0\r\n",
             "t=0 0\r\na=ice-lite\na=ice-ufrag:sess\na=ice-pwd:0123456789012345678901\n");
    const auto offer = parse_offer(text).value();
    EXPECT_EQ(offer.ice_ufrag, "sess");
    EXPECT_TRUE(offer.ice_lite);
}

TEST(BrowserOffer, without_rtcp_mux_it_is_refused) {
    EXPECT_EQ(error_of(without(sdp_file("chromium-audio.sdp"), "a=rtcp-mux")),
              "the audio has no a=rtcp-mux, and we take no other way");
}

TEST(BrowserOffer, fingerprints_of_the_section_replace_the_sessions) {
    const std::string text =
        with(sdp_file("chromium-audio.sdp"), "t=0 0\r\n", "t=0 0\r\na=fingerprint:sha-256 00\n");
    EXPECT_EQ(parse_offer(text).value().fingerprints[0].digest.front(), 0x61);
}

TEST(BrowserOffer, several_fingerprints_are_kept_and_weak_hashes_are_not) {
    const std::string sha1 =
        "a=fingerprint:sha-1 4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB\n";
    const std::string text = sdp_file("chromium-audio.sdp");
    std::string sha384 = "a=fingerprint:SHA-384 0a";
    for (int i = 1; i < 48; ++i) sha384 += ":ff";
    const auto offer = parse_offer(with(text, "a=setup", sha1 + sha384 + "\na=setup")).value();
    ASSERT_THAT(offer.fingerprints, SizeIs(2));
    EXPECT_EQ(offer.fingerprints[1].hash, "sha-384");
    EXPECT_THAT(offer.fingerprints[1].digest, SizeIs(48));
    EXPECT_EQ(error_of(with(without(text, "a=fingerprint"), "a=setup", sha1 + "a=setup")),
              "a=fingerprint has no hash that we accept (sha-256 is)");
}

TEST(BrowserOffer, an_unreadable_fingerprint_is_refused) {
    const std::string text = sdp_file("chromium-audio.sdp");
    EXPECT_EQ(error_of(without(text, "a=fingerprint")), "the audio has no a=fingerprint");
    for (const auto& [from, to] :
         {std::pair{"61:E3", "61:EG"}, {"61:E3", "61-E3"}, {"61:E3:", "61:"}, {"61:E3", "61:+3"}}) {
        EXPECT_EQ(error_of(with(text, from, to)), "the digest of a=fingerprint:sha-256 is not readable")
            << to;
    }
    EXPECT_EQ(error_of(with(text, "a=fingerprint:sha-256 ", "a=fingerprint:sha-256")),
              "a=fingerprint is not a hash name and a digest");
}

TEST(BrowserOffer, an_unknown_profile_or_codec_is_named) {
    const std::string text = sdp_file("chromium-audio.sdp");
    EXPECT_EQ(error_of(with(text, "UDP/TLS/RTP/SAVPF", "RTP/AVP")),
              "the audio uses 'RTP/AVP', not UDP/TLS/RTP/SAVPF");
    EXPECT_EQ(error_of(with(text, "111 63 9 0 8 13 110 126", "63 13")),
              "the audio has none of our codecs, only red, CN");
    EXPECT_TRUE(parse_offer(with(text, "UDP/TLS/RTP/SAVPF", "RTP/SAVPF")));
}

TEST(BrowserOffer, audio_without_a_port_is_off_or_stands_on_another_section) {
    const std::string text = sdp_file("chromium-audio.sdp");
    EXPECT_EQ(error_of(with(text, "m=audio 36237", "m=audio 0")), "the audio is switched off (port 0)");
    EXPECT_EQ(error_of(with(with(text, "m=audio 36237", "m=audio 0"), "a=mid:0", "a=mid:0\na=bundle-only")),
              "the audio is offered only bundled to a section that we reject");
}

TEST(BrowserOffer, bundling_needs_the_audios_name_in_the_group) {
    const std::string text = sdp_file("chromium-audio.sdp");
    EXPECT_FALSE(parse_offer(with(text, "BUNDLE 0", "BUNDLE 1")).value().bundle);
    EXPECT_FALSE(parse_offer(with(text, "BUNDLE 0", "LS 0")).value().bundle);
    EXPECT_FALSE(parse_offer(with(text, "a=group:BUNDLE 0\r\n", "")).value().bundle);
    EXPECT_FALSE(parse_offer(with(text, "a=mid:0\r\n", "")).value().bundle);
    EXPECT_EQ(parse_offer(with(text, "a=mid:0\r\n", "a=mid:0 1\n")).value().audio_mid, "");
}

}  // namespace
}  // namespace causeway::webrtc
