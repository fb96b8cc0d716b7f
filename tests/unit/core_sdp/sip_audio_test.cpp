#include "core/sdp/sip_audio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "core/sdp/session.hpp"
#include "tests/support/sdp_files.hpp"

namespace causeway::sdp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SocketAddress address(std::string_view text) {
    return SocketAddress::parse(text).value();
}

SipLocal local(std::vector<Codec> codecs = {Codec::opus, Codec::g722, Codec::pcmu, Codec::pcma}) {
    return {.rtp = address("192.0.2.1:40000"),
            .codecs = std::move(codecs),
            .session_id = 7,
            .session_version = 1};
}

/// A telephone's description with `media` as its m= section(s).
std::string peer(const std::string& media, const std::string& connection = "c=IN IP4 198.51.100.2\r\n") {
    return "v=0\r\no=- 1 1 IN IP4 198.51.100.2\r\ns=-\r\n" + connection + "t=0 0\r\n" + media;
}

AudioMedia offer_of(const std::string& media) {
    return parse_sip_offer(peer(media)).value();
}

std::string offer_error(const std::string& text) {
    const auto media = parse_sip_offer(text);
    return media ? "" : media.error().detail;
}

std::string answer_text(const std::string& media, const SipLocal& from) {
    return make_sip_answer(peer(media), from).value().sdp;
}

std::string answer_error(const std::string& text, const AudioMedia& offer) {
    const auto media = parse_sip_answer(text, offer);
    return media ? "" : media.error().detail;
}

MATCHER_P2(Format, codec, payload_type, "") {
    return arg.codec == codec && arg.payload_type.value == payload_type;
}
MATCHER_P2(Event, payload_type, clock_rate, "") {
    return arg.payload_type.value == payload_type && arg.clock_rate == static_cast<std::uint32_t>(clock_rate);
}

TEST(SipOffer, our_own_offer_is_written_line_by_line) {
    const auto offer = make_sip_offer(local());
    EXPECT_EQ(offer.sdp,
              "v=0\r\n"
              "o=- 7 1 IN IP4 192.0.2.1\r\n"
              "s=-\r\n"
              "c=IN IP4 192.0.2.1\r\n"
              "t=0 0\r\n"
              "m=audio 40000 RTP/AVP 96 9 0 8 101 102\r\n"
              "a=rtpmap:96 opus/48000/2\r\n"
              "a=fmtp:96 minptime=10;useinbandfec=1\r\n"
              "a=rtpmap:9 G722/8000\r\n"
              "a=rtpmap:0 PCMU/8000\r\n"
              "a=rtpmap:8 PCMA/8000\r\n"
              "a=rtpmap:101 telephone-event/8000\r\n"
              "a=fmtp:101 0-15\r\n"
              "a=rtpmap:102 telephone-event/48000\r\n"
              "a=fmtp:102 0-15\r\n"
              "a=ptime:20\r\n"
              "a=sendrecv\r\n"
              "a=rtcp-xr:rcvr-rtt=all voip-metrics\r\n");
}

TEST(SipOffer, the_values_of_our_own_offer_are_what_its_text_says) {
    for (const Direction direction : {Direction::sendrecv, Direction::sendonly, Direction::inactive}) {
        SipLocal ours = local();
        ours.direction = direction;
        ours.ptime_ms = 30;
        const auto offer = make_sip_offer(ours);
        EXPECT_EQ(parse_sip_offer(offer.sdp).value(), offer.media);
    }
}

TEST(SipOffer, events_at_48000_go_with_opus_only) {
    EXPECT_THAT(make_sip_offer(local({Codec::pcmu})).media.events, ElementsAre(Event(101, 8000)));
}

TEST(SipOffer, an_ipv6_address_is_written_as_such) {
    SipLocal ours = local({Codec::pcmu});
    ours.rtp = address("[2001:db8::1]:40000");
    EXPECT_THAT(make_sip_offer(ours).sdp, HasSubstr("\r\nc=IN IP6 2001:db8::1\r\n"));
}

TEST(SipOffer, huge_session_numbers_stay_readable_as_signed) {
    SipLocal ours = local({Codec::pcmu});
    ours.session_id = ~std::uint64_t{0};
    EXPECT_THAT(make_sip_offer(ours).sdp, HasSubstr("o=- 9223372036854775807 1 IN IP4"));
}

