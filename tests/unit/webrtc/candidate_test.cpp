#include "webrtc/ice/candidate.hpp"

#include <gtest/gtest.h>

#include <array>

namespace causeway::webrtc {
namespace {

CandidateFault fault_of(std::string_view text) {
    const auto parsed = parse_candidate(text);
    EXPECT_TRUE(std::holds_alternative<CandidateFault>(parsed)) << text;
    const auto* const fault = std::get_if<CandidateFault>(&parsed);
    return fault != nullptr ? *fault : CandidateFault{};
}

TEST(Candidate, what_chromium_trickles_is_read) {
    const auto parsed = parse_candidate(
        "candidate:842163049 1 udp 1677729535 192.0.2.3 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 "
        "ufrag EsAw network-cost 999");
    ASSERT_TRUE(std::holds_alternative<Candidate>(parsed));
    const auto& candidate = std::get<Candidate>(parsed);
    EXPECT_EQ(candidate.foundation, "842163049");
    EXPECT_EQ(candidate.priority, 1677729535U);
    EXPECT_EQ(candidate.address.to_string(), "192.0.2.3:46154");
    EXPECT_EQ(candidate.type, CandidateType::server_reflexive);
    EXPECT_EQ(candidate.ufrag, "EsAw");
}

TEST(Candidate, what_firefox_trickles_is_read) {
    const auto parsed = parse_candidate("candidate:0 1 UDP 2122252543 2001:db8::7 51000 typ host");
    ASSERT_TRUE(std::holds_alternative<Candidate>(parsed));
    EXPECT_EQ(std::get<Candidate>(parsed).address.to_string(), "[2001:db8::7]:51000");
    EXPECT_EQ(std::get<Candidate>(parsed).type, CandidateType::host);
}

TEST(Candidate, an_attribute_line_is_read_too) {
    EXPECT_TRUE(std::holds_alternative<Candidate>(
        parse_candidate("a=candidate:1 1 udp 1 192.0.2.1 4000 typ relay raddr 0.0.0.0 rport 0")));
}

TEST(Candidate, what_is_of_no_use_says_why) {
    EXPECT_EQ(fault_of("candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active"),
              CandidateFault::tcp);
    EXPECT_EQ(fault_of("candidate:1 1 TCP 1518280447 x.local 9 typ host tcptype active"),
              CandidateFault::tcp);
    EXPECT_EQ(fault_of("candidate:1 1 udp 2113937151 6c9ad2a4.local 5000 typ host"),
              CandidateFault::mdns_name);
    EXPECT_EQ(fault_of("candidate:1 1 udp 2113937151 6C9AD2A4.LOCAL 5000 typ host"),
              CandidateFault::mdns_name);
    EXPECT_EQ(fault_of("candidate:1 2 udp 2113937150 192.0.2.1 5000 typ host"),
              CandidateFault::other_component);
}

TEST(Candidate, what_cannot_be_read_or_sent_to_is_unreadable) {
    for (const std::string_view text :
         {"",
          "candidate:",
          "candidate",
          "candidate:1",
          "candidate:1 1",
          "candidate:1 1 udp",
          "candidate:1 1 udp 1 192.0.2.1 5000",
          "candidate:1 1 udp 1 192.0.2.1 5000 typ",
          "candidate:1 1 udp 1 192.0.2.1 5000 typ guest",
          "candidate:1 1 udp 1 192.0.2.1 5000 host",
          "candidate:1 1 sctp 1 192.0.2.1 5000 typ host",
          "candidate:1 1 udp 1 192.0.2.1 65536 typ host",
          "candidate:1 1 udp 1 192.0.2.1 -1 typ host",
          "candidate:1 1 udp 1 192.0.2.1 0 typ host",
          "candidate:1 1 udp 4294967296 192.0.2.1 5000 typ host",
          "candidate:1 x udp 1 192.0.2.1 5000 typ host",
          "candidate:1 1 udp 1 host.example 5000 typ host",
          "candidate:1 1 udp 1 0.0.0.0 5000 typ host",
          "candidate:1 1 udp 1 :: 5000 typ host",
          "candidate:1 1 udp 1 224.0.0.1 5000 typ host",
          "candidate:1 1 udp 1 255.255.255.255 5000 typ host",
          "candidate:1 1 udp 1 0.1.2.3 5000 typ host",
          "candidate:1 1 udp 1 ff02::1 5000 typ host",
          "candidate:1\r\n 1 udp 1 192.0.2.1 5000 typ host",
          "candidate:1 1 udp 1 192.0.2.1\r\n 5000 typ host",
          "candidate:123456789012345678901234567890123 1 udp 1 192.0.2.1 5000 typ host"}) {
        EXPECT_EQ(fault_of(text), CandidateFault::unreadable) << text;
    }
    EXPECT_EQ(fault_of("candidate:1 1 udp 1 192.0.2.1 5000 typ host " + std::string(1000, ' ')),
              CandidateFault::unreadable);
}

TEST(Candidate, what_is_written_is_read_again) {
    for (const CandidateType type : {CandidateType::host, CandidateType::server_reflexive,
                                     CandidateType::peer_reflexive, CandidateType::relayed}) {
        for (const char* const ip : {"192.0.2.9", "2001:db8::9"}) {
            const Candidate candidate{.foundation = "7",
                                      .priority = 100,
                                      .address = SocketAddress::parse(ip, 4000).value(),
                                      .type = type,
                                      .ufrag = "abcd"};
            EXPECT_EQ(std::get<Candidate>(parse_candidate(format_candidate(candidate))), candidate);
        }
    }
}

TEST(Candidate, the_inner_address_of_a_reflexive_candidate_is_not_told) {
    const std::string text = format_candidate({.foundation = "1",
                                               .priority = 1,
                                               .address = SocketAddress::parse("192.0.2.9", 4000).value(),
                                               .type = CandidateType::server_reflexive,
                                               .ufrag = ""});
    EXPECT_EQ(text, "candidate:1 1 udp 1 192.0.2.9 4000 typ srflx raddr 0.0.0.0 rport 0");
}

Candidate host(const char* address) {
    return {.foundation = "1",
            .priority = 1,
            .address = SocketAddress::parse(address).value(),
            .type = CandidateType::host,
            .ufrag = ""};
}

TEST(Candidate, behind_one_to_one_nat_the_external_address_of_its_family_is_shown) {
    const std::array external{SocketAddress::parse("203.0.113.7", 0).value(),
                              SocketAddress::parse("2001:db8::7", 0).value()};
    EXPECT_EQ(advertised(host("10.0.0.5:4000"), external), host("203.0.113.7:4000"));
    EXPECT_EQ(advertised(host("[fd00::5]:4000"), external), host("[2001:db8::7]:4000"));
    EXPECT_EQ(advertised(host("127.0.0.1:4000"), external), host("127.0.0.1:4000"));
    EXPECT_EQ(advertised(host("[fd00::5]:4000"), std::span(external).first(1)), host("[fd00::5]:4000"));
}

TEST(Candidate, a_loopback_address_is_the_last_choice) {
    Candidate loopback = host("127.0.0.1:4000");
    loopback.priority = 0x782002FF;
    EXPECT_EQ(advertised(loopback, {}).priority, 0x780002FFU);
    EXPECT_EQ(advertised(host("10.0.0.5:4000"), {}), host("10.0.0.5:4000"));
}

TEST(Candidate, a_reflexive_address_is_told_as_it_was_seen) {
    const std::array external{SocketAddress::parse("203.0.113.7", 0).value()};
    Candidate reflexive = host("198.51.100.1:4000");
    reflexive.type = CandidateType::server_reflexive;
    EXPECT_EQ(advertised(reflexive, external), reflexive);
}

}  // namespace
}  // namespace causeway::webrtc
