#include "gateway/http/query.hpp"

#include <gtest/gtest.h>

namespace causeway::http {
namespace {

TEST(Query, a_parameter_is_found_among_others_and_decoded) {
    EXPECT_EQ(query_parameter("to=600", "to"), "600");
    EXPECT_EQ(query_parameter("a=1&to=%2B49%2030&to=2", "to"), "+49 30");
    EXPECT_EQ(query_parameter("%74o=600", "to"), "600");
}

TEST(Query, a_plus_sign_is_one) {
    EXPECT_EQ(query_parameter("to=+12025550123", "to"), "+12025550123");
}

TEST(Query, what_is_not_there_or_broken_is_empty) {
    EXPECT_EQ(query_parameter("", "to"), "");
    EXPECT_EQ(query_parameter("too=1", "to"), "");
    EXPECT_EQ(query_parameter("to", "to"), "");
    EXPECT_EQ(query_parameter("to=", "to"), "");
    EXPECT_EQ(query_parameter("&&=&to=%", "to"), "");
    EXPECT_EQ(query_parameter("to=%4", "to"), "");
    EXPECT_EQ(query_parameter("to=%-1", "to"), "");
    EXPECT_EQ(query_parameter("to=%zz", "to"), "");
}

}  // namespace
}  // namespace causeway::http