TEST(ParseSipOffer, static_payload_types_need_no_rtpmap) {
    const auto media = offer_of("m=audio 5004 RTP/AVP 8 0 9 18 3 13 4\r\n");
    EXPECT_THAT(media.formats,
                ElementsAre(Format(Codec::pcma, 8), Format(Codec::pcmu, 0), Format(Codec::g722, 9),
                            Format(Codec::g729, 18), Format(Codec::gsm, 3)));
    EXPECT_EQ(media.comfort_noise, PayloadType{13});
    EXPECT_EQ(media.rtp, address("198.51.100.2:5004"));
    EXPECT_EQ(media.rtcp, std::nullopt);
    EXPECT_EQ(media.ptime_ms, 20);
    EXPECT_EQ(media.direction, Direction::sendrecv);
}

TEST(ParseSipOffer, names_are_read_without_regard_to_case_and_spelling_habits) {
    const auto media = offer_of(
        "m=audio 5004 RTP/AVP 96 97 98 101\r\na=rtpmap:96 OPUS/48000/2\r\na=fmtp:96 "
        "stereo=0;useinbandfec=1\r\n"
        "a=rtpmap:97 g722/8000/1\r\na=rtpmap:98 opus/48000\r\na=rtpmap:101 Telephone-Event/8000/1\r\n");
    EXPECT_THAT(media.formats,
                ElementsAre(Format(Codec::opus, 96), Format(Codec::g722, 97), Format(Codec::opus, 98)));
    EXPECT_EQ(media.formats[0].fmtp, "stereo=0;useinbandfec=1");
    EXPECT_THAT(media.events, ElementsAre(Event(101, 8000)));
}

TEST(ParseSipOffer, wrong_clocks_and_channels_are_other_codecs) {
    EXPECT_EQ(offer_error(peer("m=audio 5004 RTP/AVP 96 97\r\na=rtpmap:96 opus/16000/2\r\n"
                               "a=rtpmap:97 PCMU/8000/2\r\n")),
              "the audio has none of our codecs, only opus, PCMU");
}

TEST(ParseSipOffer, a_payload_type_counts_once_and_its_first_rtpmap_wins) {
    const auto media =
        offer_of("m=audio 5004 RTP/AVP 96 96 0\r\na=rtpmap:96 PCMA/8000\r\na=rtpmap:96 PCMU/8000\r\n");
    EXPECT_THAT(media.formats, ElementsAre(Format(Codec::pcma, 96), Format(Codec::pcmu, 0)));
}

TEST(ParseSipOffer, payload_types_out_of_range_are_ignored) {
    EXPECT_THAT(offer_of("m=audio 5004 RTP/AVP 128 256 -1 * 0\r\na=rtpmap:128 PCMA/8000\r\n").formats,
                ElementsAre(Format(Codec::pcmu, 0)));
}

TEST(ParseSipOffer, events_keep_each_clock_rate) {
    const auto media = offer_of(
        "m=audio 5004 RTP/AVP 0 101 102\r\na=rtpmap:101 telephone-event/48000\r\n"
        "a=rtpmap:102 telephone-event/8000\r\n");
    EXPECT_THAT(media.events, ElementsAre(Event(101, 48000), Event(102, 8000)));
}

TEST(ParseSipOffer, the_sections_connection_goes_before_the_sessions) {
    EXPECT_EQ(offer_of("m=audio 5004 RTP/AVP 0\r\nc=IN IP4 203.0.113.9\r\n").rtp,
              address("203.0.113.9:5004"));
}

TEST(ParseSipOffer, ipv6_is_understood) {
    const auto media = parse_sip_offer(peer("m=audio 5004 RTP/AVP 0\r\n", "c=IN IP6 2001:db8::7\r\n"));
    EXPECT_EQ(media.value().rtp, address("[2001:db8::7]:5004"));
}

TEST(ParseSipOffer, rtcp_may_be_elsewhere) {
    EXPECT_EQ(offer_of("m=audio 5004 RTP/AVP 0\r\na=rtcp:6000\r\n").rtcp, address("198.51.100.2:6000"));
    EXPECT_EQ(offer_of("m=audio 5004 RTP/AVP 0\r\na=rtcp:6000 IN IP4 203.0.113.9\r\n").rtcp,
              address("203.0.113.9:6000"));
    EXPECT_EQ(offer_of("m=audio 5004 RTP/AVP 0\r\na=rtcp:0\r\n").rtcp, std::nullopt);
    EXPECT_EQ(offer_of("m=audio 5004 RTP/AVP 0\r\na=rtcp:x\r\n").rtcp, std::nullopt);
}

