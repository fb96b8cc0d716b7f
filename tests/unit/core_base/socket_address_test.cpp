#include "core/base/socket_address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <unordered_set>

namespace causeway {
namespace {

SocketAddress address(std::string_view text) {
    return SocketAddress::parse(text).value();
}

TEST(SocketAddress, is_unspecified_by_default) {
    const SocketAddress none;
    EXPECT_TRUE(none.is_unspecified());
    EXPECT_FALSE(none.is_ipv6());
    EXPECT_EQ(none.to_string(), "0.0.0.0:0");
}

TEST(SocketAddress, reads_and_writes_both_families) {
    EXPECT_EQ(address("192.0.2.1:5060").to_string(), "192.0.2.1:5060");
    EXPECT_EQ(address("[2001:db8::1]:5060").to_string(), "[2001:db8::1]:5060");
    EXPECT_EQ(address("[2001:db8::1]:5060").ip(), "2001:db8::1");
    EXPECT_EQ(SocketAddress::parse("2001:DB8:0:0::1", 7).value().to_string(), "[2001:db8::1]:7");
    EXPECT_EQ(address("192.0.2.1:65535").port(), 65535);
    EXPECT_EQ(address("192.0.2.1:5060").size(), sizeof(sockaddr_in));
    EXPECT_EQ(address("[::1]:5060").size(), sizeof(sockaddr_in6));
}

TEST(SocketAddress, refuses_what_is_no_address) {
    for (const char* text : {"", ":", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1",
                             "192.0.2.1:1x", "192.0.2.256:1", "192.0.2:1", "localhost:1", "2001:db8::1:5060",
                             "[::1:5060", "[]:1", "[::g]:1", ":5060"}) {
        EXPECT_FALSE(SocketAddress::parse(text)) << text;
    }
    EXPECT_FALSE(SocketAddress::parse("[::1]", 1));
    EXPECT_FALSE(SocketAddress::parse(std::string_view("127.0.0.1\0x", 11), 1));
    EXPECT_FALSE(SocketAddress::parse(std::string(1000, '1'), 1));
}

TEST(SocketAddress, folds_mapped_ipv4) {
    sockaddr_in6 mapped{};
    mapped.sin6_family = AF_INET6;
    mapped.sin6_port = htons(9);
    ASSERT_EQ(::inet_pton(AF_INET6, "::ffff:192.0.2.1", &mapped.sin6_addr), 1);
    const SocketAddress folded(reinterpret_cast<const sockaddr*>(&mapped));
    EXPECT_EQ(folded.to_string(), "192.0.2.1:9");
    EXPECT_EQ(folded, address("192.0.2.1:9"));
}

TEST(SocketAddress, knows_loopback_and_wildcard) {
    EXPECT_TRUE(address("127.255.0.1:1").is_loopback());
    EXPECT_TRUE(address("[::1]:1").is_loopback());
    EXPECT_FALSE(address("128.0.0.1:1").is_loopback());
    EXPECT_TRUE(address("0.0.0.0:1").is_unspecified());
    EXPECT_TRUE(address("[::]:1").is_unspecified());
    EXPECT_FALSE(address("[::1]:1").is_unspecified());
}

TEST(SocketAddress, compares_by_family_address_and_port) {
    EXPECT_EQ(address("192.0.2.1:1"), address("192.0.2.1:1"));
    EXPECT_NE(address("192.0.2.1:1"), address("192.0.2.1:2"));
    EXPECT_NE(address("192.0.2.1:1"), address("192.0.2.2:1"));
    EXPECT_NE(address("0.0.0.0:1"), address("[::]:1"));
    EXPECT_EQ(address("192.0.2.1:1").with_port(2), address("192.0.2.1:2"));
}

TEST(SocketAddress, serves_as_a_key) {
    std::unordered_set<SocketAddress> seen{address("192.0.2.1:1"), address("[::1]:1")};
    EXPECT_FALSE(seen.insert(address("192.0.2.1:1")).second);
    EXPECT_TRUE(seen.insert(address("192.0.2.1:2")).second);
}

}  // namespace
}  // namespace causeway
