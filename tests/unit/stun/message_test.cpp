#include "core/stun/message.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace causeway::stun {
namespace {

// RFC 5769 §2.2, sample IPv4 response.
const std::vector<std::uint8_t> kResponse{
    0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
    0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
    0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96};
const std::string kPassword = "VOkJxbRl1RmTxUk/WvJxBt";

TEST(Stun, the_rfc_5769_response_is_authentic) {
    EXPECT_TRUE(has_integrity(kResponse, kPassword));
    EXPECT_FALSE(has_integrity(kResponse, "another password"));
}

TEST(Stun, a_response_names_its_transaction) {
    const auto transaction = success_response(kResponse);
    ASSERT_TRUE(transaction);
    EXPECT_EQ(*transaction,
              (TransactionId{0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae}));
}

TEST(Stun, a_change_of_any_covered_byte_breaks_the_integrity) {
    for (std::size_t i = 0; i < kResponse.size() - 8; ++i) {
        auto changed = kResponse;
        changed[i] ^= 0x01;
        EXPECT_FALSE(has_integrity(changed, kPassword)) << i;
    }
}

TEST(Stun, a_message_cut_anywhere_is_not_authentic) {
    for (std::size_t size = 0; size < kResponse.size(); ++size) {
        EXPECT_FALSE(has_integrity(std::span(kResponse).first(size), kPassword)) << size;
    }
}

TEST(Stun, a_request_is_no_response) {
    auto request = kResponse;
    request[0] = 0x00;
    EXPECT_FALSE(success_response(request));
    EXPECT_FALSE(success_response(std::span(kResponse).first(kHeaderSize - 1)));
}

TEST(Stun, a_written_request_is_authentic_and_ends_with_a_fingerprint) {
    std::array<std::uint8_t, kMaxRequest> out;
    out.fill(0xEE);
    const std::size_t size = write({.transaction = {1, 2, 3},
                                    .username = "evtj:h6vY",
                                    .key = kPassword,
                                    .priority = 0x6e0001ff,
                                    .controlling = false,
                                    .tie_breaker = 0x932ff9b151263b36},
                                   out);
    // header, USERNAME 9+3, PRIORITY, ICE-CONTROLLED, MESSAGE-INTEGRITY, FINGERPRINT
    ASSERT_EQ(size, 20U + 16U + 8U + 12U + 24U + 8U);
    const auto message = std::span<const std::uint8_t>(out).first(size);
    EXPECT_TRUE(has_integrity(message, kPassword));
    EXPECT_EQ(message[size - 8], 0x80);
    EXPECT_EQ(message[size - 7], 0x28);
    EXPECT_EQ(out[20 + 4 + 9], 0);
}

TEST(Stun, a_success_response_is_the_one_of_rfc_5769_but_for_its_software) {
    const auto transaction = success_response(kResponse).value();
    std::array<std::uint8_t, kMaxRequest> out;
    const std::size_t size =
        write_success(transaction, SocketAddress::parse("192.0.2.1", 32853).value(), kPassword, out);
    ASSERT_EQ(size, kHeaderSize + 12U + 24U + 8U);
    const auto message = std::span<const std::uint8_t>(out).first(size);
    EXPECT_TRUE(has_integrity(message, kPassword));
    EXPECT_EQ(success_response(message), transaction);
    EXPECT_TRUE(std::equal(kResponse.begin() + 36, kResponse.begin() + 48, out.begin() + 20));
}

TEST(Stun, a_success_response_maps_ipv6_as_rfc_5769_does) {
    // RFC 5769 §2.3, the attribute's value.
    const std::vector<std::uint8_t> mapped{0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3,
                                           0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9};
    std::array<std::uint8_t, kMaxRequest> out;
    write_success(success_response(kResponse).value(),
                  SocketAddress::parse("2001:db8:1234:5678:11:2233:4455:6677", 32853).value(), kPassword,
                  out);
    EXPECT_TRUE(std::equal(mapped.begin(), mapped.end(), out.begin() + 24));
}

TEST(Stun, a_request_is_authentic_for_its_username_and_key_only) {
    std::array<std::uint8_t, kMaxRequest> out;
    const std::size_t size = write({.transaction = {1, 2, 3},
                                    .username = "us:them",
                                    .key = kPassword,
                                    .priority = 1,
                                    .controlling = true,
                                    .tie_breaker = 1},
                                   out);
    const auto message = std::span<const std::uint8_t>(out).first(size);
    EXPECT_EQ(authentic_request(message, "us:them", kPassword), (TransactionId{1, 2, 3}));
    EXPECT_FALSE(authentic_request(message, "us:the", kPassword));
    EXPECT_FALSE(authentic_request(message, "us:them", "another password"));
    EXPECT_TRUE(is_request(message));
    EXPECT_FALSE(is_request(kResponse));
    EXPECT_FALSE(authentic_request(kResponse, "us:them", kPassword));
    for (std::size_t cut = 0; cut < size; ++cut)
        EXPECT_FALSE(authentic_request(message.first(cut), "us:them", kPassword)) << cut;
}

TEST(Stun, a_request_with_the_longest_ufrags_fits) {
    std::array<std::uint8_t, kMaxRequest> out{};
    const std::size_t size = write({.transaction = {},
                                    .username = std::string(513, 'u'),
                                    .key = std::string(256, 'k'),
                                    .priority = 1,
                                    .controlling = true,
                                    .tie_breaker = 1},
                                   out);
    EXPECT_TRUE(has_integrity(std::span(out).first(size), std::string(256, 'k')));
}

}  // namespace
}  // namespace causeway::stun