TEST(ParseSipOffer, rtcp_mux_is_read) {
    EXPECT_TRUE(offer_of("m=audio 5004 RTP/AVP 0\r\na=rtcp-mux\r\n").rtcp_mux);
    EXPECT_FALSE(offer_of("m=audio 5004 RTP/AVP 0\r\n").rtcp_mux);
}

TEST(ParseSipOffer, packet_time_is_capped_and_bounded) {
    const auto ptime = [](const std::string& lines) {
        return offer_of("m=audio 5004 RTP/AVP 0\r\n" + lines).ptime_ms;
    };
    EXPECT_EQ(ptime("a=ptime:30\r\n"), 30);
    EXPECT_EQ(ptime("a=ptime:30.5\r\n"), 30);
    EXPECT_EQ(ptime("a=maxptime:10\r\n"), 10);
    EXPECT_EQ(ptime("a=ptime:60\r\na=maxptime:40\r\n"), 40);
    EXPECT_EQ(ptime("a=ptime:0\r\n"), 10);
    EXPECT_EQ(ptime("a=ptime:5000\r\n"), 120);
    EXPECT_EQ(ptime("a=ptime:often\r\n"), 20);
}

TEST(ParseSipOffer, the_sections_direction_goes_before_the_sessions) {
    const std::string session_level = "c=IN IP4 198.51.100.2\r\na=sendonly\r\n";
    EXPECT_EQ(parse_sip_offer(peer("m=audio 5004 RTP/AVP 0\r\n", session_level)).value().direction,
              Direction::sendonly);
    EXPECT_EQ(
        parse_sip_offer(peer("m=audio 5004 RTP/AVP 0\r\na=inactive\r\n", session_level)).value().direction,
        Direction::inactive);
}

TEST(ParseSipOffer, the_old_hold_by_zero_address_takes_receiving_away) {
    const auto on_hold = [](const std::string& lines) {
        return parse_sip_offer(peer("m=audio 5004 RTP/AVP 0\r\n" + lines, "c=IN IP4 0.0.0.0\r\n")).value();
    };
    EXPECT_EQ(on_hold("").direction, Direction::sendonly);
    EXPECT_TRUE(on_hold("").rtp.is_unspecified());
    EXPECT_EQ(on_hold("a=recvonly\r\n").direction, Direction::inactive);
}

TEST(ParseSipOffer, the_first_usable_audio_section_is_taken) {
    const auto media = offer_of(
        "m=video 6000 RTP/AVP 31\r\n"
        "m=audio 0 RTP/AVP 0\r\n"
        "m=audio 6002 RTP/SAVP 0\r\n"
        "m=audio 6004 RTP/AVP 4\r\n"
        "m=audio 6006 RTP/AVPF 8\r\n"
        "m=audio 6008 RTP/AVP 0\r\n");
    EXPECT_EQ(media.rtp.port(), 6006);
}

TEST(ParseSipOffer, what_is_lacking_is_said) {
    EXPECT_EQ(offer_error(""), "there is no SDP");
    EXPECT_EQ(offer_error(peer("")), "the SDP describes no media");
    EXPECT_EQ(offer_error(peer("m=image 9 udptl t38\r\n")), "fax (T.38) is not carried here");
    EXPECT_EQ(offer_error(peer("m=audio 0 RTP/AVP 0\r\n")), "the audio is switched off (port 0)");
    EXPECT_EQ(offer_error(peer("m=audio 9 RTP/SAVP 0\r\n")),
              "the audio is encrypted, which is switched off for this trunk");
    EXPECT_EQ(offer_error(peer("m=audio 9 RTP/AVP 15 4 97\r\na=rtpmap:97 G7221/16000\r\n")),
              "the audio has none of our codecs, only 15, 4, G7221");
    EXPECT_EQ(offer_error(peer("m=audio 9 RTP/AVP\r\n")), "the audio has none of our codecs, only none");
    EXPECT_EQ(offer_error(peer("m=audio 9 RTP/AVP 0\r\n", "")), "there is no connection line (c=)");
    EXPECT_EQ(offer_error(peer("m=audio 9 RTP/AVP 0\r\n", "c=IN IP4 phone.example\r\n")),
              "the connection address 'phone.example' is not a numeric IP address");
    EXPECT_EQ(offer_error(peer("m=audio 9 RTP/AVP 0\r\n", "c=ATM NSAP 47\r\n")),
              "the network type is 'ATM', not IN");
    EXPECT_EQ(offer_error(peer("m=audio 9 RTP/AVP 0\r\n", "c=IN\r\n")),
              "the connection line 'IN' is not readable");
}

