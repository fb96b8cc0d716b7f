// Offers as telephones, softphones and mobile networks write them, with the codecs that come after G.711, and
// the answers word by word.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/sdp/sip_audio.hpp"

namespace causeway::sdp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

SipLocal local(std::vector<Codec> codecs) {
    return {.rtp = SocketAddress::parse("192.0.2.1:40000").value(), .codecs = std::move(codecs)};
}

std::string peer(const std::string& media) {
    return "v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\nc=IN IP4 198.51.100.2\r\nt=0 0\r\n" + media;
}

/// From the m= line on.
std::string section(const std::string& sdp) {
    return sdp.substr(sdp.find("m="));
}

std::string answer(const std::string& media, std::vector<Codec> codecs) {
    const auto made = make_sip_answer(peer(media), local(std::move(codecs)));
    return made ? section(made->sdp) : made.error().detail;
}

MATCHER_P2(Format, codec, payload_type, "") {
    return arg.codec == codec && arg.payload_type.value == payload_type;
}

TEST(CodecOffer, every_codec_that_can_be_sent_has_its_payload_type_and_parameters) {
    SipLocal ours = local({kCodecs.begin(), kCodecs.end()});
    ours.silence_suppression = true;
    const auto offer = make_sip_offer(ours);
    EXPECT_EQ(section(offer.sdp),
              "m=audio 40000 RTP/AVP 96 9 0 8 18 99 100 97 98 3 105 104 107 106 109 13 101 102 103\r\n"
              "a=rtpmap:96 opus/48000/2\r\n"
              "a=fmtp:96 minptime=10;useinbandfec=1\r\n"
              "a=rtpmap:9 G722/8000\r\n"
              "a=rtpmap:0 PCMU/8000\r\n"
              "a=rtpmap:8 PCMA/8000\r\n"
              "a=rtpmap:18 G729/8000\r\n"
              "a=fmtp:18 annexb=no\r\n"
              "a=rtpmap:99 AMR/8000\r\n"
              "a=fmtp:99 mode-change-capability=2\r\n"
              "a=rtpmap:100 AMR/8000\r\n"
              "a=fmtp:100 octet-align=1;mode-change-capability=2\r\n"
              "a=rtpmap:97 AMR-WB/16000\r\n"
              "a=fmtp:97 mode-change-capability=2\r\n"
              "a=rtpmap:98 AMR-WB/16000\r\n"
              "a=fmtp:98 octet-align=1;mode-change-capability=2\r\n"
              "a=rtpmap:3 GSM/8000\r\n"
              "a=rtpmap:105 speex/8000\r\n"
              "a=rtpmap:104 speex/16000\r\n"
              "a=rtpmap:107 L16/8000\r\n"
              "a=rtpmap:106 L16/16000\r\n"
              "a=rtpmap:109 CLEARMODE/8000\r\n"
              "a=rtpmap:13 CN/8000\r\n"
              "a=rtpmap:101 telephone-event/8000\r\n"
              "a=fmtp:101 0-15\r\n"
              "a=rtpmap:102 telephone-event/48000\r\n"
              "a=fmtp:102 0-15\r\n"
              "a=rtpmap:103 telephone-event/16000\r\n"
              "a=fmtp:103 0-15\r\n"
              "a=ptime:20\r\n"
              "a=sendrecv\r\n"
              "a=rtcp-xr:rcvr-rtt=all voip-metrics\r\n");
    EXPECT_EQ(parse_sip_offer(offer.sdp).value(), offer.media);
}

TEST(CodecOffer, comfort_noise_is_offered_only_when_wanted_and_where_the_codec_has_none) {
    SipLocal ours = local({Codec::pcmu});
    EXPECT_THAT(make_sip_offer(ours).sdp, Not(HasSubstr("CN/8000")));
    ours.silence_suppression = true;
    EXPECT_EQ(make_sip_offer(ours).media.comfort_noise, PayloadType{13});
    ours.codecs = {Codec::g729, Codec::amr, Codec::opus};
    EXPECT_THAT(make_sip_offer(ours).sdp, Not(HasSubstr("CN/8000")));
}

TEST(CodecOffer, a_codec_that_is_only_heard_is_not_offered) {
    EXPECT_THAT(make_sip_offer(local({Codec::ilbc, Codec::pcmu})).sdp, Not(HasSubstr("iLBC")));
}

TEST(CodecAnswer, a_cisco_telephone_prefers_g729) {
    EXPECT_EQ(answer("m=audio 16384 RTP/AVP 18 0 8 116 101\r\n"
                     "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n"
                     "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
                     "a=rtpmap:116 iLBC/8000\r\na=fmtp:116 mode=20\r\n"
                     "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n",
                     {Codec::pcmu, Codec::g729, Codec::ilbc}),
              "m=audio 40000 RTP/AVP 18 0 101\r\n"
              "a=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\n"
              "a=rtpmap:0 PCMU/8000\r\n"
              "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n");
}

