#include "gateway/trunks/trunk_board.hpp"

#include <gtest/gtest.h>

namespace causeway::trunks {
namespace {

using namespace std::chrono_literals;

class Board : public testing::Test {
  protected:
    Board() {
        config::Trunk numeric;
        numeric.name = "numeric";
        numeric.address = "192.0.2.1";
        numeric.sources = {"192.0.2.1"};
        numeric.health.down_after = 2;
        numeric.health.up_after = 1;
        numeric.limits.calls = 2;
        config::Trunk named;
        named.name = "named";
        named.address = "sip.carrier.example";
        named.limits.calls_per_second = 2;
        config_.trunks = {numeric, named};
        at(0s);
    }

    TrunkBoard& board() {
        if (!board_) board_.emplace(config_);
        return *board_;
    }
    void at(Duration time) { board().set_time(Instant{} + 1h + time); }

    static Endpoint endpoint(const std::string& address) {
        return {SocketAddress::parse(address).value(), config::TrunkTransport::udp};
    }
    static Destination two_servers() {
        return {{Server{10, 1, {endpoint("192.0.2.10:5060")}}, Server{20, 1, {endpoint("192.0.2.20:5080")}}},
                60s,
                {}};
    }

    config::Config config_;
    std::optional<TrunkBoard> board_;
};

TEST_F(Board, knows_numeric_addresses_at_once_and_names_when_they_were_looked_up) {
    EXPECT_EQ(board().obstacle("numeric"), Obstacle::none);
    EXPECT_EQ(board().endpoints("numeric", 1), std::vector{endpoint("192.0.2.1:5060")});
    EXPECT_EQ(board().obstacle("named"), Obstacle::unresolved);
    EXPECT_NE(board().fault_of_name("named"), "");
    board().resolved("named", two_servers());
    EXPECT_EQ(board().obstacle("named"), Obstacle::none);
    EXPECT_EQ(board().endpoints("named", 1),
              (std::vector{endpoint("192.0.2.10:5060"), endpoint("192.0.2.20:5080")}));
}

TEST_F(Board, a_trunk_over_tls_needs_no_look_up_of_its_own) {
    config_.trunks[1].transport = config::TrunkTransport::tls;
    TrunkBoard fresh(config_);
    EXPECT_EQ(fresh.obstacle("named"), Obstacle::none);
    EXPECT_EQ(fresh.endpoints("named", 1).size(), 1u);
    EXPECT_EQ(fresh.trunk_of_source(SocketAddress::parse("192.0.2.1", 5061).value()), nullptr);
}

TEST_F(Board, keeps_what_it_knew_when_the_name_server_fails) {
    board().resolved("named", two_servers());
    board().resolved("named", {{}, 5s, "no answer"});
    EXPECT_EQ(board().endpoints("named", 1).size(), 2u);
    EXPECT_EQ(board().fault_of_name("named"), "no answer");
}

TEST_F(Board, counts_calls_at_once) {
    board().take("numeric");
    EXPECT_EQ(board().obstacle("numeric"), Obstacle::none);
    board().take("numeric");
    EXPECT_EQ(board().obstacle("numeric"), Obstacle::calls);
    board().release("numeric");
    EXPECT_EQ(board().obstacle("numeric"), Obstacle::none);
}

TEST_F(Board, counts_calls_per_second) {
    board().resolved("named", two_servers());
    board().take("named");
    board().take("named");
    EXPECT_EQ(board().obstacle("named"), Obstacle::rate);
    at(400ms);
    EXPECT_EQ(board().obstacle("named"), Obstacle::rate);
    at(600ms);
    EXPECT_EQ(board().obstacle("named"), Obstacle::none);
    board().take("named");
    EXPECT_EQ(board().obstacle("named"), Obstacle::rate);
    at(1h);
    board().take("named");
    board().take("named");
    EXPECT_EQ(board().obstacle("named"), Obstacle::rate) << "a quiet hour saves up one second's worth";
}

TEST_F(Board, takes_no_calls_for_a_trunk_that_is_down) {
    const auto server = endpoint("192.0.2.1:5060");
    EXPECT_FALSE(board().probed("numeric", server, false));
    EXPECT_TRUE(board().probed("numeric", server, false));
    EXPECT_EQ(board().obstacle("numeric"), Obstacle::down);
    EXPECT_FALSE(board().states()[1].up);
    EXPECT_TRUE(board().probed("numeric", server, true));
    EXPECT_EQ(board().obstacle("numeric"), Obstacle::none);
}

TEST_F(Board, uses_the_other_server_of_a_name_while_one_pauses) {
    board().resolved("named", two_servers());
    board().pause("named", endpoint("192.0.2.10:5060"), 30s);
    EXPECT_EQ(board().endpoints("named", 1), std::vector{endpoint("192.0.2.20:5080")});
    board().pause("named", endpoint("192.0.2.20:5080"), 10s);
    EXPECT_EQ(board().obstacle("named"), Obstacle::pausing);
    at(11s);
    EXPECT_EQ(board().obstacle("named"), Obstacle::none);
    at(31s);
    EXPECT_EQ(board().endpoints("named", 1).size(), 2u);
}

TEST_F(Board, a_pause_has_an_end_whatever_was_asked_for) {
    board().pause("numeric", endpoint("192.0.2.1:5060"), 1000h);
    at(299s);
    EXPECT_EQ(board().obstacle("numeric"), Obstacle::pausing);
    at(301s);
    EXPECT_EQ(board().obstacle("numeric"), Obstacle::none);
}

TEST_F(Board, tries_servers_that_failed_last_for_a_while) {
    board().resolved("named", two_servers());
    board().doubt("named", endpoint("192.0.2.10:5060"));
    EXPECT_EQ(board().endpoints("named", 1).front(), endpoint("192.0.2.20:5080"));
    EXPECT_FALSE(board().is_doubted("named"));
    board().doubt("named", endpoint("192.0.2.20:5080"));
    EXPECT_TRUE(board().is_doubted("named"));
    EXPECT_EQ(board().obstacle("named"), Obstacle::none) << "better than none";
    at(11s);
    EXPECT_FALSE(board().is_doubted("named"));
}

TEST_F(Board, a_server_keeps_its_health_when_the_name_picks_servers_again) {
    board().resolved("named", two_servers());
    for (int i = 0; i < 3; ++i) board().probed("named", endpoint("192.0.2.10:5060"), false);
    board().resolved("named", two_servers());
    EXPECT_EQ(board().endpoints("named", 1), std::vector{endpoint("192.0.2.20:5080")});
}

TEST_F(Board, calls_of_a_named_trunk_come_from_where_its_name_leads) {
    board().resolved("named", two_servers());
    const auto* trunk = board().trunk_of_source(SocketAddress::parse("192.0.2.20", 40000).value());
    ASSERT_NE(trunk, nullptr);
    EXPECT_EQ(*trunk, "named");
    EXPECT_EQ(board().trunk_of_source(SocketAddress::parse("192.0.2.1", 5060).value()), nullptr)
        << "its sources are in the dial plan";
    EXPECT_EQ(board().trunk_of_source(SocketAddress::parse("198.51.100.1", 5060).value()), nullptr);
}

TEST_F(Board, strangers_names_change_nothing) {
    board().take("nobody");
    board().release("nobody");
    board().doubt("nobody", endpoint("192.0.2.1:5060"));
    board().pause("numeric", endpoint("198.51.100.1:5060"), 10s);
    EXPECT_FALSE(board().probed("nobody", endpoint("192.0.2.1:5060"), false));
    EXPECT_EQ(board().obstacle("numeric"), Obstacle::none);
}

TEST(Endpoints, an_address_is_a_host_and_perhaps_a_port) {
    EXPECT_EQ(host_port("sip.example:5080").host, "sip.example");
    EXPECT_EQ(host_port("sip.example:5080").port, 5080);
    EXPECT_EQ(host_port("sip.example").port, 0);
    EXPECT_EQ(host_port("192.0.2.1:5080").port, 5080);
    EXPECT_EQ(host_port("2001:db8::1").host, "2001:db8::1");
    EXPECT_EQ(host_port("[2001:db8::1]:5080").host, "2001:db8::1");
    EXPECT_TRUE(is_numeric("[2001:db8::1]:5080"));
    EXPECT_FALSE(is_numeric("sip.example:5080"));
    EXPECT_EQ(uri_of({SocketAddress::parse("[2001:db8::1]:5080").value(), config::TrunkTransport::tcp}),
              "sip:[2001:db8::1]:5080;transport=tcp");
}

}  // namespace
}  // namespace causeway::trunks
