#include "tests/load/stun_message.hpp"

#include <gtest/gtest.h>

#include "core/stun/message.hpp"

namespace causeway::load::stun {
namespace {

const Transaction kTransaction{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

TEST(LoadStun, a_check_is_read_as_it_was_written) {
    const Bytes check = write(Check{kTransaction, "them:us", "password", 99, true});
    const auto message = read(check);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->kind, Kind::request);
    EXPECT_EQ(message->transaction, kTransaction);
    EXPECT_EQ(message->username, "them:us");
    EXPECT_TRUE(has_integrity(check, "password"));
    EXPECT_FALSE(has_integrity(check, "Password"));
}

TEST(LoadStun, the_gateways_own_reader_takes_our_response) {
    const auto from = SocketAddress::parse("192.0.2.1", 32853).value();
    const Bytes response = write_success(kTransaction, from, "password");
    EXPECT_EQ(causeway::stun::success_response(std::span(response).first(20)), kTransaction);
    EXPECT_TRUE(causeway::stun::has_integrity(response, "password"));
    EXPECT_FALSE(causeway::stun::has_integrity(response, "else"));
}

// RFC 5769 §2.2: mapped address 192.0.2.1 port 32853.
TEST(LoadStun, the_mapped_address_is_that_of_the_test_vector) {
    const Transaction transaction{0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};
    const auto from = SocketAddress::parse("192.0.2.1", 32853).value();
    const Bytes response = write_success(transaction, from, "x");
    const Bytes expected{0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43};
    EXPECT_EQ(Bytes(response.begin() + 20, response.begin() + 32), expected);
}

TEST(LoadStun, a_damaged_message_is_none) {
    const Bytes check = write(Check{kTransaction, "them:us", "password", 99, false});
    for (std::size_t size = 0; size < check.size(); ++size) EXPECT_FALSE(read(std::span(check).first(size)));
    Bytes longer = check;
    longer[23] = 200;  // the first attribute's length
    EXPECT_FALSE(read(longer));
}

}  // namespace
}  // namespace causeway::load::stun
