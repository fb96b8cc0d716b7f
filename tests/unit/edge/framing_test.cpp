#include "gateway/edge/framing.hpp"

#include <gtest/gtest.h>

namespace causeway::edge {
namespace {

const std::string kOptions =
    "OPTIONS sip:gw.test SIP/2.0\r\nVia: SIP/2.0/TLS a.test;branch=z9hG4bK1\r\nContent-Length: 0\r\n\r\n";
const std::string kMessage =
    "MESSAGE sip:gw.test SIP/2.0\r\nVia: SIP/2.0/TLS a.test;branch=z9hG4bK2\r\nl:5\r\n\r\nhello";

std::string taken(MessageSplitter& splitter) {
    const auto next = splitter.next();
    if (!next) return "fault: " + next.error().detail;
    return next->value_or("nothing");
}

TEST(MessageSplitter, two_messages_in_one_read_are_two) {
    MessageSplitter splitter;
    splitter.feed(kMessage + kOptions);
    EXPECT_EQ(taken(splitter), kMessage);
    EXPECT_EQ(taken(splitter), kOptions);
    EXPECT_EQ(taken(splitter), "nothing");
}

TEST(MessageSplitter, a_message_that_comes_byte_by_byte_is_whole_at_its_last_byte) {
    MessageSplitter splitter;
    for (std::size_t i = 0; i + 1 < kMessage.size(); ++i) {
        splitter.feed(kMessage.substr(i, 1));
        ASSERT_EQ(taken(splitter), "nothing") << i;
    }
    splitter.feed(kMessage.substr(kMessage.size() - 1));
    EXPECT_EQ(taken(splitter), kMessage);
}

TEST(MessageSplitter, keep_alives_between_messages_are_told_apart_from_their_answers) {
    MessageSplitter splitter;
    splitter.feed("\r\n\r\n");
    EXPECT_EQ(taken(splitter), kPing);
    splitter.feed("\r\n");
    EXPECT_EQ(taken(splitter), kPong);
    splitter.feed("\r\n\r\n" + kOptions);
    EXPECT_EQ(taken(splitter), kPing);
    EXPECT_EQ(taken(splitter), kOptions);
}

TEST(MessageSplitter, half_a_line_end_is_waited_for) {
    MessageSplitter splitter;
    splitter.feed("\r");
    EXPECT_EQ(taken(splitter), "nothing");
    splitter.feed("\n");
    EXPECT_EQ(taken(splitter), kPong);
}

TEST(MessageSplitter, headers_without_end_are_not_kept_for_ever) {
    MessageSplitter splitter;
    splitter.feed(std::string(kLongestPart + 1, 'a'));
    EXPECT_EQ(taken(splitter), "fault: a message whose headers are too long");
}

TEST(MessageSplitter, a_body_that_is_too_long_is_refused_before_it_comes) {
    MessageSplitter splitter;
    splitter.feed("OPTIONS sip:a SIP/2.0\r\nContent-Length: 65537\r\n\r\n");
    EXPECT_EQ(taken(splitter), "fault: a message that is too long");
}

TEST(ContentLength, what_is_no_number_or_said_twice_is_an_error) {
    EXPECT_FALSE(content_length("A\r\nContent-Length: -1\r\n\r\n"));
    EXPECT_FALSE(content_length("A\r\nContent-Length: 1x\r\n\r\n"));
    EXPECT_FALSE(content_length("A\r\nContent-Length:\r\n\r\n"));
    EXPECT_FALSE(content_length("A\r\nContent-Length: 99999999999999999999\r\n\r\n"));
    EXPECT_FALSE(content_length("A\r\nContent-Length: 1\r\nl: 2\r\n\r\n"));
    EXPECT_EQ(content_length("A\r\nContent-Length : 7\r\nL: 7\r\n\r\n").value(), 7U);
    EXPECT_EQ(content_length("A\r\nCall-ID: 7\r\n\r\n").value(), std::nullopt);
}

TEST(FrameMessage, a_frame_without_content_length_gets_one) {
    const auto message = frame_message("MESSAGE sip:a SIP/2.0\r\nTo: <sip:a>\r\n\r\nhello");
    EXPECT_EQ(message.value(), "MESSAGE sip:a SIP/2.0\r\nTo: <sip:a>\r\nContent-Length: 5\r\n\r\nhello");
}

TEST(FrameMessage, a_second_message_behind_the_first_is_refused) {
    EXPECT_FALSE(frame_message(kOptions + kOptions));
    EXPECT_FALSE(frame_message("OPTIONS sip:a SIP/2.0\r\n"));
    EXPECT_EQ(frame_message(kOptions).value(), kOptions);
}

TEST(FrameMessage, line_ends_alone_are_keep_alives) {
    EXPECT_EQ(frame_message("\r\n\r\n").value(), kPing);
    EXPECT_EQ(frame_message("\r\n").value(), kPong);
    EXPECT_EQ(frame_message("").value(), kPong);
}

}  // namespace
}  // namespace causeway::edge
