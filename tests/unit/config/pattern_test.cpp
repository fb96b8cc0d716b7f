#include "config/pattern.hpp"

#include <gmock/gmock.h>

namespace causeway::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Pattern pattern(std::string_view text) {
    return Pattern::compile(text).value();
}

std::string fault_of(std::string_view text) {
    const auto result = Pattern::compile(text);
    return result ? "" : result.error().detail;
}

TEST(Pattern, an_empty_one_matches_everything) {
    EXPECT_TRUE(pattern("").matches(""));
    EXPECT_TRUE(pattern("").matches("anything"));
}

TEST(Pattern, a_literal_matches_itself_only) {
    EXPECT_TRUE(pattern("+49.30").matches("+49.30"));
    EXPECT_FALSE(pattern("+49.30").matches("+49x30"));
    EXPECT_FALSE(pattern("600").matches("6001"));
    EXPECT_FALSE(pattern("600").matches("60"));
    EXPECT_FALSE(pattern("alice").matches("Alice"));
}

TEST(Pattern, a_star_is_any_run_and_a_question_mark_one_character) {
    EXPECT_TRUE(pattern("0049*").matches("0049"));
    EXPECT_TRUE(pattern("0049*").matches("004930"));
    EXPECT_TRUE(pattern("60?").matches("607"));
    EXPECT_FALSE(pattern("60?").matches("60"));
    EXPECT_TRUE(pattern("*a*b*c").matches("xxabxbxxc"));
    EXPECT_FALSE(pattern("*a*b*c").matches("xxabxbxx"));
    EXPECT_TRUE(pattern("https://*.example/?*").matches("https://shop.example/x"));
}

TEST(Pattern, many_stars_do_not_make_a_glob_slow) {
    std::string stars;
    for (int i = 0; i < 120; ++i) stars += "a*";
    EXPECT_FALSE(pattern(stars + "b").matches(std::string(1024, 'a')));
}

TEST(Pattern, a_regex_matches_the_whole_value_and_gives_its_groups) {
    EXPECT_FALSE(pattern("/60[0-7]/").matches("6001"));
    const auto groups = pattern("/0([1-9])([0-9]*)/").match("0301");
    ASSERT_TRUE(groups);
    EXPECT_THAT(*groups, ElementsAre("0301", "3", "01"));
    EXPECT_EQ(pattern("/0([1-9])([0-9]*)/").group_count(), 2u);
}

TEST(Pattern, a_group_that_took_no_part_is_empty) {
    EXPECT_THAT(pattern("/(a)|(b)/").match("b").value(), ElementsAre("b", "", "b"));
}

TEST(Pattern, nested_repeats_do_not_make_a_regex_slow) {
    // A backtracking matcher would need 2^256 steps; the test's time limit is the judge.
    EXPECT_FALSE(pattern("/(a+)+b/").matches(std::string(256, 'a')));
    EXPECT_FALSE(pattern("/(a|aa)+b/").matches(std::string(256, 'a')));
    EXPECT_FALSE(pattern("/(.*)*x(.*)*y/").matches(std::string(1024, 'x')));
}

TEST(Pattern, what_does_not_compile_is_a_fault) {
    EXPECT_THAT(fault_of("/(/"), HasSubstr("( and ) in pairs"));
    EXPECT_THAT(fault_of("/[a/"), HasSubstr("[ and ] in pairs"));
    EXPECT_THAT(fault_of("/[z-a]/"), HasSubstr("ranges"));
    EXPECT_THAT(fault_of("/(a)\\1/"), HasSubstr("back references"));
    EXPECT_THAT(fault_of("/abc"), HasSubstr("closing /"));
    EXPECT_THAT(fault_of(std::string(257, 'a')), HasSubstr("at most 256"));
}

TEST(Pattern, repeat_counts_are_bounded_as_multiplied_out) {
    EXPECT_EQ(fault_of("/\\+?[0-9]{3,15}/"), "");
    EXPECT_EQ(fault_of("/(00|\\+)([1-9][0-9]{5,14})(;ext=[0-9]{1,7})?/"), "");
    EXPECT_THAT(fault_of("/a{1001}/"), HasSubstr("repeat counts"));
    EXPECT_THAT(fault_of("/a{0,99999999999999999999}/"), HasSubstr("repeat counts"));
    EXPECT_THAT(fault_of("/((a{10}){11}){10}/"), HasSubstr("repeat counts"));
    EXPECT_THAT(fault_of("/(a?){5,}{400}{400}/"), HasSubstr("repeat counts"));
}

TEST(Pattern, the_largest_allowed_regex_still_matches_a_long_value) {
    EXPECT_TRUE(pattern("/(a?){240}/").matches(std::string(240, 'a')));
}

TEST(Rewrite, puts_groups_in) {
    const Groups groups{"0301", "301"};
    EXPECT_EQ(rewrite("+49$1", groups), "+49301");
    EXPECT_EQ(rewrite("$0;x", groups), "0301;x");
    EXPECT_EQ(rewrite("$$1", groups), "$1");
    EXPECT_EQ(rewrite("$7", groups), "");
}

TEST(Rewrite, names_what_the_pattern_cannot_give) {
    EXPECT_EQ(rewrite_fault("+49$1$0$$", 1), "");
    EXPECT_THAT(rewrite_fault("$2", 1), HasSubstr("$2 to be a group"));
    EXPECT_THAT(rewrite_fault("x$", 1), HasSubstr("a digit"));
    EXPECT_THAT(rewrite_fault("${1}", 1), HasSubstr("a digit"));
}

}  // namespace
}  // namespace causeway::config
