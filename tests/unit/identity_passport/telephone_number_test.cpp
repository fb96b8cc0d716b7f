#include "gateway/identity/passport/telephone_number.hpp"

#include <gtest/gtest.h>

namespace causeway::identity {
namespace {

TEST(CanonicalNumber, drops_the_plus_and_separators_and_keeps_star_and_hash) {
    EXPECT_EQ(canonical_number("+1 (215) 555-12.12"), "12155551212");
    EXPECT_EQ(canonical_number("*67#"), "*67#");
    EXPECT_EQ(canonical_number("911"), "911");
}

TEST(CanonicalNumber, of_anything_else_is_empty) {
    for (const char* text : {"", "+", "alice", "1215x", "x1215", "1+2", "1;2", "\xd9\xa1"}) {
        EXPECT_EQ(canonical_number(text), "") << text;
    }
}

TEST(UriOf, finds_the_uri_of_every_form_of_a_header) {
    EXPECT_EQ(uri_of("\"A\" <sip:b@c;x>;tag=1"), "sip:b@c;x");
    EXPECT_EQ(uri_of("Alice <tel:+1215>"), "tel:+1215");
    EXPECT_EQ(uri_of(R"("<sip:evil@x>\"" < sip:b@c >)"), "sip:b@c");
    EXPECT_EQ(uri_of(" sip:b@c;user=phone "), "sip:b@c;user=phone");
    EXPECT_EQ(uri_of("urn:service:sos"), "urn:service:sos");
}

TEST(UriOf, is_empty_when_there_is_none) {
    for (const char* text : {"", "Alice", "<sip:b@c", "Alice sip:b@c", "1a:b", ":x", "\"<sip:b@c>"}) {
        EXPECT_EQ(uri_of(text), "") << text;
    }
}

TEST(NumberOfUri, is_there_for_tel_user_phone_plus_and_digits_alone) {
    EXPECT_EQ(number_of_uri("tel:+1-215-555-1212;ext=5"), "12155551212");
    EXPECT_EQ(number_of_uri("TEL:911"), "911");
    EXPECT_EQ(number_of_uri("sip:+12155551212@h"), "12155551212");
    EXPECT_EQ(number_of_uri("sip:%2B12155551212@h"), "12155551212");
    EXPECT_EQ(number_of_uri("sips:12155551212:secret@h:5061;x=y"), "12155551212");
    EXPECT_EQ(number_of_uri("sip:*67@h;user=phone"), "*67");
    EXPECT_EQ(number_of_uri("sip:1-215@h;transport=tcp;User=Phone?a=b"), "1215");
    EXPECT_EQ(number_of_uri("sip:+1215;phone-context=x@h"), "1215");
}

TEST(NumberOfUri, is_missing_for_names) {
    for (const char* uri : {"", "sip:alice@h", "sip:h", "sip:1-215@h", "sip:*67@h", "sip:alice@h;user=phone",
                            "sip:+12ab@h", "mailto:1215@h", "sip:1215@h user", "sip:alice@h;x=user=phone"}) {
        EXPECT_EQ(number_of_uri(uri), std::nullopt) << uri;
    }
}

TEST(ExplicitNumber, is_one_that_says_so_of_itself) {
    EXPECT_TRUE(is_explicit_number("tel:1000"));
    EXPECT_TRUE(is_explicit_number("sip:1000@h;user=phone"));
    EXPECT_TRUE(is_explicit_number("sip:+1000@h"));
    EXPECT_TRUE(is_explicit_number("sip:%2b1000@h"));
    EXPECT_FALSE(is_explicit_number("sip:1000@h"));
    EXPECT_FALSE(is_explicit_number("sip:alice@h;user=phone"));
}

TEST(CanonicalUri, drops_password_port_and_parameters_and_lowers_the_rest) {
    EXPECT_EQ(canonical_uri("SIP:Alice:Secret@Example.COM:5060;transport=tcp?Subject=x"),
              "sip:alice@example.com");
    EXPECT_EQ(canonical_uri("sips:a@[2001:DB8::1]:5061"), "sips:a@[2001:db8::1]");
    EXPECT_EQ(canonical_uri("sip:Example.com"), "sip:example.com");
    EXPECT_EQ(canonical_uri("sip:example.com:5060;x"), "sip:example.com");
    EXPECT_EQ(canonical_uri("tel:+1215;ext=1"), "tel:+1215");
    EXPECT_EQ(canonical_uri("URN:service:sos"), "urn:service:sos");
}

TEST(CanonicalUri, decodes_what_need_not_be_escaped_and_nothing_else) {
    EXPECT_EQ(canonical_uri("sip:%61l%49ce%2e@h"), "sip:alice.@h");
    EXPECT_EQ(canonical_uri("sip:a%40b@h"), "sip:a%40b@h");
    EXPECT_EQ(canonical_uri("sip:a%4@h"), "sip:a%4@h");
    EXPECT_EQ(canonical_uri("sip:%31%2d%5F%7e@h"), "sip:1-_~@h");
    for (const char* uri :
         {"sip:%4gx@h", "sip:%4`x@h", "sip:%4[x@h", "sip:%`4x@h", "sip:%7b@h", "sip:%5b@h"}) {
        EXPECT_EQ(canonical_uri(uri), uri);
    }
}

TEST(CanonicalUri, of_what_is_no_uri_is_empty) {
    for (const char* text : {"", "alice", "sip:", "sip:@", "sip:a@", "sip:a b@h", "sip:a\n@h", "sip:a\x7f@h",
                             "a_b:x", "a~b:x", "a=b:x"}) {
        EXPECT_EQ(canonical_uri(text), "") << text;
    }
}

TEST(DomainOfUri, is_the_host) {
    EXPECT_EQ(domain_of_uri("sip:a@Example.com:5060;x"), "example.com");
    EXPECT_EQ(domain_of_uri("sip:example.com"), "example.com");
    EXPECT_EQ(domain_of_uri("sip:a:1]:2"), "a");
    EXPECT_EQ(domain_of_uri("tel:+1"), "");
    EXPECT_EQ(domain_of_uri("no URI"), "");
}

}  // namespace
}  // namespace causeway::identity
