#include "gateway/fetch/address_rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace causeway::fetch {
namespace {

bool is_public_ip(const std::string& ip) {
    const auto address = SocketAddress::parse(ip, 443);
    if (!address) {
        ADD_FAILURE() << "not an address: " << ip;
        return false;
    }
    return is_public(*address);
}

TEST(AddressRules, addresses_of_the_public_internet_are_allowed) {
    for (const char* ip :
         {"8.8.8.8",        "1.1.1.1",         "9.255.255.255",  "11.0.0.0",        "100.63.255.255",
          "100.128.0.0",    "126.255.255.255", "128.0.0.1",      "169.253.255.255", "169.255.0.0",
          "172.15.255.255", "172.32.0.0",      "192.0.1.0",      "192.0.3.0",       "192.52.192.255",
          "192.88.98.255",  "192.167.255.255", "192.169.0.0",    "198.17.255.255",  "198.20.0.0",
          "198.51.99.255",  "203.0.114.0",     "223.255.255.255"}) {
        EXPECT_TRUE(is_public_ip(ip)) << ip;
    }
    for (const char* ip : {"2606:4700:4700::1111", "2001:4860:4860::8888", "2001:200::1", "2a00::1",
                           "2001:db7:ffff::1", "2001:db9::1", "2003::1", "3ffe::1"}) {
        EXPECT_TRUE(is_public_ip(ip)) << ip;
    }
}

TEST(AddressRules, special_ipv4_addresses_are_refused_to_both_ends_of_their_blocks) {
    for (const char* ip :
         {"0.0.0.0",         "0.255.255.255",  "10.0.0.0",        "10.255.255.255",  "100.64.0.0",
          "100.127.255.255", "127.0.0.1",      "127.255.255.255", "169.254.0.0",     "169.254.169.254",
          "172.16.0.0",      "172.31.255.255", "192.0.0.0",       "192.0.0.255",     "192.0.2.1",
          "192.52.193.1",    "192.88.99.1",    "192.168.0.0",     "192.168.255.255", "198.18.0.0",
          "198.19.255.255",  "198.51.100.1",   "203.0.113.255",   "224.0.0.1",       "239.255.255.255",
          "240.0.0.1",       "255.255.255.255"}) {
        EXPECT_FALSE(is_public_ip(ip)) << ip;
    }
}

TEST(AddressRules, special_ipv6_addresses_are_refused) {
    for (const char* ip : {"::", "::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "100::1",
                           "2001:db8::1", "2001:2::1", "2001:10::1", "2001:20::1", "3fff::1", "3fff:fff::1",
                           "4000::1", "5f00::1", "1fff::1"}) {
        EXPECT_FALSE(is_public_ip(ip)) << ip;
    }
}

TEST(AddressRules, ipv6_forms_that_carry_a_private_ipv4_address_are_refused) {
    for (const char* ip : {"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::10.0.0.1",
                           "::ffff:0:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::192.168.0.1",
                           "64:ff9b:1::8.8.8.8", "2002:7f00:1::1", "2002:a00:1::1", "2001:0:4136:e378::1"}) {
        EXPECT_FALSE(is_public_ip(ip)) << ip;
    }
}

TEST(AddressRules, a_public_ipv4_address_is_allowed_in_mapped_and_translated_form) {
    EXPECT_TRUE(is_public_ip("::ffff:8.8.8.8"));
    EXPECT_TRUE(is_public_ip("64:ff9b::8.8.8.8"));
}

}  // namespace
}  // namespace causeway::fetch
