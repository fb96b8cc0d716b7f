#include "config/nearest.hpp"

#include <gtest/gtest.h>

namespace causeway::config {
namespace {

TEST(Nearest, counts_edits_and_swaps) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("abc", ""), 3u);
    EXPECT_EQ(edit_distance("listen", "lisen"), 1u);
    EXPECT_EQ(edit_distance("listen", "litsen"), 1u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(Nearest, case_and_hyphens_are_no_difference) {
    EXPECT_EQ(edit_distance("Ring-Timeout", "ring_timeout"), 0u);
}

TEST(Nearest, suggests_the_nearest_word_only_when_it_is_near) {
    EXPECT_EQ(suggestion("lisen", {"tls", "listen"}), "did you mean \"listen\"?");
    EXPECT_EQ(suggestion("colour", {"tls", "listen"}), "");
    EXPECT_EQ(suggestion("trusted", {"realm", "trust"}), "did you mean \"trust\"?");
    EXPECT_EQ(suggestion("inside", {"in"}), "");
    EXPECT_EQ(suggestion("", {"a"}), "");
    EXPECT_EQ(suggestion(std::string(100'000, 'x'), {"listen"}), "");
}

}  // namespace
}  // namespace causeway::config
