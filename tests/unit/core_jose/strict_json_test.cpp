// What of strangers' JSON is refused, and how our own is written.
#include "core/jose/strict_json.hpp"

#include <gmock/gmock.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace causeway::jose {
namespace {

using testing::StartsWith;

/// "" when taken.
std::string fault(std::string_view text, std::size_t longest = kLongestJson) {
    const auto parsed = parse_object(text, longest);
    return parsed ? "" : parsed.error().detail;
}

/// An object with arrays in it, `depth` levels together.
std::string nested(std::size_t depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

TEST(StrictJson, an_object_is_read) {
    const auto object = parse_object(R"( {"a":1,"b":{"a":[{"a":null},{"a":null}]}} )").value();
    EXPECT_EQ(object.at("a"), 1);
    EXPECT_EQ(object.at("b").at("a").at(1).at("a"), nullptr);
}

TEST(StrictJson, a_member_that_is_there_twice_is_refused_at_every_level) {
    EXPECT_EQ(fault(R"({"alg":"ES256","alg":"none"})"), "duplicate member");
    EXPECT_EQ(fault(R"({"a":{"b":1,"c":2,"b":1}})"), "duplicate member");
    EXPECT_EQ(fault(R"({"a":[{},{"b":[],"b":[]}]})"), "duplicate member");
    EXPECT_EQ(fault(R"({"":1,"":2})"), "duplicate member");
}

TEST(StrictJson, a_member_in_another_spelling_is_the_same_member) {
    EXPECT_EQ(fault(R"({"alg":"ES256","\u0061lg":"none"})"), "duplicate member");
    EXPECT_EQ(fault(R"({"\ud83d\ude00":1,"😀":2})"), "duplicate member");
    EXPECT_EQ(fault(R"({"a\u0000b":1,"a\u0000c":2,"a":3})"), "");
}

TEST(StrictJson, only_eight_levels_are_taken) {
    EXPECT_EQ(fault(nested(8)), "");
    EXPECT_THAT(fault(nested(9)), StartsWith("malformed JSON"));
    EXPECT_THAT(fault("{\"a\":" + std::string(60000, '[')), StartsWith("malformed JSON"));
    std::string objects;
    for (int i = 0; i < 9; ++i) objects += "{\"a\":";
    EXPECT_THAT(fault(objects + "1" + std::string(9, '}')), StartsWith("malformed JSON"));
}

TEST(StrictJson, a_text_of_the_longest_length_is_taken_and_no_longer_one) {
    const std::string text = R"({"a":"bcd"})";
    EXPECT_EQ(fault(text, text.size()), "");
    EXPECT_EQ(fault(text, text.size() - 1), "too long");
    EXPECT_EQ(fault(std::string(kLongestJson + 1, ' ')), "too long");
}

TEST(StrictJson, what_is_no_object_is_refused) {
    for (const char* text : {"[]", "null", "1", "\"a\"", "[{\"a\":1}]"})
        EXPECT_EQ(fault(text), "not an object");
}

TEST(StrictJson, what_is_behind_the_value_is_refused) {
    for (const char* text : {"{}{}", "{} x", "{},", "{}]"})
        EXPECT_THAT(fault(text), StartsWith("malformed JSON"));
    EXPECT_THAT(fault(std::string_view("{}\0", 3)), StartsWith("malformed JSON"));
}

TEST(StrictJson, what_is_no_JSON_is_refused) {
    for (const char* text :
         {"", " ", "{", "{\"a\"}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{/**/}", "{\"a\":NaN}", "{\"a\":01}",
          "{\"a\":+1}", "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}", "\xef\xbb\xbf{}", "{\"a\":tru"}) {
        EXPECT_THAT(fault(text), StartsWith("malformed JSON")) << text;
    }
}

TEST(StrictJson, what_is_no_UTF_8_is_refused) {
    for (const char* bytes :
         {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3", "\\ud800", "\\ude00"}) {
        EXPECT_THAT(fault("{\"a\":\"" + std::string(bytes) + "\"}"), StartsWith("malformed JSON")) << bytes;
        EXPECT_THAT(fault("{\"" + std::string(bytes) + "\":1}"), StartsWith("malformed JSON")) << bytes;
    }
}

TEST(StrictJson, a_number_beyond_all_doubles_is_refused) {
    EXPECT_THAT(fault(R"({"exp":1e999})"), StartsWith("malformed JSON"));
    EXPECT_THAT(fault(R"({"exp":-1e999})"), StartsWith("malformed JSON"));
    EXPECT_EQ(fault(R"({"exp":1e308,"iat":1e-999})"), "");
}

TEST(StrictJson, a_string_member_is_a_string) {
    const auto object = parse_object(R"({"a":"b","n":1,"z":"\u0000"})").value();
    EXPECT_EQ(string_member(object, "a"), "b");
    EXPECT_EQ(string_member(object, "z"), std::string(1, '\0'));
    EXPECT_FALSE(string_member(object, "n").has_value());
    EXPECT_FALSE(string_member(object, "missing").has_value());
}

TEST(StrictJson, a_date_is_a_number_of_whole_seconds) {
    const auto date = [](const char* value) {
        return date_member(parse_object("{\"iat\":" + std::string(value) + "}").value(), "iat");
    };
    EXPECT_EQ(date("1443208345"), 1443208345);
    EXPECT_EQ(date("1443208345.9"), 1443208345);
    EXPECT_EQ(date("1.443208345e9"), 1443208345);
    EXPECT_EQ(date("-1"), -1);
    EXPECT_EQ(date("9007199254740992"), 9007199254740992);
    for (const char* none : {"9007199254740993", "-9007199254740993", "18446744073709551615", "1e300",
                             "-1e300", "99999999999999999999", "\"1443208345\"", "true", "null", "[1]"}) {
        EXPECT_FALSE(date(none).has_value()) << none;
    }
    EXPECT_FALSE(date_member({}, "iat").has_value());
}

TEST(Canonical, members_are_in_order_at_all_levels_without_white_space) {
    const auto value = boost::json::parse(
        R"({ "orig": {"tn": "12155551212"}, "iat": 1443208345, "dest": {"uri": ["sip:b@x", "a"], "tn": []} })");
    EXPECT_EQ(canonical(value),
              R"({"dest":{"tn":[],"uri":["sip:b@x","a"]},"iat":1443208345,"orig":{"tn":"12155551212"}})");
}

TEST(Canonical, the_order_is_that_of_code_points) {
    // By UTF-16 units U+10000 would be before U+FFFD.
    EXPECT_EQ(canonical({{"\xf0\x90\x80\x80", 1}, {"\xef\xbf\xbd", 2}, {"a", 3}, {"Z", 4}, {"", 5}}),
              "{\"\":5,\"Z\":4,\"a\":3,\"\xef\xbf\xbd\":2,\"\xf0\x90\x80\x80\":1}");
}

TEST(Canonical, only_what_must_be_escaped_is) {
    const boost::json::value value(boost::json::string_view("\"\\/\b\f\n\r\t\0\x1f\x7f\u00e9", 13));
    EXPECT_EQ(canonical(value), "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\u00e9\"");
}

TEST(Canonical, numbers_are_written_shortest_and_whole_ones_without_a_fraction) {
    EXPECT_EQ(canonical({0, -1, 1.5, 1700000000.0, true, nullptr, 18446744073709551615U}),
              "[0,-1,1.5,1700000000,true,null,18446744073709551615]");
    EXPECT_EQ(boost::json::parse(canonical(0.1)), boost::json::value(0.1));
}

}  // namespace
}  // namespace causeway::jose
