// TNAuthList and the claim constraints, octet by octet.
#include <gtest/gtest.h>

#include "gateway/identity/passport/claim_constraints.hpp"
#include "gateway/identity/passport/der_reader.hpp"
#include "gateway/identity/passport/tn_auth_list.hpp"
#include "tests/unit/identity_passport/passport_world.hpp"

namespace causeway::identity {
namespace {

using test::der;
using namespace std::string_literals;

std::string spc(const std::string& code) {
    return der(0xa0, der(0x16, code));
}
std::string range(const std::string& start, const std::string& count) {
    return der(0xa1, der(0x30, der(0x16, start) + der(0x02, count)));
}
std::string one(const std::string& number) {
    return der(0xa2, der(0x16, number));
}
std::string list(const std::string& entries) {
    return der(0x30, entries);
}

TEST(TnAuthList, of_a_provider_code_is_read_as_published) {
    const auto read = TnAuthList::from_der("\x30\x08\xa0\x06\x16\x04\x31\x32\x33\x34"s);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->provider(), "1234");
    EXPECT_TRUE(read->covers("12155551212"));
}

TEST(TnAuthList, covers_its_numbers_and_ranges_only) {
    const auto read = TnAuthList::from_der(list(range("100", "\x0a"s) + one("*67") + one("12155551212")));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->provider(), "");
    for (const char* number : {"100", "109", "*67", "12155551212"})
        EXPECT_TRUE(read->covers(number)) << number;
    for (const char* number : {"99", "099", "110", "0100", "*68", "10*", "12155551213", ""}) {
        EXPECT_FALSE(read->covers(number)) << number;
    }
}

TEST(TnAuthList, range_holds_digits_only_and_may_be_long) {
    const auto read = TnAuthList::from_der(list(range("12155551200", "\x00\x80"s)));
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->covers("12155551200"));
    EXPECT_TRUE(read->covers("12155551327"));
    EXPECT_FALSE(read->covers("12155551328"));
    // As figures these would lie within.
    EXPECT_FALSE(read->covers("1215555122#"));
    EXPECT_FALSE(read->covers("1215555122*"));
}

TEST(TnAuthList, range_never_makes_a_number_longer) {
    const auto read = TnAuthList::from_der(list(range("10", "\x02\x00"s)));
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->covers("99"));
    EXPECT_FALSE(read->covers("100"));
}

TEST(TnAuthList, that_is_not_exactly_its_asn1_is_none) {
    const std::string good = one("1");
    const std::string broken[] = {
        "",
        list(""),
        list(good) + "x",
        der(0x31, good),
        list(good).substr(0, 4),
        list(der(0xa3, der(0x16, "1"))),
        list(der(0x82, "1")),
        list(good + "x"),
        list(spc("")),
        list(der(0xa0, der(0x0c, "1234"))),
        list(der(0xa0, der(0x16, "1") + der(0x16, "2"))),
        list(one("")),
        list(one("+1")),
        list(one("1234567890123456")),
        list(der(0xa2, der(0x16, "1") + "x")),
        list(range("1", "\x01"s)),
        list(range("1", "\x00"s)),
        list(range("1", "\xff"s)),
        list(range("1", "")),
        list(range("1", "\x00\x05"s)),
        list(range("1", "\x01\x00\x00\x00\x00\x00\x00\x00"s)),
        list(range("1", "\x01\x00\x00\x00\x00\x00\x00\x00\x05"s)),
        list(range("*1", "\x05"s)),
        list(range("", "\x05"s)),
        list(der(0xa1, der(0x30, der(0x16, "1")))),
        list(der(0xa1, der(0x16, "1") + der(0x02, "\x05"s))),
        list(der(0xa1, der(0x30, der(0x16, "1") + der(0x02, "\x05"s) + der(0x02, "\x05"s)))),
        list(der(0xa1, der(0x30, der(0x16, "1") + der(0x02, "\x05"s)) + "x")),
    };
    for (const std::string& text : broken) {
        EXPECT_FALSE(TnAuthList::from_der(text)) << testing::PrintToString(text);
    }
}

