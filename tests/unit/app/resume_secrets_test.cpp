#include "gateway/app/resume_secrets.hpp"

#include <gtest/gtest.h>

namespace causeway::app {
namespace {

using std::chrono::seconds;

constexpr Instant kStart{std::chrono::hours(1)};
constexpr SessionId kSession{7};
const std::string kOrigin = "https://shop.example";

http::Authenticated ann() {
    return {.user = "ann", .guest = false, .number = "100", .numbers = {}};
}

struct ResumeSecretsTest : ::testing::Test {
    ResumeSecrets secrets{seconds(30)};
    std::string secret = secrets.issue(kSession, ann(), kOrigin, kStart);
};

TEST_F(ResumeSecretsTest, a_secret_brings_its_session_back_once) {
    EXPECT_EQ(secret.size(), 22U);
    const auto owner = secrets.redeem(secret, kOrigin, {}, kStart);
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->session, kSession);
    EXPECT_EQ(owner->who.user, "ann");
    EXPECT_EQ(owner->who.number, "100");
    EXPECT_FALSE(secrets.redeem(secret, kOrigin, {}, kStart));
}

TEST_F(ResumeSecretsTest, it_is_good_for_its_time_after_the_session_was_lost) {
    EXPECT_TRUE(secrets.on_session_closed(kSession, kStart + seconds(3600)));
    EXPECT_TRUE(secrets.redeem(secret, kOrigin, {}, kStart + seconds(3629)));
}

TEST_F(ResumeSecretsTest, it_is_not_good_any_longer) {
    secrets.on_session_closed(kSession, kStart);
    EXPECT_FALSE(secrets.redeem(secret, kOrigin, {}, kStart + seconds(30)));
}

TEST_F(ResumeSecretsTest, another_origin_cannot_use_it_and_does_not_spoil_it) {
    EXPECT_FALSE(secrets.redeem(secret, "https://evil.example", {}, kStart));
    EXPECT_TRUE(secrets.redeem(secret, kOrigin, {}, kStart));
}

TEST_F(ResumeSecretsTest, another_user_cannot_use_it_and_does_not_spoil_it) {
    EXPECT_FALSE(secrets.redeem(secret, kOrigin, "bob", kStart));
    EXPECT_TRUE(secrets.redeem(secret, kOrigin, "ann", kStart));
}

TEST_F(ResumeSecretsTest, guesses_and_nothing_at_all_are_refused) {
    EXPECT_FALSE(secrets.redeem("", kOrigin, {}, kStart));
    EXPECT_FALSE(secrets.redeem(secret.substr(0, 21), kOrigin, {}, kStart));
    EXPECT_FALSE(secrets.redeem(secret + "A", kOrigin, {}, kStart));
}

TEST_F(ResumeSecretsTest, a_new_secret_of_a_session_voids_the_old_one) {
    const std::string next = secrets.issue(kSession, ann(), kOrigin, kStart);
    EXPECT_NE(next, secret);
    EXPECT_FALSE(secrets.redeem(secret, kOrigin, {}, kStart));
    EXPECT_TRUE(secrets.redeem(next, kOrigin, {}, kStart));
}

TEST_F(ResumeSecretsTest, a_session_that_was_taken_up_elsewhere_does_not_come_back) {
    secrets.redeem(secret, kOrigin, {}, kStart);
    EXPECT_FALSE(secrets.on_session_closed(kSession, kStart));
}

TEST(ResumeSecrets, where_calls_do_not_wait_nobody_gets_one) {
    ResumeSecrets none{seconds(0)};
    EXPECT_EQ(none.issue(kSession, ann(), kOrigin, kStart), "");
    EXPECT_FALSE(none.on_session_closed(kSession, kStart));
}

TEST(ResumeSecrets, so_many_lost_sessions_are_remembered_and_no_more) {
    ResumeSecrets secrets{seconds(30)};
    for (std::uint64_t i = 1; i <= 10'000; ++i) {
        ASSERT_NE(secrets.issue(SessionId{i}, ann(), kOrigin, kStart), "");
        secrets.on_session_closed(SessionId{i}, kStart);
    }
    EXPECT_EQ(secrets.issue(SessionId{20'000}, ann(), kOrigin, kStart), "");
    EXPECT_NE(secrets.issue(SessionId{20'000}, ann(), kOrigin, kStart + seconds(31)), "");
}

}  // namespace
}  // namespace causeway::app
