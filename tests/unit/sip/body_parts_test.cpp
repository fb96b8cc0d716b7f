#include "sip/ua/body_parts.hpp"

#include <gtest/gtest.h>

#include "sip/ua/message_summary.hpp"

namespace causeway::sip {
namespace {

const std::string kSdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n";

std::string parts(const std::string& first_head, const std::string& second_head) {
    return "preamble\r\n--b\r\n" + first_head + "\r\n\r\nodd\r\n--b\r\n" + second_head + "\r\n\r\n" + kSdp +
           "--b--\r\nepilogue";
}

TEST(BodyParts, a_description_alone_is_found) {
    EXPECT_EQ(description_in("application/sdp", "", kSdp).sdp, kSdp);
    EXPECT_EQ(description_in("Application/SDP;charset=utf-8", "session", kSdp).sdp, kSdp);
    EXPECT_EQ(description_in("", "", kSdp).sdp, kSdp) << "old peers leave the type out";
    EXPECT_TRUE(description_in("application/x", "", "").understood) << "no body at all";
}

TEST(BodyParts, what_must_be_understood_and_is_not_is_told) {
    EXPECT_FALSE(description_in("application/x", "", "odd").understood);
    EXPECT_FALSE(description_in("application/x", "render;handling=required", "odd").understood);
    EXPECT_TRUE(description_in("application/x", "render ; Handling = \"optional\"", "odd").understood);
    EXPECT_EQ(description_in("application/sdp", "icon;handling=optional", kSdp).sdp, "");
}

TEST(BodyParts, one_part_of_several_is_found) {
    const std::string type = "multipart/mixed; start=\"<a;b>\";boundary=b";
    const std::string body =
        parts("Content-Type: application/x\r\nContent-Disposition: render;\r\n handling=optional",
              "Content-Type: application/sdp");
    const auto found = description_in(type, "", body);
    EXPECT_TRUE(found.understood);
    EXPECT_EQ(found.sdp, kSdp);
    EXPECT_FALSE(
        description_in(type, "", parts("Content-Type: application/x", "Content-Type: application/sdp"))
            .understood);
    EXPECT_EQ(description_in("multipart/alternative;boundary=b", "",
                             parts("Content-Type: application/x", "Content-Type: application/sdp"))
                  .sdp,
              kSdp);
}

TEST(BodyParts, broken_parts_are_not_understood_and_end) {
    for (const std::string type : {"multipart/mixed", "multipart/mixed;boundary=",
                                   "multipart/mixed;boundary=\"b", "multipart/mixed;boundary=other"}) {
        EXPECT_FALSE(description_in(type, "", parts("a: b", "c: d")).understood) << type;
    }
    std::string nested = kSdp;
    for (int i = 0; i < 50; ++i) nested = "--b\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n" + nested;
    EXPECT_FALSE(description_in("multipart/mixed;boundary=b", "", nested).understood);
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "--b\r\n\r\n";
    description_in("multipart/mixed;boundary=b", "", many);
    description_in("multipart/mixed;boundary=b", "", "--b");
    description_in("multipart/mixed;boundary=b", "", "--b\r\n");
}

TEST(MessageSummary, counts_and_account_are_read) {
    const auto waiting = parse_message_summary(
        "Messages-Waiting: yes\r\nMessage-Account: sip:alice%40home@vmail.example\r\nvoice-message : 2/8 "
        "(0/2)\r\n");
    ASSERT_TRUE(waiting);
    EXPECT_TRUE(waiting->waiting);
    EXPECT_EQ(waiting->account, "alice@home");
    EXPECT_EQ(waiting->new_messages, 2);
    EXPECT_EQ(waiting->old_messages, 8);
    EXPECT_EQ(waiting->urgent_messages, 0);
}

TEST(MessageSummary, nonsense_is_no_summary_or_counts_nothing) {
    EXPECT_FALSE(parse_message_summary(""));
    EXPECT_FALSE(parse_message_summary("Voice-Message: 2/8"));
    const auto odd = parse_message_summary(
        "Messages-Waiting: no\nMessage-Account: sip:%00@x\nVoice-Message: 99999999999999999999/-5 (x\n");
    ASSERT_TRUE(odd);
    EXPECT_FALSE(odd->waiting);
    EXPECT_EQ(odd->account, "");
    EXPECT_EQ(odd->new_messages, 0);
    EXPECT_EQ(odd->old_messages, 0);
}

}  // namespace
}  // namespace causeway::sip
