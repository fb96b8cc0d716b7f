#include "webrtc/ice/turn_credentials.hpp"

#include <gtest/gtest.h>

namespace causeway::webrtc {
namespace {

TEST(TurnCredentials, they_are_what_coturn_computes_of_the_shared_secret) {
    // printf %s 1790000000:ann | openssl dgst -sha1 -hmac north -binary | base64
    EXPECT_EQ(make_turn_credentials("north", "ann", 1790000000),
              (TurnCredentials{"1790000000:ann", "yIOJnq5VaTu6Ydlz06cgZ7aFee8="}));
}

TEST(TurnCredentials, another_end_and_another_secret_make_another_password) {
    const auto first = make_turn_credentials("north", "ann", 1790000000);
    EXPECT_NE(first.password, make_turn_credentials("north", "ann", 1790000001).password);
    EXPECT_NE(first.password, make_turn_credentials("south", "ann", 1790000000).password);
}

TEST(TurnCredentials, a_name_cannot_pass_for_a_later_end) {
    EXPECT_EQ(make_turn_credentials("north", "1999999999:x y", 1790000000).username,
              "1790000000:1999999999_x_y");
    EXPECT_EQ(make_turn_credentials("north", std::string(500, 'a'), 1).username, "1:" + std::string(64, 'a'));
}

}  // namespace
}  // namespace causeway::webrtc
