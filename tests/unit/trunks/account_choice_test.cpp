#include "gateway/trunks/account_choice.hpp"

#include <gtest/gtest.h>

namespace causeway::trunks {
namespace {

config::Trunk trunk_with_accounts() {
    config::Trunk trunk;
    config::TrunkAccount shop;
    shop.username = "shop";
    shop.numbers = {"+49301*", "100"};
    config::TrunkAccount rest;
    rest.username = "rest";
    config::TrunkAccount other;
    other.username = "other";
    other.numbers = {"+49302*"};
    trunk.accounts = {shop, rest, other};
    return trunk;
}

TEST(AccountChoice, goes_by_the_callers_number_and_has_one_for_the_rest) {
    const auto trunk = trunk_with_accounts();
    EXPECT_EQ(account_for(trunk, "+4930111")->username, "shop");
    EXPECT_EQ(account_for(trunk, "100")->username, "shop");
    EXPECT_EQ(account_for(trunk, "+4930222")->username, "other");
    EXPECT_EQ(account_for(trunk, "+1215")->username, "rest");
    EXPECT_EQ(account_for(trunk, "")->username, "rest");
}

TEST(AccountChoice, of_two_realms_the_first_account_for_the_rest_is_the_calls_own) {
    auto trunk = trunk_with_accounts();
    trunk.accounts[1].realm = "phones";
    config::TrunkAccount front;
    front.username = "front";
    front.realm = "front";
    trunk.accounts.push_back(front);
    EXPECT_EQ(account_for(trunk, "+1215")->username, "rest");
}

TEST(AccountChoice, without_one_for_the_rest_others_call_without_account) {
    auto trunk = trunk_with_accounts();
    trunk.accounts.erase(trunk.accounts.begin() + 1);
    EXPECT_EQ(account_for(trunk, "+1215"), nullptr);
}

TEST(HeaderRules, know_names_without_regard_to_case) {
    config::TrunkHeaders headers;
    headers.remove = {"X-Customer"};
    headers.allow_in = {"X-Queue"};
    EXPECT_TRUE(is_removed(headers, "x-customer"));
    EXPECT_FALSE(is_removed(headers, "X-Customers"));
    EXPECT_TRUE(is_allowed_in(headers, "X-QUEUE"));
    EXPECT_FALSE(is_allowed_in(headers, "X-Customer"));
}

}  // namespace
}  // namespace causeway::trunks