TEST(CodecAnswer, g729_under_its_old_names_and_with_annex_b_is_answered_without) {
    EXPECT_EQ(
        answer("m=audio 16384 RTP/AVP 18 13\r\na=rtpmap:18 g729A/8000\r\na=fmtp:18 annexb = \"yes\"\r\n",
               {Codec::g729}),
        "m=audio 40000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\na=fmtp:18 annexb=no\r\na=ptime:20\r\n"
        "a=sendrecv\r\n");
}

TEST(CodecAnswer, a_mobile_network_offers_amr_in_its_order) {
    // IR.92's offer: AMR-WB and AMR, each bandwidth-efficient first, events at both clocks.
    const std::string offer =
        "m=audio 49152 RTP/AVP 98 97 99 100 101 102\r\nb=AS:41\r\n"
        "a=rtpmap:98 AMR-WB/16000/1\r\na=fmtp:98 mode-change-capability=2;max-red=220\r\n"
        "a=rtpmap:97 AMR-WB/16000/1\r\na=fmtp:97 octet-align=1; mode-change-capability=2; max-red=220\r\n"
        "a=rtpmap:99 AMR/8000/1\r\na=fmtp:99 mode-set=0,2,4,7; mode-change-capability=2;max-red=220\r\n"
        "a=rtpmap:100 AMR/8000/1\r\na=fmtp:100 octet-align=1;mode-change-capability=2;max-red=220\r\n"
        "a=rtpmap:101 telephone-event/16000\r\na=rtpmap:102 telephone-event/8000\r\n"
        "a=ptime:20\r\na=maxptime:240\r\n";
    EXPECT_EQ(answer(offer, {Codec::amr, Codec::amr_wb}),
              "m=audio 40000 RTP/AVP 98 99 101 102\r\n"
              "a=rtpmap:98 AMR-WB/16000\r\na=fmtp:98 mode-change-capability=2\r\n"
              "a=rtpmap:99 AMR/8000\r\na=fmtp:99 mode-set=0,2,4,7;mode-change-capability=2\r\n"
              "a=rtpmap:101 telephone-event/16000\r\na=fmtp:101 0-15\r\n"
              "a=rtpmap:102 telephone-event/8000\r\na=fmtp:102 0-15\r\n"
              "a=ptime:20\r\na=sendrecv\r\n");
    // The peer's own parameters are what our encoder has to obey.
    const auto made = make_sip_answer(peer(offer), local({Codec::amr}));
    EXPECT_EQ(made.value().media.formats.front().fmtp,
              "mode-set=0,2,4,7; mode-change-capability=2;max-red=220");
}

TEST(CodecAnswer, octet_aligned_amr_is_answered_as_such) {
    EXPECT_EQ(answer("m=audio 5004 RTP/AVP 96\r\na=rtpmap:96 amr/8000\r\na=fmtp:96 octet-align=1\r\n",
                     {Codec::amr}),
              "m=audio 40000 RTP/AVP 96\r\na=rtpmap:96 AMR/8000\r\n"
              "a=fmtp:96 octet-align=1;mode-change-capability=2\r\na=ptime:20\r\na=sendrecv\r\n");
}

TEST(CodecAnswer, amr_with_interleaving_or_two_channels_is_left_out) {
    EXPECT_EQ(answer("m=audio 5004 RTP/AVP 96 97 98 8\r\na=rtpmap:96 AMR/8000\r\n"
                     "a=fmtp:96 octet-align=1;interleaving=12\r\na=rtpmap:97 AMR/8000\r\n"
                     "a=fmtp:97 octet-align=1;crc=1\r\na=rtpmap:98 AMR/8000/2\r\n",
                     {Codec::amr, Codec::pcma}),
              "m=audio 40000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\na=sendrecv\r\n");
}

TEST(CodecAnswer, linphone_has_speex_and_gsm) {
    EXPECT_EQ(answer("m=audio 7078 RTP/AVP 96 97 98 3 0 8 99 101\r\na=rtpmap:96 opus/48000/2\r\n"
                     "a=fmtp:96 useinbandfec=1\r\na=rtpmap:97 speex/16000\r\na=fmtp:97 vbr=on\r\n"
                     "a=rtpmap:98 speex/8000\r\na=fmtp:98 vbr=on\r\na=rtpmap:99 telephone-event/48000\r\n"
                     "a=rtpmap:101 telephone-event/16000\r\n",
                     {Codec::gsm, Codec::speex, Codec::speex_wb}),
              "m=audio 40000 RTP/AVP 97 98 3 101\r\na=rtpmap:97 speex/16000\r\na=rtpmap:98 speex/8000\r\n"
              "a=rtpmap:3 GSM/8000\r\na=rtpmap:101 telephone-event/16000\r\na=fmtp:101 0-15\r\n"
              "a=ptime:20\r\na=sendrecv\r\n");
}

