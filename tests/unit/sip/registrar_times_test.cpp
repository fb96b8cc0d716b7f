#include <gtest/gtest.h>

#include "sip/ua/registrar_client.hpp"

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;

TEST(RegistrarTimes, pauses_double_from_one_second_to_a_minute) {
    EXPECT_EQ(registration_pause(1, 0), 1s);
    EXPECT_EQ(registration_pause(2, 0), 2s);
    EXPECT_EQ(registration_pause(3, 0), 4s);
    EXPECT_EQ(registration_pause(6, 0), 32s);
    EXPECT_EQ(registration_pause(7, 0), 60s);
    EXPECT_EQ(registration_pause(1'000'000, 0), 60s);
}

TEST(RegistrarTimes, jitter_adds_up_to_a_quarter) {
    EXPECT_EQ(registration_pause(3, 1), 5s);
    EXPECT_EQ(registration_pause(3, 0.5), 4500ms);
}

TEST(RegistrarTimes, a_refresh_comes_before_the_end) {
    EXPECT_EQ(refresh_after(300s), 240s);
    EXPECT_EQ(refresh_after(1s), 1s);
}

}  // namespace
}  // namespace causeway::sip
