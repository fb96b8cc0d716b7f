#include "gateway/app/connected_pages.hpp"

#include <gtest/gtest.h>

namespace causeway::app {
namespace {

config::Snapshot configuration() {
    auto config = std::make_shared<config::Config>();
    config::User alice;
    alice.name = "alice";
    alice.numbers = {"+12155551212"};
    alice.token = "alices-token";
    config::User without_token;
    without_token.name = "bob";
    config->users = {alice, without_token};
    config->guests.enabled = true;
    config->guests.may_call = {"600"};
    config->guests.number_range = "7000-7001";
    config->demo.enabled = true;
    return config;
}

http::SessionInfo page(std::uint64_t id, const http::Authenticated& who) {
    return {SessionId{id}, who, "", "", {}};
}

TEST(ConnectedPages, a_token_stands_for_its_user_only) {
    const ConnectedPages pages(configuration());
    ASSERT_NE(pages.user_of_token("alices-token"), nullptr);
    EXPECT_EQ(pages.user_of_token("alices-token")->name, "alice");
    EXPECT_EQ(pages.user_of_token("alices-toke"), nullptr);
    EXPECT_EQ(pages.user_of_token(""), nullptr) << "a user without a token has no empty one";
}

TEST(ConnectedPages, all_pages_of_a_user_are_found_until_they_leave) {
    ConnectedPages pages(configuration());
    const auto who = pages.as_user(*pages.user_of_name("alice"));
    EXPECT_EQ(who.number, "+12155551212");
    pages.add(page(1, who));
    pages.add(page(2, who));
    EXPECT_EQ(pages.sessions_of_user("alice").size(), 2u);
    pages.remove(SessionId{1});
    EXPECT_EQ(pages.sessions_of_user("alice"), std::vector{SessionId{2}});
    EXPECT_TRUE(pages.sessions_of_user("").empty()) << "guests are nobody's pages";
}

TEST(ConnectedPages, each_guest_has_a_number_of_its_own_while_it_is_connected) {
    ConnectedPages pages(configuration());
    const auto first = pages.as_guest(SessionId{1});
    pages.add(page(1, *first));
    const auto second = pages.as_guest(SessionId{2});
    pages.add(page(2, *second));
    EXPECT_EQ(first->number, "7000");
    EXPECT_EQ(second->number, "7001");
    EXPECT_FALSE(pages.as_guest(SessionId{3})) << "the range is used up";
    EXPECT_EQ(pages.sessions_of_guest_number("7001"), std::vector{SessionId{2}});
    pages.remove(SessionId{1});
    EXPECT_EQ(pages.as_guest(SessionId{3})->number, "7000");
}

TEST(ConnectedPages, a_guest_that_never_opened_does_not_keep_its_number) {
    ConnectedPages pages(configuration());
    EXPECT_EQ(pages.as_guest(SessionId{1})->number, "7000");
    EXPECT_EQ(pages.as_guest(SessionId{2})->number, "7000");
}

TEST(ConnectedPages, guests_are_refused_unless_enabled) {
    auto config = std::make_shared<config::Config>(*configuration());
    config->guests.enabled = false;
    ConnectedPages pages(config);
    EXPECT_FALSE(pages.as_guest(SessionId{1}));
}

TEST(ConnectedPages, the_demo_lists_its_numbers) {
    ConnectedPages pages(configuration());
    const auto guest = pages.as_guest(SessionId{1});
    ASSERT_EQ(guest->numbers.size(), 8u);
    EXPECT_EQ(guest->numbers.front().number, "600");
}

}  // namespace
}  // namespace causeway::app
