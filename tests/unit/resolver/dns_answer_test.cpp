#include "gateway/resolver/dns_answer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace causeway::resolver {
namespace {

/// Builds answers byte by byte.
class Message {
  public:
    explicit Message(int answers) {
        u16(0x1234).u16(0x8180).u16(1).u16(answers).u16(0).u16(0);
        name({"sip", "example"}).u16(33).u16(1);
    }
    Message& u8(int value) {
        bytes.push_back(static_cast<char>(value));
        return *this;
    }
    Message& u16(int value) { return u8(value >> 8).u8(value & 0xff); }
    Message& u32(unsigned value) {
        return u16(static_cast<int>(value >> 16)).u16(static_cast<int>(value & 0xffff));
    }
    Message& text(const std::string& value) {
        u8(static_cast<int>(value.size()));
        bytes += value;
        return *this;
    }
    Message& name(const std::vector<std::string>& labels) {
        for (const auto& label : labels) text(label);
        return u8(0);
    }
    /// The question's name again (RFC 1035 §4.1.4).
    Message& same_name() { return u16(0xc00c); }
    Message& record(int type, unsigned ttl, int length) {
        return same_name().u16(type).u16(1).u32(ttl).u16(length);
    }
    Result<DnsAnswer> parsed(RecordType type) const { return parsed(type, bytes.size()); }
    Result<DnsAnswer> parsed(RecordType type, std::size_t size) const {
        return parse_dns_answer(reinterpret_cast<const std::uint8_t*>(bytes.data()), size, type);
    }
    std::string bytes;
};

TEST(DnsAnswer, addresses_are_read_behind_aliases_and_the_shortest_life_counts) {
    Message message(3);
    message.record(5, 30, 2).same_name();
    message.record(1, 60, 4).u8(192).u8(0).u8(2).u8(1);
    message.record(1, 90, 4).u8(192).u8(0).u8(2).u8(2);
    const auto answer = message.parsed(RecordType::a);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->addresses.size(), 2u);
    EXPECT_EQ(answer->addresses[0].ip(), "192.0.2.1");
    EXPECT_EQ(answer->addresses[1].ip(), "192.0.2.2");
    EXPECT_EQ(answer->ttl.count(), 30);
}

TEST(DnsAnswer, srv_and_naptr_records_are_read) {
    Message srv(1);
    srv.record(33, 120, 6 + 4 + 2).u16(10).u16(60).u16(5080).text("srv").same_name();
    const auto servers = srv.parsed(RecordType::srv);
    ASSERT_TRUE(servers);
    ASSERT_EQ(servers->srv.size(), 1u);
    EXPECT_EQ(servers->srv[0].priority, 10);
    EXPECT_EQ(servers->srv[0].weight, 60);
    EXPECT_EQ(servers->srv[0].port, 5080);
    EXPECT_EQ(servers->srv[0].target, "srv.sip.example");

    Message naptr(1);
    naptr.record(35, 120, 4 + 2 + 8 + 1 + 6 + 5 + 2).u16(50).u16(51);
    naptr.text("s").text("SIP+D2U").text("").text("_sip_").text("_udp").same_name();
    const auto services = naptr.parsed(RecordType::naptr);
    ASSERT_TRUE(services) << services.error().detail;
    ASSERT_EQ(services->naptr.size(), 1u);
    EXPECT_EQ(services->naptr[0].order, 50);
    EXPECT_EQ(services->naptr[0].service, "SIP+D2U");
    EXPECT_EQ(services->naptr[0].replacement, "_sip_._udp.sip.example");
}

TEST(DnsAnswer, a_message_cut_anywhere_is_broken_or_shorter_but_never_read_beyond) {
    Message message(2);
    message.record(1, 60, 4).u8(192).u8(0).u8(2).u8(1);
    message.record(33, 60, 6 + 2).u16(1).u16(1).u16(5060).same_name();
    for (std::size_t size = 0; size < message.bytes.size(); ++size) {
        const auto answer = message.parsed(RecordType::srv, size);
        EXPECT_TRUE(!answer || answer->srv.empty()) << size;
    }
    EXPECT_EQ(message.parsed(RecordType::srv)->srv.size(), 1u);
}

TEST(DnsAnswer, names_that_point_in_a_circle_end) {
    Message message(1);
    const int here = static_cast<int>(message.bytes.size());
    message.u16(0xc000 | here).u16(1).u16(1).u32(60).u16(4).u32(0);
    EXPECT_FALSE(message.parsed(RecordType::a));
}

TEST(DnsAnswer, names_that_no_host_has_are_left_out) {
    Message message(1);
    message.record(33, 60, 6 + 8).u16(1).u16(1).u16(5060).text("a b\r\n;").u8(0);
    const auto answer = message.parsed(RecordType::srv);
    EXPECT_TRUE(!answer || answer->srv.empty());
}

TEST(DnsAnswer, has_at_most_32_records) {
    Message message(200);
    for (int i = 0; i < 200; ++i) message.record(1, 60, 4).u8(10).u8(0).u8(0).u8(i);
    EXPECT_EQ(message.parsed(RecordType::a)->addresses.size(), 32u);
}

TEST(DnsAnswer, a_life_with_the_top_bit_set_is_over) {
    Message message(1);
    message.record(1, 0xffffffff, 4).u8(192).u8(0).u8(2).u8(1);
    EXPECT_EQ(message.parsed(RecordType::a)->ttl.count(), 0);
}

}  // namespace
}  // namespace causeway::resolver
