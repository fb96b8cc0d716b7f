#include "gateway/routing/dial_plan.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "config/loader.hpp"

namespace causeway::routing {
namespace {

using config::RouteTarget;

config::Config load(std::string_view yaml) {
    config::Loaded loaded = config::load_text(yaml, "test.yaml");
    for (const config::Fault& fault : loaded.faults) ADD_FAILURE() << to_string(fault);
    return loaded.config;
}

DialPlan plan(std::string_view yaml) {
    return DialPlan(load(yaml));
}

constexpr std::string_view kParties = R"(
demo: {enabled: true}
trunks:
  - {name: carrier, address: 192.0.2.1}
  - {name: pbx, address: 10.0.0.1, sources: [10.0.0.0/8]}
  - {name: branch, address: 10.1.0.1, sources: [10.1.0.0/17, "2001:db8::/33"]}
users:
  - {name: alice, token: a, numbers: ["+49301", "101"]}
  - {name: bob, token: b, numbers: ["102"]}
)";

DialPlan plan_with(const std::string& routes) {
    return plan(std::string(kParties) + "routes:\n" + routes);
}

RouteQuery page_call(std::string to, std::string from = "alice", std::string page = "https://shop.example/") {
    return {std::move(to), std::move(from), std::move(page), ""};
}

RouteQuery trunk_call(std::string to, std::string trunk = "carrier") {
    return {std::move(to), "+4989", "", std::move(trunk)};
}

TEST(DialPlan, the_first_rule_that_matches_decides) {
    const DialPlan dial_plan = plan_with(
        "  - {to: \"60?\", target: demo}\n"
        "  - {to: \"6*\", target: trunk carrier}\n");
    EXPECT_EQ(dial_plan.route(page_call("600")).target, RouteTarget::demo);
    const Route second = dial_plan.route(page_call("6000"));
    EXPECT_EQ(second.target, RouteTarget::trunk);
    EXPECT_EQ(second.target_name, "carrier");
    EXPECT_EQ(second.to, "6000");
    EXPECT_EQ(second.from, "alice");
    EXPECT_EQ(second.rule_line, 12);
}

TEST(DialPlan, a_number_that_no_rule_takes_is_not_found) {
    const Route route = plan_with("  - {to: \"60?\", target: demo}\n").route(page_call("999"));
    EXPECT_EQ(route.target, RouteTarget::refuse);
    EXPECT_EQ(route.refusal.cause, EndCause::not_found);
    EXPECT_EQ(route.refusal.by, Side::gateway);
    EXPECT_EQ(text(route.refusal), "No route leads to this number.");
    EXPECT_EQ(route.rule_line, 0);
}

TEST(DialPlan, a_refusing_rule_gives_its_reason_and_words) {
    const DialPlan dial_plan = plan_with(
        "  - {to: \"0900*\", target: refuse forbidden, refuse_text: Premium numbers are barred}\n"
        "  - {to: \"0*\", target: refuse}\n");
    const Route barred = dial_plan.route(page_call("0900123"));
    EXPECT_EQ(barred.refusal.cause, EndCause::forbidden);
    EXPECT_EQ(text(barred.refusal), "Premium numbers are barred");
    EXPECT_EQ(barred.rule_line, 11);
    EXPECT_EQ(dial_plan.route(page_call("01")).refusal.cause, EndCause::not_found);
}

TEST(DialPlan, all_patterns_of_a_rule_must_match) {
    const DialPlan dial_plan =
        plan_with("  - {to: \"1*\", from: alice, page: \"https://shop.example/*\", target: trunk carrier}\n");
    EXPECT_EQ(dial_plan.route(page_call("1")).target, RouteTarget::trunk);
    EXPECT_EQ(dial_plan.route(page_call("2")).target, RouteTarget::refuse);
    EXPECT_EQ(dial_plan.route(page_call("1", "bob")).target, RouteTarget::refuse);
    EXPECT_EQ(dial_plan.route(page_call("1", "alice", "https://other.example/")).target, RouteTarget::refuse);
}

TEST(DialPlan, a_rule_for_pages_never_takes_calls_without_one) {
    const DialPlan dial_plan = plan_with("  - {page: \"*\", target: demo}\n");
    EXPECT_EQ(dial_plan.route(page_call("1")).target, RouteTarget::demo);
    EXPECT_EQ(dial_plan.route(page_call("1", "alice", "")).target, RouteTarget::refuse);
    EXPECT_EQ(dial_plan.route(trunk_call("1")).target, RouteTarget::refuse);
}

TEST(DialPlan, a_rule_for_a_trunk_takes_calls_of_that_trunk_only) {
    const DialPlan dial_plan = plan_with("  - {trunk_in: pbx, target: user bob}\n");
    EXPECT_EQ(dial_plan.route(trunk_call("1", "pbx")).target_name, "bob");
    EXPECT_EQ(dial_plan.route(trunk_call("1", "carrier")).target, RouteTarget::refuse);
    EXPECT_EQ(dial_plan.route(page_call("1")).target, RouteTarget::refuse);
}

TEST(DialPlan, rewrites_with_the_groups_of_its_patterns) {
    const DialPlan dial_plan = plan_with(
        "  - {to: \"/0([1-9].*)/\", from: /(.)(.*)/, rewrite_to: +49$1, rewrite_from: $2-$1, "
        "target: trunk carrier}\n"
        "  - {to: \"1*\", rewrite_to: 9$0, rewrite_from: \"+4930\", target: trunk carrier}\n");
    const Route national = dial_plan.route(page_call("030123"));
    EXPECT_EQ(national.to, "+4930123");
    EXPECT_EQ(national.from, "lice-a");
    const Route prefixed = dial_plan.route(page_call("12"));
    EXPECT_EQ(prefixed.to, "912");
    EXPECT_EQ(prefixed.from, "+4930");
}

TEST(DialPlan, separators_in_a_dialled_number_do_not_count) {
    const DialPlan dial_plan = plan_with("  - {to: \"+4930*\", target: trunk carrier}\n");
    EXPECT_EQ(dial_plan.route(page_call("+49 (30) 12-34.5")).to, "+493012345");
}

TEST(DialPlan, numbers_of_users_are_reached_from_trunks_without_a_rule) {
    const DialPlan dial_plan = plan_with("  - {to: \"102\", target: refuse busy}\n");
    const Route route = dial_plan.route(trunk_call("+49-301"));
    EXPECT_EQ(route.target, RouteTarget::user);
    EXPECT_EQ(route.target_name, "alice");
    EXPECT_EQ(route.rule_line, 0);
    EXPECT_EQ(dial_plan.route(trunk_call("102")).refusal.cause, EndCause::busy);
    EXPECT_EQ(dial_plan.route(page_call("101")).refusal.cause, EndCause::not_found);
}

TEST(DialPlan, a_value_too_long_for_the_rules_is_refused_before_them) {
    const DialPlan dial_plan = plan_with("  - {target: trunk carrier}\n");
    EXPECT_EQ(dial_plan.route(page_call(std::string(256, '1'))).target, RouteTarget::trunk);
    for (const RouteQuery& query :
         {page_call(std::string(257, '1')), page_call("1", std::string(257, 'a')),
          page_call("1", "alice", "https://shop.example/" + std::string(2048, 'x'))}) {
        const Route route = dial_plan.route(query);
        EXPECT_EQ(route.target, RouteTarget::refuse);
        EXPECT_EQ(route.refusal.cause, EndCause::bad_request);
    }
}

TEST(DialPlan, a_page_of_any_length_that_the_protocol_allows_is_matched) {
    const DialPlan dial_plan =
        plan_with("  - {page: \"https://shop.example/*\", to: \"1*\", target: trunk carrier}\n");
    std::string page = "https://shop.example/";
    for (const std::size_t length : {std::size_t{2000}, std::size_t{2048}}) {
        page.resize(length, 'x');
        EXPECT_EQ(dial_plan.route(page_call("1", "alice", page)).target, RouteTarget::trunk) << length;
    }
}

TEST(DialPlan, a_pattern_that_does_not_compile_is_thrown_at_construction) {
    config::Config broken;
    broken.routes.emplace_back().to = "/(/";
    EXPECT_THROW(DialPlan{broken}, std::invalid_argument);
}

const config::Trunk* trunk_of(const DialPlan& dial_plan, std::string_view ip) {
    return dial_plan.trunk_of_source(SocketAddress::parse(ip, 5060).value());
}

TEST(TrunkOfSource, knows_trunks_by_address_and_strangers_by_none) {
    const DialPlan dial_plan = plan(kParties);
    ASSERT_NE(trunk_of(dial_plan, "192.0.2.1"), nullptr);
    EXPECT_EQ(trunk_of(dial_plan, "192.0.2.1")->name, "carrier");
    EXPECT_EQ(trunk_of(dial_plan, "192.0.2.2"), nullptr);
    EXPECT_EQ(trunk_of(dial_plan, "::1"), nullptr);
}

TEST(TrunkOfCaller, the_connections_own_trunk_then_the_certificate_then_the_address) {
    config::Config config;
    for (const char* name : {"one", "two", "three"}) config.trunks.emplace_back().name = name;
    config.trunks[0].sources = {"192.0.2.1"};
    config.trunks[1].tls.client_names = {"sbc.example"};
    const DialPlan dial_plan(config);
    const SocketAddress source = *SocketAddress::parse("192.0.2.1", 5061);
    const auto name_of = [&](const std::string& connected, const std::vector<std::string>& names) {
        const config::Trunk* trunk = dial_plan.trunk_of_caller({source, connected, names});
        return trunk == nullptr ? "" : trunk->name;
    };
    EXPECT_EQ(name_of("", {}), "one");
    EXPECT_EQ(name_of("", {"other.example"}), "one");
    EXPECT_EQ(name_of("", {"other.example", "sbc.example"}), "two");
    EXPECT_EQ(name_of("three", {"sbc.example"}), "three");
}

TEST(TrunkOfSource, the_narrowest_network_wins) {
    const DialPlan dial_plan = plan(kParties);
    EXPECT_EQ(trunk_of(dial_plan, "10.2.0.1")->name, "pbx");
    EXPECT_EQ(trunk_of(dial_plan, "10.1.127.255")->name, "branch");
    EXPECT_EQ(trunk_of(dial_plan, "10.1.128.0")->name, "pbx");
}

TEST(TrunkOfSource, counts_bits_of_ipv6_prefixes) {
    const DialPlan dial_plan = plan(kParties);
    EXPECT_EQ(trunk_of(dial_plan, "2001:db8:7fff::1")->name, "branch");
    EXPECT_EQ(trunk_of(dial_plan, "2001:db8:8000::1"), nullptr);
}

TEST(TrunkOfSource, a_prefix_of_zero_takes_its_whole_family) {
    const DialPlan dial_plan = plan("trunks: [{name: any, address: 192.0.2.1, sources: 0.0.0.0/0}]\n");
    EXPECT_NE(trunk_of(dial_plan, "203.0.113.9"), nullptr);
    EXPECT_EQ(trunk_of(dial_plan, "2001:db8::1"), nullptr);
}

TEST(GuestMayCall, only_what_the_patterns_allow) {
    const DialPlan dial_plan{config::demo_config()};
    EXPECT_TRUE(dial_plan.guest_may_call("600"));
    EXPECT_TRUE(dial_plan.guest_may_call("6-0-7"));
    EXPECT_FALSE(dial_plan.guest_may_call("608"));
    EXPECT_FALSE(dial_plan.guest_may_call("6000"));
    EXPECT_FALSE(dial_plan.guest_may_call(""));
    EXPECT_FALSE(dial_plan.guest_may_call(std::string(300, '6')));
}

TEST(GuestMayCall, nothing_when_guests_are_not_enabled) {
    EXPECT_FALSE(plan("guests: {enabled: false, may_call: \"*\"}\n").guest_may_call("600"));
}

TEST(DemoConfig, its_numbers_lead_to_the_demo_exchange) {
    const DialPlan dial_plan{config::demo_config()};
    for (const char* number : {"600", "601", "602", "603", "604", "605", "606", "607"}) {
        EXPECT_EQ(dial_plan.route(page_call(number, "7000")).target, RouteTarget::demo) << number;
    }
    EXPECT_EQ(dial_plan.route(page_call("608", "7000")).target, RouteTarget::refuse);
}

}  // namespace
}  // namespace causeway::routing