TEST(CodecAnswer, l16_is_mono_at_both_clocks) {
    EXPECT_EQ(answer("m=audio 5004 RTP/AVP 10 11 112 113 114\r\na=rtpmap:112 L16/16000/1\r\n"
                     "a=rtpmap:113 L16/8000/2\r\na=rtpmap:114 l16/8000\r\n",
                     {Codec::l16, Codec::l16_wb}),
              "m=audio 40000 RTP/AVP 112 114\r\na=rtpmap:112 L16/16000\r\na=rtpmap:114 L16/8000\r\n"
              "a=ptime:20\r\na=sendrecv\r\n");
}

TEST(CodecAnswer, ilbc_is_taken_from_a_peer_that_only_sends) {
    const std::string offer = "m=audio 5004 RTP/AVP 97 101\r\na=rtpmap:97 iLBC/8000\r\na=fmtp:97 mode=20\r\n";
    EXPECT_EQ(answer(offer, {Codec::ilbc, Codec::pcmu}), "no codec is common: the offer has only iLBC, 101");
    EXPECT_EQ(answer(offer + "a=sendonly\r\n", {Codec::ilbc}),
              "m=audio 40000 RTP/AVP 97\r\na=rtpmap:97 iLBC/8000\r\na=fmtp:97 mode=20\r\na=ptime:20\r\n"
              "a=recvonly\r\n");
    EXPECT_EQ(answer(offer + "a=sendonly\r\n", {Codec::pcmu}),
              "no codec is common: the offer has only iLBC, 101");
}

TEST(CodecAnswer, clearmode_is_known_by_name_and_answered_only_where_allowed) {
    const std::string offer = "m=audio 5004 RTP/AVP 97\r\na=rtpmap:97 CLEARMODE/8000\r\n";
    EXPECT_EQ(answer(offer, {Codec::pcmu}), "no codec is common: the offer has only CLEARMODE");
    EXPECT_THAT(answer(offer, {Codec::clearmode}), HasSubstr("a=rtpmap:97 CLEARMODE/8000\r\n"));
}

TEST(CodecAnswer, comfort_noise_is_answered_when_offered_for_a_codec_that_needs_it) {
    const std::string offer = "m=audio 5004 RTP/AVP 0 18 13\r\na=rtpmap:13 CN/8000\r\n";
    EXPECT_EQ(answer(offer, {Codec::pcmu}),
              "m=audio 40000 RTP/AVP 0 13\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:13 CN/8000\r\na=ptime:20\r\n"
              "a=sendrecv\r\n");
    EXPECT_THAT(answer(offer, {Codec::g729}), Not(HasSubstr("CN/8000")));
    EXPECT_THAT(answer("m=audio 5004 RTP/AVP 0\r\n", {Codec::pcmu}), Not(HasSubstr("CN/8000")));
    EXPECT_THAT(answer("m=audio 5004 RTP/AVP 0 98\r\na=rtpmap:98 CN/16000\r\n", {Codec::pcmu}),
                Not(HasSubstr("CN/")));
}

TEST(ParseCodecAnswer, the_payload_type_tells_the_packing_of_a_peer_that_forgets_it) {
    const auto offer = make_sip_offer(local({Codec::amr})).media;
    const auto packing = [&](const std::string& media) {
        return parse_sip_answer(peer(media), offer).value().formats.front().fmtp;
    };
    EXPECT_EQ(packing("m=audio 5004 RTP/AVP 100\r\na=rtpmap:100 AMR/8000\r\n"), "octet-align=1;");
    EXPECT_EQ(packing("m=audio 5004 RTP/AVP 100\r\na=rtpmap:100 AMR/8000\r\na=fmtp:100 octet-align=0\r\n"),
              "octet-align=0");
    EXPECT_EQ(packing("m=audio 5004 RTP/AVP 99\r\na=rtpmap:99 AMR/8000\r\n"), "");
    EXPECT_EQ(packing("m=audio 5004 RTP/AVP 110\r\na=rtpmap:110 AMR/8000\r\na=fmtp:110 octet-align=1\r\n"),
              "octet-align=1");
}

TEST(ParseCodecAnswer, comfort_noise_counts_only_when_it_was_offered) {
    SipLocal ours = local({Codec::pcmu});
    const auto heard = [&] {
        return parse_sip_answer(peer("m=audio 5004 RTP/AVP 0 13\r\n"), make_sip_offer(ours).media)
            .value()
            .comfort_noise;
    };
    EXPECT_EQ(heard(), std::nullopt);
    ours.silence_suppression = true;
    EXPECT_EQ(heard(), PayloadType{13});
}

TEST(ParseCodecAnswer, events_at_16000_go_with_wide_band_codecs) {
    const auto offer = make_sip_offer(local({Codec::amr_wb})).media;
    const auto media = parse_sip_answer(peer("m=audio 5004 RTP/AVP 97 103\r\na=rtpmap:97 "
                                             "AMR-WB/16000\r\na=rtpmap:103 telephone-event/16000\r\n"),
                                        offer);
    EXPECT_THAT(media.value().formats, ElementsAre(Format(Codec::amr_wb, 97)));
    EXPECT_THAT(media.value().events, ElementsAre(EventFormat{PayloadType{103}, 16000}));
}

}  // namespace
}  // namespace causeway::sdp