TEST(ParseSipOffer, groups_and_broadcast_are_no_place_to_send_to) {
    for (const char* group : {"IN IP4 224.2.1.1/127", "IN IP4 255.255.255.255", "IN IP6 ff02::1"}) {
        EXPECT_THAT(offer_error(peer("m=audio 9 RTP/AVP 0\r\n", "c=" + std::string(group) + "\r\n")),
                    HasSubstr("is no single host"));
    }
}

TEST(SipAnswer, it_takes_the_common_codecs_in_the_offers_order_with_its_payload_types) {
    const auto answer = make_sip_answer(peer("m=audio 5004 RTP/AVP 18 8 112 0 113 101\r\na=rtpmap:112 "
                                             "opus/48000/2\r\na=rtpmap:113 opus/48000/2\r\n"
                                             "a=rtpmap:101 telephone-event/8000\r\n"),
                                        local({Codec::opus, Codec::pcma}));
    EXPECT_THAT(answer.value().media.formats, ElementsAre(Format(Codec::pcma, 8), Format(Codec::opus, 112)));
    EXPECT_EQ(answer.value().sdp,
              "v=0\r\n"
              "o=- 7 1 IN IP4 192.0.2.1\r\n"
              "s=-\r\n"
              "c=IN IP4 192.0.2.1\r\n"
              "t=0 0\r\n"
              "m=audio 40000 RTP/AVP 8 112 101\r\n"
              "a=rtpmap:8 PCMA/8000\r\n"
              "a=rtpmap:112 opus/48000/2\r\n"
              "a=fmtp:112 minptime=10;useinbandfec=1\r\n"
              "a=rtpmap:101 telephone-event/8000\r\n"
              "a=fmtp:101 0-15\r\n"
              "a=ptime:20\r\n"
              "a=sendrecv\r\n");
}

TEST(SipAnswer, its_values_are_what_its_text_says) {
    const std::string offer =
        peer("m=audio 5004 RTP/AVP 0 9 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n");
    const auto answer = make_sip_answer(offer, local()).value();
    EXPECT_EQ(parse_sip_answer(answer.sdp, parse_sip_offer(offer).value()).value(), answer.media);
}

TEST(SipAnswer, every_section_is_answered_in_its_place) {
    const auto session =
        parse_session(answer_text("m=video 6000 RTP/AVP 31 34\r\n"
                                  "m=audio 6002 RTP/AVPF 0\r\n"
                                  "m=audio 6004 RTP/AVP 8\r\n"
                                  "m=image 6006 udptl t38\r\n"
                                  "m=text 6008 RTP/AVP\r\n",
                                  local()));
    ASSERT_TRUE(session);
    ASSERT_EQ(session->media.size(), 5U);
    const auto line = [&](std::size_t i) {
        const MediaSection& section = session->media[i];
        std::string text = section.kind + " " + std::to_string(section.port) + " " + section.protocol;
        for (const auto& format : section.formats) text += " " + format;
        return text;
    };
    EXPECT_EQ(line(0), "video 0 RTP/AVP 31 34");
    EXPECT_EQ(line(1), "audio 40000 RTP/AVPF 0");
    EXPECT_EQ(line(2), "audio 0 RTP/AVP 8");
    EXPECT_EQ(line(3), "image 0 udptl t38");
    EXPECT_EQ(line(4), "text 0 RTP/AVP 0");
    for (const std::size_t i : {0U, 2U, 3U, 4U}) EXPECT_THAT(session->media[i].lines, IsEmpty());
}

