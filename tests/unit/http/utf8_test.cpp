#include "gateway/http/utf8.hpp"

#include <gtest/gtest.h>

namespace causeway::http {
namespace {

const std::string kReplacement = "\xEF\xBF\xBD";

TEST(Utf8, good_text_stays_as_it_is) {
    const std::string text = "a\u00e9\u20ac\U0001F4DE\uFFFD";
    EXPECT_EQ(repaired_utf8(text), text);
}

TEST(Utf8, each_bad_byte_is_replaced_and_the_rest_survives) {
    EXPECT_EQ(repaired_utf8("a\xff"
                            "b"),
              "a" + kReplacement + "b");
    EXPECT_EQ(repaired_utf8("\xe2\x82"), kReplacement + kReplacement);             // cut off
    EXPECT_EQ(repaired_utf8("\xc0\xaf"), kReplacement + kReplacement);             // overlong
    EXPECT_EQ(repaired_utf8("\xed\xa0\x80").size(), 3 * kReplacement.size());      // surrogate
    EXPECT_EQ(repaired_utf8("\xf4\x90\x80\x80").size(), 4 * kReplacement.size());  // beyond U+10FFFF
    EXPECT_EQ(repaired_utf8("\xe0\x80\xaf").size(), 3 * kReplacement.size());
    EXPECT_EQ(repaired_utf8("\xf0\x80\x80\xaf").size(), 4 * kReplacement.size());
}

TEST(Utf8, control_characters_are_found) {
    EXPECT_TRUE(has_control_character(std::string_view("a\0", 2)));
    EXPECT_TRUE(has_control_character("a\n"));
    EXPECT_TRUE(has_control_character("\x7f"));
    EXPECT_FALSE(has_control_character("M\u00fcller ~"));
}

}  // namespace
}  // namespace causeway::http
