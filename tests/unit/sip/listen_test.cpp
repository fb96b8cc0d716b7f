// Which listening address a request leaves by.
#include "sip/ua/listen.hpp"

#include <gtest/gtest.h>

namespace causeway::sip {
namespace {

SocketAddress address(const std::string& text) {
    return *SocketAddress::parse(text);
}

StackPlan both(const std::string& text) {
    return {"sip:" + text, address(text), address(text)};
}

class Choice : public testing::Test {
  protected:
    /// The index of the stack that a request to `uri` leaves by.
    std::size_t towards(const std::string& uri, const std::string& named = "",
                        const std::string& source = "") {
        std::optional<SocketAddress> name;
        std::optional<SocketAddress> from;
        if (!named.empty()) name = address(named);
        if (!source.empty()) from = address(source);
        return choose_stack(plan, way_of(uri), name, from);
    }

    ListenPlan plan;
};

TEST(Way, a_uri_tells_its_address_and_transport) {
    EXPECT_EQ(way_of("sip:600@192.0.2.1:5070;transport=udp").to, address("192.0.2.1:5070"));
    EXPECT_FALSE(way_of("sip:600@192.0.2.1:5070;transport=udp").tcp);
    EXPECT_TRUE(way_of("sip:192.0.2.1;transport=tcp").tcp);
    EXPECT_EQ(way_of("sip:192.0.2.1;transport=tcp").to, address("192.0.2.1:5060"));
    EXPECT_EQ(way_of("sip:a@[2001:db8::1]").to, address("[2001:db8::1]:5060"));
    EXPECT_EQ(way_of("sip:a@[2001:db8::1]:5080").to, address("[2001:db8::1]:5080"));
}

TEST(Way, a_name_has_no_address) {
    EXPECT_FALSE(way_of("sip:600@trunk.example:5060").to);
    EXPECT_FALSE(way_of("").to);
    EXPECT_FALSE(way_of("sip:[").to);
    EXPECT_FALSE(way_of(";transport=tcp").to);
}

TEST_F(Choice, the_first_address_of_the_family_is_the_default) {
    plan.stacks = {both("192.0.2.1:5060"), both("192.0.2.2:5060"), both("[2001:db8::1]:5060")};
    EXPECT_EQ(towards("sip:600@198.51.100.1"), 0U);
    EXPECT_EQ(towards("sip:600@[2001:db8::9]"), 2U);
    EXPECT_EQ(towards("sip:600@trunk.example"), 0U);
}

TEST_F(Choice, the_address_that_the_system_would_send_from_comes_before_the_first) {
    plan.stacks = {both("127.0.0.1:5060"), both("192.0.2.2:5060")};
    EXPECT_EQ(towards("sip:600@192.0.2.9", "", "192.0.2.2:40000"), 1U);
    EXPECT_EQ(towards("sip:600@192.0.2.9", "", "192.0.2.77:40000"), 0U);
}

TEST_F(Choice, an_address_for_all_interfaces_comes_before_one_of_another_interface) {
    plan.stacks = {both("127.0.0.1:5060"), both("0.0.0.0:5070")};
    EXPECT_EQ(towards("sip:600@192.0.2.9", "", "192.0.2.2:40000"), 1U);
}

TEST_F(Choice, a_trunk_that_names_its_address_leaves_by_it) {
    plan.stacks = {both("192.0.2.1:5060"), both("192.0.2.1:5070"), both("192.0.2.2:5060")};
    EXPECT_EQ(towards("sip:600@198.51.100.1", "192.0.2.1:5070", "192.0.2.2:40000"), 1U);
    EXPECT_EQ(towards("sip:600@198.51.100.1", "192.0.2.2:5060", "192.0.2.1:40000"), 2U);
}

TEST_F(Choice, a_transport_that_the_named_address_lacks_is_taken_from_the_same_interface) {
    plan.stacks = {both("192.0.2.1:5060"),
                   {"sip:192.0.2.2:5060;transport=udp", address("192.0.2.2:5060"), std::nullopt},
                   {"sip:192.0.2.2:5080;transport=tcp", std::nullopt, address("192.0.2.2:5080")}};
    EXPECT_EQ(towards("sip:600@198.51.100.1;transport=udp", "192.0.2.2:5060"), 1U);
    EXPECT_EQ(towards("sip:600@198.51.100.1;transport=tcp", "192.0.2.2:5060"), 2U);
}

TEST_F(Choice, nothing_leaves_by_another_family) {
    plan.stacks = {both("192.0.2.1:5060"), both("[2001:db8::1]:5060")};
    EXPECT_EQ(towards("sip:600@[2001:db8::9]", "192.0.2.1:5060"), 1U);
}

TEST(OwnContacts, what_was_written_to_us_is_our_contact_and_what_was_not_is_none) {
    const std::vector<OwnContact> own{{"192.0.2.1", 5060}, {"2001:db8::1", 5080}};
    EXPECT_EQ(own_contact("192.0.2.1", "5060", false, own), "<sip:192.0.2.1:5060>");
    EXPECT_EQ(own_contact("[2001:db8::1]", "5080", true, own), "<sip:[2001:db8::1]:5080;transport=tcp>");
    EXPECT_EQ(own_contact("192.0.2.1", "5080", false, own), "<sip:192.0.2.1:5060>") << "no port of ours";
    EXPECT_EQ(own_contact("203.0.113.9", "5060", false, own), "<sip:192.0.2.1:5060>") << "no host of ours";
    EXPECT_EQ(own_contact("", "5060", false, own), "<sip:192.0.2.1:5060>") << "no sip URI at all";
}

TEST(OwnContacts, where_the_stack_chooses_the_interface_any_host_may_be_ours) {
    const std::vector<OwnContact> own{{"", 5060}};
    EXPECT_EQ(own_contact("gw.example", "5060", false, own), "<sip:gw.example:5060>");
    EXPECT_EQ(own_contact("gw.example", "5061", false, own), "");
    EXPECT_EQ(own_contact("a b", "5060", false, own), "");
    EXPECT_EQ(own_contact("", "5060", false, own), "");
}

}  // namespace
}  // namespace causeway::sip