TEST(SipAnswer, the_direction_is_the_offers_reversed_and_our_own_wish) {
    const auto direction = [](const std::string& offered, Direction wish) {
        SipLocal ours = local();
        ours.direction = wish;
        return make_sip_answer(peer("m=audio 5004 RTP/AVP 0\r\na=" + offered + "\r\n"), ours)
            .value()
            .media.direction;
    };
    EXPECT_EQ(direction("sendrecv", Direction::sendrecv), Direction::sendrecv);
    EXPECT_EQ(direction("sendonly", Direction::sendrecv), Direction::recvonly);
    EXPECT_EQ(direction("recvonly", Direction::sendrecv), Direction::sendonly);
    EXPECT_EQ(direction("inactive", Direction::sendrecv), Direction::inactive);
    EXPECT_EQ(direction("sendrecv", Direction::sendonly), Direction::sendonly);
    EXPECT_EQ(direction("sendonly", Direction::sendonly), Direction::inactive);
}

TEST(SipAnswer, an_old_hold_is_answered_by_receiving_only) {
    const std::string offer = peer("m=audio 5004 RTP/AVP 0\r\n", "c=IN IP4 0.0.0.0\r\n");
    EXPECT_EQ(make_sip_answer(offer, local()).value().media.direction, Direction::recvonly);
}

TEST(SipAnswer, events_follow_the_clocks_of_the_chosen_codecs) {
    const std::string offer =
        "m=audio 5004 RTP/AVP 96 0 101 102 103 104\r\na=rtpmap:96 opus/48000/2\r\n"
        "a=rtpmap:101 telephone-event/16000\r\na=rtpmap:102 telephone-event/48000\r\n"
        "a=rtpmap:103 telephone-event/8000\r\na=rtpmap:104 telephone-event/8000\r\n";
    const auto events = [&](std::vector<Codec> codecs) {
        return make_sip_answer(peer(offer), local(std::move(codecs))).value().media.events;
    };
    EXPECT_THAT(events({Codec::pcmu}), ElementsAre(Event(103, 8000)));
    EXPECT_THAT(events({Codec::opus}), ElementsAre(Event(102, 48000)));
    EXPECT_THAT(events({Codec::opus, Codec::pcmu}), ElementsAre(Event(102, 48000), Event(103, 8000)));
}

TEST(SipAnswer, events_of_another_clock_are_better_than_none) {
    const auto answer = make_sip_answer(peer("m=audio 5004 RTP/AVP 96 101\r\na=rtpmap:96 "
                                             "opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"),
                                        local({Codec::opus}));
    EXPECT_THAT(answer.value().media.events, ElementsAre(Event(101, 8000)));
}

TEST(SipAnswer, the_time_line_is_the_offers_when_it_is_two_numbers) {
    const auto time = [](const std::string& line) {
        const auto answer =
            make_sip_answer("v=0\r\nc=IN IP4 198.51.100.2\r\n" + line + "m=audio 9 RTP/AVP 0\r\n", local());
        return std::string(parse_session(answer.value().sdp).value().value('t').value());
    };
    EXPECT_EQ(time("t=2873397496 2873404696\r\n"), "2873397496 2873404696");
    EXPECT_EQ(time("t=now forever\r\n"), "0 0");
    EXPECT_EQ(time(""), "0 0");
}

TEST(SipAnswer, without_a_common_codec_it_says_what_was_offered) {
    const auto answer = make_sip_answer(peer("m=audio 9 RTP/AVP 0 8\r\n"), local({Codec::g722}));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().detail, "no codec is common: the offer has only PCMU, PCMA");
}

TEST(ParseSipAnswer, only_what_was_offered_counts) {
    const auto offer = make_sip_offer(local({Codec::pcmu, Codec::g722})).media;
    const auto media =
        parse_sip_answer(peer("m=audio 5004 RTP/AVP 8 9 0 101 102\r\na=rtpmap:101 telephone-event/8000\r\n"
                              "a=rtpmap:102 telephone-event/48000\r\n"),
                         offer);
    EXPECT_THAT(media.value().formats, ElementsAre(Format(Codec::g722, 9), Format(Codec::pcmu, 0)));
    EXPECT_THAT(media.value().events, ElementsAre(Event(101, 8000)));
}

TEST(ParseSipAnswer, a_dynamic_payload_type_without_rtpmap_means_what_we_offered) {
    const auto offer = make_sip_offer(local()).media;
    const auto media = parse_sip_answer(peer("m=audio 5004 RTP/AVP 96 101\r\n"), offer);
    EXPECT_THAT(media.value().formats, ElementsAre(Format(Codec::opus, 96)));
    EXPECT_THAT(media.value().events, ElementsAre(Event(101, 8000)));
}

