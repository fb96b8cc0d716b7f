#include "tests/load/sip_message.hpp"

#include <gtest/gtest.h>

namespace causeway::load::sip {
namespace {

constexpr std::string_view kInvite =
    "INVITE sip:load-0000017@127.0.0.1:5070 SIP/2.0\r\n"
    "v: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa;rport\r\n"
    "Record-Route: <sip:127.0.0.1;lr>\r\n"
    "From: \"a;tag=no\" <sip:a@b;tag=no>;tag=yes\r\n"
    "To: <sip:load-0000017@127.0.0.1>\r\n"
    "Call-ID: 1@b\r\n"
    "CSeq: 1 INVITE\r\n"
    "Contact: <sip:a@127.0.0.1:5060;transport=udp>;expires=1\r\n"
    "Content-Length: 4\r\n\r\nv=0\n";

TEST(SipMessage, is_read_with_long_and_compact_names) {
    const auto message = read(kInvite);
    ASSERT_TRUE(message);
    EXPECT_TRUE(message->is_request());
    EXPECT_EQ(message->method(), "INVITE");
    EXPECT_EQ(user_of(message->uri()), "load-0000017");
    EXPECT_EQ(message->header("via"), "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa;rport");
    EXPECT_EQ(message->header("Subject"), "");
    EXPECT_EQ(parameter(message->header("From"), "tag"), "yes");
    EXPECT_EQ(parameter(message->header("To"), "tag"), "");
    EXPECT_EQ(uri_of(message->header("Contact")), "sip:a@127.0.0.1:5060;transport=udp");
    EXPECT_EQ(message->body, "v=0\n");
}

TEST(SipMessage, a_response_repeats_what_it_must) {
    const std::string head = response_head(*read(kInvite), "180 Ringing", "x");
    EXPECT_EQ(head,
              "SIP/2.0 180 Ringing\r\n"
              "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa;rport\r\n"
              "Record-Route: <sip:127.0.0.1;lr>\r\n"
              "From: \"a;tag=no\" <sip:a@b;tag=no>;tag=yes\r\n"
              "To: <sip:load-0000017@127.0.0.1>;tag=x\r\n"
              "Call-ID: 1@b\r\n"
              "CSeq: 1 INVITE\r\n");
    const std::string whole = head + "\r\n";
    const auto message = read(whole);
    ASSERT_TRUE(message);
    EXPECT_FALSE(message->is_request());
    EXPECT_EQ(message->status(), 180);
}

TEST(SipMessage, what_is_none_is_not_read) {
    EXPECT_FALSE(read(""));
    EXPECT_FALSE(read("\r\n\r\n"));
    EXPECT_FALSE(read("OPTIONS sip:a SIP/2.0\r\n"));
    const auto bare = read("X\r\n\r\n");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->uri(), "");
    EXPECT_EQ(user_of("sip:127.0.0.1"), "");
}

}  // namespace
}  // namespace causeway::load::sip
