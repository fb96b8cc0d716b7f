#include "core/sdp/session.hpp"

#include <gtest/gtest.h>

#include "core/sdp/words.hpp"
#include "tests/support/sdp_files.hpp"

namespace causeway::sdp {
namespace {

using test::sdp_file;

constexpr const char* kCaptured[] = {
    "chromium-audio.sdp",   "chromium-audio-nogum.sdp", "chromium-audio-video.sdp",   "chromium-data.sdp",
    "firefox-audio.sdp",    "firefox-audio-nogum.sdp",  "firefox-audio-video.sdp",    "firefox-data.sdp",
    "firefox-identity.sdp", "aiortc-audio.sdp",         "aiortc-audio-video-data.sdp"};

std::string error_of(std::string_view text) {
    const auto session = parse_session(text);
    return session ? "" : session.error().detail;
}

std::string with_crlf(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n' && !(result.size() > 0 && result.back() == '\r')) result += '\r';
        result += c;
    }
    return result;
}

TEST(Session, real_offers_come_out_as_they_went_in) {
    for (const char* name : kCaptured) {
        const std::string text = with_crlf(sdp_file(name));
        const auto session = parse_session(text);
        ASSERT_TRUE(session) << name;
        EXPECT_EQ(serialise(*session), text) << name;
    }
}

TEST(Session, line_feeds_alone_end_lines_too) {
    const auto unix_ends = parse_session("v=0\ns=-\nm=audio 9 RTP/AVP 0\na=mid:0\n");
    const auto sip_ends = parse_session("v=0\r\ns=-\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n");
    ASSERT_TRUE(unix_ends);
    ASSERT_TRUE(sip_ends);
    EXPECT_EQ(*unix_ends, *sip_ends);
}

TEST(Session, blank_lines_and_a_missing_last_line_end_are_tolerated) {
    const auto session = parse_session("v=0\r\n\r\ns=-\r\nm=audio 9 RTP/AVP 0\r\n\r\na=mid:0");
    ASSERT_TRUE(session);
    ASSERT_EQ(session->media.size(), 1U);
    EXPECT_EQ(session->media[0].attribute("mid"), "0");
}

TEST(Session, missing_session_lines_are_tolerated) {
    EXPECT_TRUE(parse_session("v=0\r\nm=audio 9 RTP/AVP 0\r\n"));
}

TEST(Session, a_media_line_is_taken_apart) {
    const auto session = parse_session("v=0\r\nm=audio  49170/2  RTP/AVP 0 8 97\r\n");
    ASSERT_TRUE(session);
    const MediaSection& section = session->media.at(0);
    EXPECT_EQ(section.kind, "audio");
    EXPECT_EQ(section.port, 49170);
    EXPECT_EQ(section.port_count, 2);
    EXPECT_EQ(section.protocol, "RTP/AVP");
    EXPECT_EQ(section.formats, (std::vector<std::string>{"0", "8", "97"}));
    EXPECT_EQ(serialise(*session), "v=0\r\nm=audio 49170/2 RTP/AVP 0 8 97\r\n");
}

TEST(Session, attributes_are_found_by_their_whole_name) {
    const auto session =
        parse_session("v=0\na=rtcp-mux\na=rtcp:9 IN IP4 0.0.0.0\na=group:BUNDLE 0\na=group:LS 1\n");
    ASSERT_TRUE(session);
    EXPECT_EQ(session->attribute("rtcp"), "9 IN IP4 0.0.0.0");
    EXPECT_EQ(session->attribute("rtcp-mux"), "");
    EXPECT_EQ(session->attribute("rtcp-m"), std::nullopt);
    EXPECT_EQ(session->attributes("group"), (std::vector<std::string_view>{"BUNDLE 0", "LS 1"}));
}

TEST(Session, an_attribute_of_the_section_goes_before_the_sessions) {
    const auto session =
        parse_session("v=0\na=setup:active\na=mid:s\nm=audio 9 RTP/AVP 0\na=setup:passive\n");
    ASSERT_TRUE(session);
    EXPECT_EQ(attribute_of(*session, session->media[0], "setup"), "passive");
    EXPECT_EQ(attribute_of(*session, session->media[0], "mid"), "s");
}

TEST(Session, a_nul_byte_is_refused) {
    EXPECT_EQ(error_of(std::string_view("v=0\r\ns=a\0b\r\n", 12)), "the SDP has a NUL byte");
}

TEST(Session, a_carriage_return_that_ends_no_line_is_refused) {
    EXPECT_EQ(error_of("v=0\r\ns=a\rb\r\n"), "line 2 of the SDP has a carriage return inside");
    EXPECT_EQ(error_of("v=0\r\ns=a\r\r\n"), "line 2 of the SDP has a carriage return inside");
    EXPECT_EQ(error_of("v=0\r\ns=a\r"), "line 2 of the SDP has a carriage return inside");
}

TEST(Session, what_is_no_sdp_is_named) {
    EXPECT_EQ(error_of(""), "there is no SDP");
    EXPECT_EQ(error_of("\r\n\n"), "there is no SDP, only blank lines");
    EXPECT_EQ(error_of("<html>\n"), "the SDP begins with '<html>', not with v=0");
    EXPECT_EQ(error_of("v=0\n\x1b[2J\n"), "line 2 of the SDP is not of the form x=value: '?[2J'");
    EXPECT_EQ(error_of("v=0\nm=audio\n"), "line 2 of the SDP is an m= line without media, port and protocol");
    EXPECT_EQ(error_of("v=0\nm=audio 65536 RTP/AVP 0\n"), "line 2 of the SDP has no port number but '65536'");
    EXPECT_EQ(error_of("v=0\nm=audio -1 RTP/AVP 0\n"), "line 2 of the SDP has no port number but '-1'");
    EXPECT_EQ(error_of("v=0\nm=audio 9/x RTP/AVP 0\n"), "line 2 of the SDP has no port count but '9/x'");
}

TEST(Session, size_lines_sections_and_formats_are_bounded) {
    const std::string begin = "v=0\n";
    EXPECT_EQ(error_of(begin + "s=" + std::string(kMaxText, 'x')), "the SDP is longer than 64 KiB");

    std::string lines = begin;
    for (std::size_t i = 1; i < kMaxLines; ++i) lines += "a=x\n";
    EXPECT_EQ(error_of(lines), "");
    EXPECT_EQ(error_of(lines + "a=x\n"), "the SDP has more than 2048 lines");

    std::string sections = begin;
    for (std::size_t i = 0; i < kMaxSections; ++i) sections += "m=audio 0 RTP/AVP 0\n";
    EXPECT_EQ(error_of(sections), "");
    EXPECT_EQ(error_of(sections + "m=audio 0 RTP/AVP 0\n"), "line 66 of the SDP is one m= line too many");

    std::string formats = begin + "m=audio 9 RTP/AVP";
    for (std::size_t i = 0; i < kMaxFormats; ++i) formats += " 0";
    EXPECT_EQ(error_of(formats), "");
    EXPECT_EQ(error_of(formats + " 0"), "line 2 of the SDP has too many formats");
}

TEST(Words, quoting_shortens_and_masks_a_strangers_bytes) {
    EXPECT_EQ(in_quotes("a\tb\xff"), "'a?b?'");
    EXPECT_EQ(in_quotes(std::string(41, 'x')), "'" + std::string(40, 'x') + "...'");
}

TEST(Words, numbers_are_whole_words_in_range) {
    EXPECT_EQ(number<std::uint8_t>("127"), 127);
    EXPECT_EQ(number<std::uint8_t>("256"), std::nullopt);
    EXPECT_EQ(number<int>("-1"), std::nullopt);
    EXPECT_EQ(number<int>("+1"), std::nullopt);
    EXPECT_EQ(number<int>("1 "), std::nullopt);
    EXPECT_EQ(number<int>(""), std::nullopt);
}

}  // namespace
}  // namespace causeway::sdp
