#include "sip/ua/filter_rules.hpp"

#include <gtest/gtest.h>

namespace causeway::sip {
namespace {

TEST(FilterRules, hosts_that_can_be_sent_to) {
    for (const char* good :
         {"192.0.2.1", "127.0.0.1", "[2001:db8::1]", "[::1]", "example.com", "a-b.c_d", "host1"}) {
        EXPECT_TRUE(is_sendable_host(good)) << good;
    }
}

TEST(FilterRules, hosts_that_cannot_be_sent_to) {
    for (const char* bad :
         {"", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "[::]", "[ff02::1]", "[]", "[", "[x]",
          "2001:db8::1", "1.2.3", "999.0.0.1", ".example", "-x", "a b", "a\r", "a;b", "a%"}) {
        EXPECT_FALSE(is_sendable_host(bad)) << bad;
    }
    EXPECT_FALSE(is_sendable_host(std::string(256, 'a')));
}

TEST(FilterRules, ports_that_can_be_sent_to) {
    for (const char* good : {"", "1", "5060", "65535"}) EXPECT_TRUE(is_sendable_port(good)) << good;
    for (const char* bad : {"0", "00", "65536", "99999999999", "-1", "x", "5060x", " 1"}) {
        EXPECT_FALSE(is_sendable_port(bad)) << bad;
    }
}

TEST(FilterRules, only_sip_uris_with_a_place_can_be_targets) {
    EXPECT_TRUE(is_sendable_uri("sip", "example.com", "", ""));
    EXPECT_TRUE(is_sendable_uri("SIPS", "192.0.2.1", "5061", "transport=tcp;lr"));
    EXPECT_FALSE(is_sendable_uri("tel", "123", "", ""));
    EXPECT_FALSE(is_sendable_uri("", "example.com", "", ""));
    EXPECT_FALSE(is_sendable_uri("sip", "", "", ""));
    EXPECT_FALSE(is_sendable_uri("sip", "example.com", "0", ""));
}

TEST(FilterRules, parameters_that_lead_elsewhere_are_checked_too) {
    EXPECT_TRUE(is_sendable_uri("sip", "a", "", "maddr=192.0.2.1"));
    EXPECT_FALSE(is_sendable_uri("sip", "a", "", "lr;maddr=0.0.0.0"));
    EXPECT_FALSE(is_sendable_uri("sip", "a", "", "MADDR="));
    EXPECT_FALSE(is_sendable_uri("sip", "a", "", "maddr"));
    EXPECT_FALSE(is_sendable_uri("sip", "a", "", "comp=sigcomp"));
}

TEST(FilterRules, addresses_of_websocket_clients_are_reached_by_their_flow_only) {
    EXPECT_TRUE(needs_flow("df7jal23ls0d.invalid", ""));
    EXPECT_TRUE(needs_flow("A.INVALID", "transport=tcp"));
    EXPECT_TRUE(needs_flow("192.0.2.1", "ob;Transport=WS"));
    EXPECT_TRUE(needs_flow("192.0.2.1", "transport=wss;lr"));
    EXPECT_FALSE(needs_flow("192.0.2.1", "transport=tcp"));
    EXPECT_FALSE(needs_flow(".invalid", ""));
    EXPECT_FALSE(needs_flow("invalid.example", "x=transport"));
}

}  // namespace
}  // namespace causeway::sip