TEST(ParseSipAnswer, the_peer_may_number_a_codec_its_own_way) {
    const auto offer = make_sip_offer(local()).media;
    const auto media =
        parse_sip_answer(peer("m=audio 5004 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n"), offer);
    EXPECT_THAT(media.value().formats, ElementsAre(Format(Codec::opus, 111)));
}

TEST(ParseSipAnswer, what_is_wrong_is_said) {
    const auto offer = make_sip_offer(local({Codec::pcmu})).media;
    EXPECT_EQ(answer_error(peer(""), offer), "the answer describes no media");
    EXPECT_EQ(answer_error(peer("m=audio 0 RTP/AVP 0\r\n"), offer), "the answer refuses the audio (port 0)");
    EXPECT_EQ(answer_error(peer("m=video 9 RTP/AVP 31\r\n"), offer),
              "the answer's first section is 'video', not audio");
    EXPECT_EQ(answer_error(peer("m=audio 9 RTP/AVP 8\r\n"), offer),
              "the answer takes none of the offered codecs, only PCMA");
    EXPECT_EQ(answer_error(peer("m=audio 9 RTP/SAVP 0\r\n"), offer),
              "the answer is encrypted, which was not offered");
    EXPECT_EQ(answer_error(peer("m=audio 9 RTP/AVP 0\r\n", ""), offer), "there is no connection line (c=)");
}

/// Every line that may ever leave towards SIP; what a browser's description has beyond it must not match.
void expect_known_lines_only(const std::string& sdp) {
    static const std::regex known(
        "v=0|o=- \\d+ \\d+ IN IP4 192\\.0\\.2\\.1|s=-|c=IN IP4 192\\.0\\.2\\.1|t=\\d+ \\d+|"
        "m=audio 40000 RTP/AVPF?( \\d+)+|m=\\S+ 0 \\S+( \\S+)+|"
        "a=rtpmap:\\d+ (opus/48000/2|G722/8000|PCM[UA]/8000|telephone-event/\\d+|CN/8000)|"
        "a=fmtp:\\d+ (0-15|minptime=10;useinbandfec=1)|a=ptime:20|a=(sendrecv|sendonly|recvonly|inactive)"
        "|a=rtcp-xr:(rcvr-rtt=all|voip-metrics|rcvr-rtt=all voip-metrics)|a=rtcp-mux");
    std::istringstream lines(sdp);
    for (std::string line; std::getline(lines, line);) {
        ASSERT_FALSE(line.empty());
        ASSERT_EQ(line.back(), '\r');
        line.pop_back();
        EXPECT_TRUE(std::regex_match(line, known)) << line;
    }
}

TEST(SipOffer, extended_reports_are_read_and_answered_when_they_are_offered) {
    const std::string lines =
        "m=audio 5004 RTP/AVP 0\r\na=rtcp-xr:pkt-loss-rle=200 voip-metrics stat-summary=loss\r\n";
    EXPECT_EQ(offer_of(lines).extended, (ExtendedReports{.voip_metrics = true}));
    EXPECT_EQ(offer_of("m=audio 5004 RTP/AVP 0\r\na=rtcp-xr:rcvr-rtt=sender:20\r\n").extended,
              (ExtendedReports{.reference_time = true}));
    EXPECT_EQ(offer_of("m=audio 5004 RTP/AVP 0\r\na=rtcp-xr\r\n").extended, ExtendedReports{});
    EXPECT_EQ(offer_of("m=audio 5004 RTP/AVP 0\r\na=rtcp-xr:xvoip-metricsx\r\n").extended, ExtendedReports{});
}

TEST(Border, nothing_but_known_lines_leaves_towards_sip) {
    expect_known_lines_only(make_sip_offer(local()).sdp);
    // A browser's offer made palatable for RTP/AVP: everything else in it must stay behind.
    for (const char* name : {"chromium-audio.sdp", "chromium-audio-video.sdp", "firefox-audio.sdp",
                             "firefox-identity.sdp", "aiortc-audio-video-data.sdp"}) {
        const std::string offer = test::with(test::sdp_file(name), "UDP/TLS/RTP/SAVPF", "RTP/AVPF");
        const auto answer = make_sip_answer(offer, local());
        ASSERT_TRUE(answer) << name;
        expect_known_lines_only(answer.value().sdp);
    }
}

}  // namespace
}  // namespace causeway::sdp
