// c-ares on an io_context against a small DNS server of the test's own, on a loopback port.
#include "gateway/resolver/name_server.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <string>

#include "gateway/resolver/sip_lookup.hpp"

namespace causeway::resolver {
namespace {

using boost::asio::ip::udp;
using boost::system::error_code;
using namespace std::chrono_literals;

/// Answers every question about addresses with 192.0.2.1, and others with nothing.
class SmallServer {
  public:
    explicit SmallServer(boost::asio::io_context& io)
        : socket_(io, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
        receive();
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(socket_.local_endpoint().port()); }

    bool silent = false;
    int questions = 0;

  private:
    void receive() {
        socket_.async_receive_from(boost::asio::buffer(bytes_), from_,
                                   [this](error_code fault, std::size_t size) {
                                       if (fault) return;
                                       ++questions;
                                       if (!silent) answer(size);
                                       receive();
                                   });
    }
    void answer(std::size_t size) {
        std::size_t end = 12;
        while (end < size && bytes_[end] != 0) end += 1 + static_cast<unsigned char>(bytes_[end]);
        const bool address = bytes_[end + 2] == 1;
        // What follows the question (EDNS) stays out.
        std::string reply(bytes_.data(), end + 5);
        reply[2] = static_cast<char>(0x81);
        reply[3] = static_cast<char>(0x80);
        reply[7] = address ? 1 : 0;
        reply[9] = reply[11] = 0;
        if (address) reply += std::string("\xc0\x0c\0\1\0\1\0\0\0\x1e\0\4\xc0\0\2\1", 16);
        socket_.send_to(boost::asio::buffer(reply), from_);
    }

    udp::socket socket_;
    udp::endpoint from_;
    std::array<char, 1500> bytes_{};
};

class NameServerTest : public testing::Test {
  protected:
    /// Runs the loop until `done` or too long.
    bool runs_until(const bool& done, std::chrono::seconds longest = 10s) {
        const auto until = std::chrono::steady_clock::now() + longest;
        while (!done && std::chrono::steady_clock::now() < until) io.run_one_for(50ms);
        return done;
    }

    boost::asio::io_context io;
    SmallServer server{io};
};

TEST_F(NameServerTest, asks_without_blocking_and_tells_later) {
    NameServer names(io, server.address());
    bool done = false;
    names.ask("sip.example", RecordType::a, [&](Result<DnsAnswer> answer) {
        ASSERT_TRUE(answer) << answer.error().detail;
        ASSERT_EQ(answer->addresses.size(), 1u);
        EXPECT_EQ(answer->addresses[0].ip(), "192.0.2.1");
        EXPECT_EQ(answer->ttl, 30s);
        done = true;
    });
    EXPECT_FALSE(done);
    EXPECT_TRUE(runs_until(done));
}

TEST_F(NameServerTest, finds_a_trunks_server_with_many_questions_on_one_socket) {
    NameServer names(io, server.address());
    int found = 0;
    bool done = false;
    const Ask ask = [&](const std::string& name, RecordType type, NameServer::Done told) {
        names.ask(name, type, std::move(told));
    };
    for (int i = 0; i < 20; ++i) {
        look_up(ask, {"t" + std::to_string(i) + ".example", 0, config::TrunkTransport::udp, true, true},
                [&](trunks::Destination destination) {
                    EXPECT_EQ(destination.servers.size(), 1u) << destination.fault;
                    done = ++found == 20;
                });
    }
    EXPECT_TRUE(runs_until(done));
    EXPECT_EQ(server.questions, 20 * 4) << "NAPTR, SRV, AAAA and A";
}

TEST_F(NameServerTest, names_of_the_hosts_file_are_known_without_asking) {
    NameServer names(io, server.address());
    bool done = false;
    names.ask("localhost", RecordType::a, [&](Result<DnsAnswer> answer) {
        ASSERT_TRUE(answer);
        ASSERT_FALSE(answer->addresses.empty());
        EXPECT_EQ(answer->addresses[0].ip(), "127.0.0.1");
        done = true;
    });
    EXPECT_FALSE(done);
    EXPECT_TRUE(runs_until(done));
    EXPECT_EQ(server.questions, 0);
}

TEST_F(NameServerTest, gives_a_silent_server_up) {
    server.silent = true;
    NameServer names(io, server.address());
    bool done = false;
    names.ask("sip.example", RecordType::a, [&](Result<DnsAnswer> answer) {
        EXPECT_FALSE(answer);
        done = true;
    });
    EXPECT_TRUE(runs_until(done));
    EXPECT_EQ(server.questions, 2);
}

TEST_F(NameServerTest, tells_nobody_after_its_end) {
    server.silent = true;
    std::optional<NameServer> names(std::in_place, io, server.address());
    bool told = false;
    for (int i = 0; i < 3; ++i)
        names->ask("sip.example", RecordType::srv, [&](Result<DnsAnswer>) { told = true; });
    io.run_for(50ms);
    names.reset();
    io.run_for(200ms);
    EXPECT_FALSE(told);
}

TEST_F(NameServerTest, refuses_what_is_no_address_of_a_server) {
    EXPECT_THROW(NameServer(io, "no such server"), std::runtime_error);
}

}  // namespace
}  // namespace causeway::resolver
