// What SIP headers say about people.
#include "gateway/identity/policy/sip_text.hpp"

#include <gtest/gtest.h>

namespace causeway::identity {
namespace {

/// "" when there is none.
std::string asserted_user(std::string_view header) {
    const auto users = asserted_users(header);
    return users.empty() ? "" : users.front();
}

TEST(AssertedUser, is_the_user_of_the_first_uri) {
    EXPECT_EQ(asserted_user("<sip:+12155551212@carrier.example;user=phone>, <tel:+19>"), "+12155551212");
    EXPECT_EQ(asserted_user("\"Alice\" <sip:alice:secret@h>"), "alice");
    EXPECT_EQ(asserted_user("<SIPS:bob@h>"), "bob");
    EXPECT_EQ(asserted_user("tel:+1215;phone-context=x"), "+1215");
    EXPECT_EQ(asserted_user(" sip:100@h , <tel:+19>"), "100");
    EXPECT_EQ(asserted_user("<sip:a%20b@h>"), "a b");
    EXPECT_EQ(asserted_user("<sip:%2B1215%2b@h>"), "+1215+");
    EXPECT_EQ(asserted_user("<sip:a%4gb%4Gb%4?b%4[b%4`@h>"), "a%4gb%4Gb%4?b%4[b%4`");
}

TEST(AssertedUser, is_never_read_from_a_display_name) {
    EXPECT_EQ(asserted_user("\"sip:+1911@h\" <sip:+1215@h>"), "+1215");
    EXPECT_EQ(asserted_user("\"a \\\" <sip:+1911@h>\" <sip:+1215@h>"), "+1215");
    EXPECT_EQ(asserted_user("\"unterminated <sip:+1911@h>"), "");
    EXPECT_EQ(asserted_user("\"only <sip:+1911@h>\""), "");
}

TEST(AssertedUser, has_no_verstat) {
    EXPECT_EQ(asserted_user("<sip:+1215;verstat=TN-Validation-Passed@h;user=phone>"), "+1215");
    EXPECT_EQ(asserted_user("<tel:+1215;verstat=TN-Validation-Passed>"), "+1215");
}

TEST(AssertedUser, is_nothing_when_the_header_is_nonsense) {
    for (const auto* text : {"", " ", "<", "<sip:>", "<sip:h>", "sip:h", "<mailto:a@b>", "alice", "<sip:a@h",
                             "<sip:a%0d%0ab@h>", "<tel:>", "\"", "tel", "sip"}) {
        EXPECT_EQ(asserted_user(text), "") << text;
    }
}

TEST(AssertedUsers, are_two_at_most) {
    using Users = std::vector<std::string>;
    EXPECT_EQ(asserted_users("<sip:alice@h>, <tel:+1215>"), (Users{"alice", "+1215"}));
    EXPECT_EQ(asserted_users("sip:alice@h,\"x, <sip:y@z>\" <tel:+1215>"), (Users{"alice", "+1215"}));
    EXPECT_EQ(asserted_users("<mailto:a@b>, tel:+1215"), Users{"+1215"});
    EXPECT_EQ(asserted_users("<sip:a@h>,<sip:b@h>,<sip:c@h>"), (Users{"a", "b"}));
    EXPECT_EQ(asserted_users("<sip:a@h,<sip:b@h>"), Users{"a"});
}

TEST(WantsPrivacy, for_id_user_and_header) {
    for (const auto* text : {"id", "ID", "user;id", "header", "critical; id", "none,user", " id "}) {
        EXPECT_TRUE(wants_privacy(text)) << text;
    }
    for (const auto* text : {"", "none", "session", "critical", "idx", "userid", ";", "xid"}) {
        EXPECT_FALSE(wants_privacy(text)) << text;
    }
}

TEST(EscapedUser, lets_nothing_through_that_means_more_than_itself) {
    EXPECT_EQ(escaped_sip_user("+1215"), "+1215");
    EXPECT_EQ(escaped_sip_user("a@b;c>\r\n%"), "a%40b%3Bc%3E%0D%0A%25");
    EXPECT_EQ(escaped_sip_user("[{^|"), "%5B%7B%5E%7C");
    EXPECT_EQ(escaped_identity_user("al%40ice\""), "al%40ice%22");
}

TEST(IsDialable, takes_what_people_dial) {
    EXPECT_TRUE(is_dialable("+1-215_x.*#"));
    EXPECT_FALSE(is_dialable(""));
    EXPECT_FALSE(is_dialable("a b"));
    EXPECT_FALSE(is_dialable("a@b"));
    EXPECT_FALSE(is_dialable("a[b"));
    EXPECT_FALSE(is_dialable("a{b"));
    EXPECT_TRUE(is_dialable(std::string(64, '1')));
    EXPECT_FALSE(is_dialable(std::string(65, '1')));
}

TEST(IsGlobalNumber, has_a_plus_and_at_most_fifteen_digits) {
    EXPECT_TRUE(is_global_number("+1"));
    EXPECT_TRUE(is_global_number("+123456789012345"));
    for (const auto* text : {"", "+", "12155551212", "+1234567890123456", "+1215x", "+1 2", "1+2"}) {
        EXPECT_FALSE(is_global_number(text)) << text;
    }
}

TEST(ShownDisplay, has_no_control_characters_and_an_end) {
    EXPECT_EQ(shown_display("A\r\nB\x7f"), "AB");
    EXPECT_EQ(shown_display("J\xc3\xb6rg"), "J\xc3\xb6rg");
    EXPECT_EQ(shown_display(std::string(200, 'x')).size(), 128U);
    EXPECT_EQ(shown_display(std::string(127, 'x') + "\xc3\xb6").size(), 127U);
}

}  // namespace
}  // namespace causeway::identity
