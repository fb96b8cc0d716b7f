#include "gateway/routing/called_number.hpp"

#include <gtest/gtest.h>

namespace causeway::routing {
namespace {

TEST(CalledNumber, visual_separators_go) {
    EXPECT_EQ(called_number("+49 (30) 123-45.6"), "+4930123456");
    EXPECT_EQ(called_number("600"), "600");
}

TEST(CalledNumber, anything_but_digits_stays_as_it_is) {
    EXPECT_EQ(called_number("alice-smith"), "alice-smith");
    EXPECT_EQ(called_number("12-34#"), "12-34#");
    EXPECT_EQ(called_number("12+34-5"), "12+34-5");
    EXPECT_EQ(called_number("--"), "--");
    EXPECT_EQ(called_number("+"), "+");
    EXPECT_EQ(called_number(""), "");
}

}  // namespace
}  // namespace causeway::routing
