// Who may present which number.
#include "gateway/identity/policy/number_table.hpp"

#include <gtest/gtest.h>

namespace causeway::identity {
namespace {

NumberTable table() {
    return NumberTable({
        {.identity = "alice@idp.example.org",
         .numbers = {"+12155551212", "+12155551213"},
         .default_number = "+12155551213"},
        {.identity = "*@corp.example", .numbers = {"+12125551000-+12125551999"}},
        {.session_account = "kiosk7", .numbers = {"7000-7009", "100", "reception"}},
        {.session_account = "guest", .numbers = {"9000"}},
        {.identity = "alice@idp.example.org", .numbers = {"+19995550000"}},
        {.session_account = "silent"},
    });
}

Presenter identity(std::string name) {
    return {std::move(name), "", false};
}
Presenter account(std::string name) {
    return {"", std::move(name), false};
}

struct Case {
    std::string what;
    Presenter who;
    std::string requested;
    std::string number;  ///< "" for not listed
};

class NumberTableRight : public testing::TestWithParam<Case> {};

TEST_P(NumberTableRight, is_as_the_table_says) {
    const Case& c = GetParam();
    const NumberTable numbers = table();
    const NumberRight right = numbers.right(c.who, c.requested);
    EXPECT_EQ(right.number, c.number) << c.what;
    EXPECT_EQ(right.listed, !c.number.empty()) << c.what;
}

INSTANTIATE_TEST_SUITE_P(
    Cases, NumberTableRight,
    testing::Values(
        Case{"own number", identity("alice@idp.example.org"), "+12155551212", "+12155551212"},
        Case{"written otherwise", identity("alice@idp.example.org"), "1 (215) 555-1212", "+12155551212"},
        Case{"default", identity("alice@idp.example.org"), "", "+12155551213"},
        Case{"domain in capitals", identity("alice@IDP.example.org"), "+12155551212", "+12155551212"},
        Case{"user in capitals is somebody else", identity("Alice@idp.example.org"), "+12155551212", ""},
        Case{"sub-domain is somebody else", identity("alice@x.idp.example.org"), "+12155551212", ""},
        Case{"parent domain is somebody else", identity("alice@example.org"), "+12155551212", ""},
        Case{"domain that ends alike is somebody else", identity("bob@evilcorp.example"), "+12125551000", ""},
        Case{"number of another", identity("alice@idp.example.org"), "+12125551000", ""},
        Case{"first row wins", identity("alice@idp.example.org"), "+19995550000", ""},
        Case{"range, first", identity("bob@corp.example"), "+12125551000", "+12125551000"},
        Case{"range, last", identity("bob@corp.example"), "+12125551999", "+12125551999"},
        Case{"range, below", identity("bob@corp.example"), "+12125550999", ""},
        Case{"range, above", identity("bob@corp.example"), "+12125552000", ""},
        Case{"range, shorter", identity("bob@corp.example"), "+1212555150", ""},
        Case{"range, longer", identity("bob@corp.example"), "+121255515000", ""},
        Case{"range, no number", identity("bob@corp.example"), "+1212555150#", ""},
        Case{"range, letters", identity("bob@corp.example"), "bob", ""},
        Case{"range's default", identity("bob@corp.example"), "", "+12125551000"},
        Case{"account", account("kiosk7"), "7003", "7003"},
        Case{"account's default", account("kiosk7"), "", "7000"},
        Case{"local number", account("kiosk7"), "100", "100"},
        Case{"a name for a number", account("kiosk7"), "reception", "reception"},
        Case{"another name", account("kiosk7"), "security", ""},
        Case{"another account", account("kiosk8"), "7003", ""},
        Case{"row without numbers", account("silent"), "", ""},
        Case{"guest", Presenter{"", "", true}, "", "9000"},
        Case{"a user called guest", account("guest"), "", ""},
        Case{"a guest with an account's name", Presenter{"", "kiosk7", true}, "7003", ""},
        Case{"nobody", Presenter{}, "", ""}));

TEST(NumberTable, tells_the_row_of_a_presenter_without_numbers) {
    const NumberTable numbers = table();
    EXPECT_EQ(numbers.right(account("silent"), "").row, &numbers.rows()[5]);
    EXPECT_EQ(numbers.row_of(account("nobody")), nullptr);
}

TEST(NumberTable, takes_a_lone_hyphen_between_other_than_ascending_numbers_for_a_separator) {
    const NumberTable numbers(
        std::vector<NumberRow>{{.session_account = "a", .numbers = {"555-1212", "9999-1212", "12-3-4"}}});
    EXPECT_EQ(numbers.right(account("a"), "5551212").number, "555-1212");
    EXPECT_EQ(numbers.right(account("a"), "99991212").number, "9999-1212");
    EXPECT_FALSE(numbers.right(account("a"), "9999").listed);
    EXPECT_EQ(numbers.right(account("a"), "1234").number, "12-3-4");
    EXPECT_FALSE(numbers.right(account("a"), "20").listed);
}

TEST(NumberTable, takes_no_range_of_what_are_no_numbers_of_one_length) {
    const NumberTable numbers(std::vector<NumberRow>{
        {.session_account = "a", .numbers = {"-", "1-20", "*1-95", "10-9#", "(215) 5551212"}}});
    for (const auto* requested : {"abc", "2", "50"}) {
        EXPECT_FALSE(numbers.right(account("a"), requested).listed) << requested;
    }
    EXPECT_EQ(numbers.right(account("a"), "120").number, "1-20");
    EXPECT_EQ(numbers.right(account("a"), "2155551212").number, "(215) 5551212");
}

TEST(NumberTable, has_no_row_for_everybody_by_accident) {
    const NumberTable numbers(
        std::vector<NumberRow>{{.numbers = {"+1"}}, {.identity = "alice", .numbers = {"+2"}}});
    EXPECT_EQ(numbers.row_of(identity("alice@idp.example.org")), nullptr);
    EXPECT_EQ(numbers.row_of(account("alice")), nullptr);
    EXPECT_EQ(numbers.row_of(Presenter{}), nullptr);
}

TEST(NumberTable, knows_all_owners_of_a_number) {
    const NumberTable numbers(std::vector<NumberRow>{{.identity = "a@x.example", .numbers = {"+1", "+2"}},
                                                     {.identity = "b@x.example", .numbers = {"+2-+5"}},
                                                     {.session_account = "c", .default_number = "+2"}});
    EXPECT_EQ(numbers.owners("+2").size(), 3U);
    EXPECT_EQ(numbers.owners("1").size(), 1U);
    EXPECT_TRUE(numbers.owners("+6").empty());
}

}  // namespace
}  // namespace causeway::identity