TEST(DerReader, takes_definite_minimal_lengths_only) {
    EXPECT_EQ(DerReader("\x16\x01\x41"s).take(kDerIa5String), "A");
    const std::string long_one = "\x16\x81\x80"s + std::string(128, 'a');
    EXPECT_EQ(DerReader(long_one).take(kDerIa5String)->size(), 128U);
    const std::string longer_one = "\x16\x82\x01\x00"s + std::string(256, 'a');
    EXPECT_EQ(DerReader(longer_one).take(kDerIa5String)->size(), 256U);
    for (const std::string& text : {"\x16"s, "\x16\x01"s, "\x16\x80\x41\x00\x00"s, "\x16\x81\x01\x41"s,
                                    "\x16\x82\x00\x01\x41"s, "\x16\x81"s, "\x16\x84\x00\x00\x00\x01\x41"s,
                                    "\x0c\x01\x41"s, "\x16\x82\x00\x80"s + std::string(128, 'a'),
                                    "\x16\x89\x00\x00\x00\x00\x00\x00\x00\x00\x80"s + std::string(128, 'a'),
                                    "\x16\x82\x80"s, "\x16\x83\x90\x90"s}) {
        EXPECT_EQ(DerReader(text).take(kDerIa5String), std::nullopt) << testing::PrintToString(text);
    }
}

std::string names(unsigned char tag, const std::string& name) {
    return der(tag, der(0x30, der(0x16, name)));
}
std::string permitted(const std::string& name, const std::string& value) {
    return der(0xa1, der(0x30, der(0x30, der(0x16, name) + der(0x30, der(0x0c, value)))));
}

TEST(ClaimConstraints, are_read_with_all_their_members) {
    const auto read = ClaimConstraints::from_der(
        der(0x30, names(0xa0, "attest") + permitted("attest", "A") + names(0xa2, "rcd")), true);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->must_include, std::vector<std::string>{"attest"});
    ASSERT_EQ(read->permitted.size(), 1U);
    EXPECT_EQ(read->permitted[0].first, "attest");
    EXPECT_EQ(read->permitted[0].second, std::vector<std::string>{"A"});
    EXPECT_EQ(read->must_exclude, std::vector<std::string>{"rcd"});
}

TEST(ClaimConstraints, hold_claims_to_presence_value_and_absence) {
    const auto constraints = ClaimConstraints::from_der(
        der(0x30, names(0xa0, "attest") + permitted("attest", "A") + names(0xa2, "rcd")), true);
    EXPECT_EQ(constraints->broken_by({{"attest", "A"}}), "");
    EXPECT_EQ(constraints->broken_by({{"orig", "x"}}), "mustInclude attest");
    EXPECT_EQ(constraints->broken_by({{"attest", "B"}}), "permittedValues attest");
    EXPECT_EQ(constraints->broken_by({{"attest", "A"}, {"rcd", "{}"}}), "mustExclude rcd");
    EXPECT_EQ(ClaimConstraints::from_der(der(0x30, permitted("rcd", "{}")), false)->broken_by({}), "");
}

TEST(ClaimConstraints, that_are_not_exactly_their_asn1_are_none) {
    const std::string good = names(0xa0, "attest");
    const std::string claim = der(0x16, "attest");
    const std::string value = der(0x30, der(0x0c, "A"));
    const std::string broken[] = {
        "",
        der(0x30, ""),
        der(0x31, good),
        der(0x30, good) + "x",
        der(0x30, good + good),
        der(0x30, good + "x"),
        der(0x30, permitted("a", "b") + good),
        der(0x30, der(0xa0, "")),
        der(0x30, der(0xa0, der(0x30, ""))),
        der(0x30, der(0xa0, der(0x30, der(0x0c, "attest")))),
        der(0x30, der(0xa0, der(0x30, der(0x16, "attest")) + "x")),
        der(0x30, "\xa0\x05"s),
        der(0x30, "\xa1\x05"s),
        der(0x30, der(0xa1, "")),
        der(0x30, der(0xa1, der(0x30, ""))),
        der(0x30, der(0xa1, der(0x30, "") + "x")),
        der(0x30, der(0xa1, der(0x30, der(0x30, claim)))),
        der(0x30, der(0xa1, der(0x30, der(0x30, value)))),
        der(0x30, der(0xa1, der(0x30, der(0x31, claim + value)))),
        der(0x30, der(0xa1, der(0x30, der(0x30, claim + der(0x30, ""))))),
        der(0x30, der(0xa1, der(0x30, der(0x30, claim + value + "x")))),
        der(0x30, der(0xa1, der(0x30, der(0x30, claim + value)) + "x")),
        der(0x30, der(0xa3, "")),
    };
    for (const std::string& text : broken) {
        EXPECT_FALSE(ClaimConstraints::from_der(text, true)) << testing::PrintToString(text);
    }
    EXPECT_FALSE(ClaimConstraints::from_der(der(0x30, names(0xa2, "rcd")), false))
        << "only the enhanced form";
}

}  // namespace
}  // namespace causeway::identity
