#include "sip/ua/values.hpp"

#include <gtest/gtest.h>

namespace causeway::sip {
namespace {

TEST(Values, control_characters_are_seen) {
    EXPECT_FALSE(has_control("plain \"text\" with ümlauts"));
    EXPECT_TRUE(has_control("a\rb"));
    EXPECT_TRUE(has_control("a\nb"));
    EXPECT_TRUE(has_control(std::string_view("a\0b", 3)));
    EXPECT_TRUE(has_control("a\x7f"));
}

TEST(Values, a_uri_that_could_leave_its_brackets_is_not_plain) {
    EXPECT_TRUE(is_plain_uri("sip:+49%2030@[2001:db8::1]:5060;transport=udp?x=y"));
    for (const char* bad :
         {"", "sip:a b", "sip:a>", "sip:<a", "sip:\"a", "sip:a\r\n", "sip:\xc3\xa4", "sip:a\\b"}) {
        EXPECT_FALSE(is_plain_uri(bad)) << bad;
    }
}

TEST(Values, the_stacks_own_headers_cannot_be_given_from_outside) {
    EXPECT_TRUE(is_extra_header_name("P-Asserted-Identity"));
    EXPECT_TRUE(is_extra_header_name("X-Page"));
    for (const char* own :
         {"", "Via", "v", "CONTACT", "m", "Content-Length", "l", "Route", "bad name", "a:b", "a\n"}) {
        EXPECT_FALSE(is_extra_header_name(own)) << own;
    }
}

TEST(Values, quotes_and_backslashes_in_a_display_name_are_escaped) {
    EXPECT_EQ(name_addr("a \"b\" \\", "sip:x"), "\"a \\\"b\\\" \\\\\" <sip:x>");
    EXPECT_EQ(name_addr("", "sip:x"), "<sip:x>");
}

TEST(Values, escapes_are_resolved_unless_they_hide_control_characters) {
    EXPECT_EQ(unescaped("%2B49%2a"), "+49*");
    EXPECT_EQ(unescaped("plain"), "plain");
    EXPECT_EQ(unescaped("%0d%0a"), std::nullopt);
    EXPECT_EQ(unescaped("%00"), std::nullopt);
    EXPECT_EQ(unescaped("%"), std::nullopt);
    EXPECT_EQ(unescaped("%2"), std::nullopt);
    EXPECT_EQ(unescaped("%zz"), std::nullopt);
}

TEST(Values, an_ordinary_end_carries_q850_only) {
    const EndReason hangup{EndCause::hangup, Side::browser, {}, {}};
    EXPECT_EQ(reason_value(hangup, ReasonOn::bye), "Q.850;cause=16;text=\"The call was hung up.\"");
}

TEST(Values, an_end_for_a_fault_carries_q850_and_the_sip_status) {
    const EndReason fault{EndCause::media_timeout, Side::gateway, {}, {}};
    EXPECT_EQ(reason_value(fault, ReasonOn::bye),
              "Q.850;cause=102, SIP;cause=480;text=\"No sound arrived any more.\"");
    EXPECT_EQ(reason_value(fault, ReasonOn::response), "Q.850;cause=102;text=\"No sound arrived any more.\"");
}

TEST(Values, a_cancel_for_an_answer_elsewhere_says_so) {
    const EndReason elsewhere{EndCause::answered_elsewhere, Side::browser, {}, {}};
    EXPECT_EQ(reason_value(elsewhere, ReasonOn::cancel), "SIP;cause=200;text=\"Call completed elsewhere\"");
}

TEST(Values, a_reason_text_cannot_break_its_line_and_is_not_endless) {
    const EndReason evil{EndCause::hangup, Side::sip, "x\r\nEvil: yes", {}};
    EXPECT_EQ(reason_value(evil, ReasonOn::bye), "Q.850;cause=16;text=\"The call was hung up.\"");
    const EndReason longest{EndCause::hangup, Side::sip, std::string(5000, 'x'), {}};
    EXPECT_LT(reason_value(longest, ReasonOn::bye).size(), 300U);
}

TEST(Values, a_text_is_not_cut_within_a_character) {
    EXPECT_EQ(shortened("abc", 3), "abc");
    EXPECT_EQ(shortened("abcd", 3), "abc");
    EXPECT_EQ(shortened("aaü", 3), "aa");
    EXPECT_EQ(shortened("aü€", 3), "aü");
    EXPECT_EQ(shortened("a😀b", 4), "a");
    EXPECT_EQ(shortened("a😀b", 5), "a😀");
    EXPECT_EQ(shortened(std::string(10, '\x80'), 5).size(), 5U) << "no UTF-8 at all";
    const EndReason longest{
        EndCause::hangup, Side::sip, 'x' + std::string(400, 'x').replace(198, 2, "ü"), {}};
    EXPECT_NE(reason_value(longest, ReasonOn::bye).find("x\""), std::string::npos);
}

TEST(Values, only_what_rfc_3261_allows_is_a_call_id) {
    EXPECT_TRUE(is_call_id("abc-123@gateway.test"));
    EXPECT_TRUE(is_call_id("abc"));
    for (const char* bad : {"", "a b", "a\r\nEvil: yes", "@x", "x@", "a@b@c", "ü", "a,b", "a;b"}) {
        EXPECT_FALSE(is_call_id(bad)) << bad;
    }
    EXPECT_FALSE(is_call_id(std::string(201, 'a')));
}

TEST(Values, a_received_reason_becomes_words) {
    EXPECT_EQ(describe({"Q.850", "16", "\"Normal \\\"clearing\\\"\""}), "Normal \"clearing\" (Q.850 16)");
    EXPECT_EQ(describe({"SIP", "480", ""}), "SIP 480");
    EXPECT_EQ(describe({"", "", ""}), "");
    EXPECT_EQ(describe({"Q.850", "16", "a\x01"}), "Q.850 16");
}

TEST(Values, digits_come_out_of_both_kinds_of_info) {
    const auto ours = parse_info_digit("application/dtmf-relay", info_digit_body('#', 120));
    EXPECT_EQ(ours->digit, '#');
    EXPECT_EQ(ours->duration_ms, 120);
    const auto relay = parse_info_digit("application/dtmf-relay", "Signal= 5\r\nDuration= 250\r\n");
    ASSERT_TRUE(relay);
    EXPECT_EQ(relay->digit, '5');
    EXPECT_EQ(relay->duration_ms, 250);
    const auto plain = parse_info_digit("Application/DTMF", "#\r\n");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->digit, '#');
    EXPECT_EQ(plain->duration_ms, 160);
    EXPECT_EQ(parse_info_digit("application/dtmf", "10")->digit, '*');
    EXPECT_EQ(parse_info_digit("application/dtmf", "15")->digit, 'D');
    EXPECT_EQ(parse_info_digit("application/dtmf-relay", "Signal=a\n")->digit, 'A');
}

TEST(Values, what_is_no_digit_is_refused_and_durations_are_kept_sane) {
    for (const char* bad : {"", "x", "16", "123", "Signal=5"}) {
        EXPECT_FALSE(parse_info_digit("application/dtmf", bad)) << bad;
    }
    EXPECT_FALSE(parse_info_digit("application/dtmf-relay", "5"));
    EXPECT_FALSE(parse_info_digit("text/plain", "5"));
    EXPECT_EQ(parse_info_digit("application/dtmf-relay", "Signal=1\nDuration=99999999999")->duration_ms, 160);
    EXPECT_EQ(parse_info_digit("application/dtmf-relay", "Signal=1\nDuration=999999")->duration_ms, 5000);
    EXPECT_EQ(parse_info_digit("application/dtmf-relay", "Signal=1\nDuration=-5")->duration_ms, 40);
}

}  // namespace
}  // namespace causeway::sip
