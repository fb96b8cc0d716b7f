#include "core/loop/datagrams.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>

#include "core/base/socket_address.hpp"
#include "core/base/unique_fd.hpp"

namespace causeway {
namespace {

/// A UDP socket on a loopback address.
class Socket {
  public:
    explicit Socket(const SocketAddress& at)
        : fd_(::socket(at.data()->sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        EXPECT_EQ(::bind(fd_.get(), at.data(), at.size()), 0);
    }

    int fd() const { return fd_.get(); }
    SocketAddress address() const {
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        auto* const address = reinterpret_cast<sockaddr*>(&bound);
        EXPECT_EQ(::getsockname(fd_.get(), address, &size), 0);
        return SocketAddress(address);
    }
    void connect(const SocketAddress& to) const { EXPECT_EQ(::connect(fd_.get(), to.data(), to.size()), 0); }
    bool send(std::string_view text, const SocketAddress& to) const {
        return send_datagram(fd_.get(), {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                             to);
    }

  private:
    UniqueFd fd_;
};

class Datagrams : public testing::Test {
  protected:
    static SocketAddress loopback(const char* ip = "127.0.0.1") { return *SocketAddress::parse(ip, 0); }

    std::optional<std::size_t> receive(const Socket& socket) {
        return receive_datagram(socket.fd(), room_, source_);
    }
    std::string text(std::size_t size) const { return {room_.begin(), room_.begin() + std::ptrdiff_t(size)}; }

    std::array<std::uint8_t, 10> room_{};
    SocketAddress source_;
};

TEST_F(Datagrams, nothing_there_is_no_datagram) {
    EXPECT_EQ(receive(Socket(loopback())), std::nullopt);
}

TEST_F(Datagrams, a_datagram_comes_whole_and_with_its_source) {
    const Socket here(loopback());
    const Socket there(loopback());
    ASSERT_TRUE(there.send("hello", here.address()));
    EXPECT_EQ(receive(here), 5u);
    EXPECT_EQ(text(5), "hello");
    EXPECT_EQ(source_, there.address());
}

TEST_F(Datagrams, one_that_is_too_long_says_so_and_the_next_one_is_read) {
    const Socket here(loopback());
    const Socket there(loopback());
    ASSERT_TRUE(there.send("eleven long", here.address()));
    ASSERT_TRUE(there.send("next", here.address()));
    EXPECT_EQ(receive(here), 11u);
    EXPECT_EQ(receive(here), 4u);
    EXPECT_EQ(text(4), "next");
}

TEST_F(Datagrams, an_empty_datagram_is_one) {
    const Socket here(loopback());
    const Socket there(loopback());
    ASSERT_TRUE(there.send("", here.address()));
    EXPECT_EQ(receive(here), 0u);
    EXPECT_EQ(receive(here), std::nullopt);
}

TEST_F(Datagrams, an_error_of_an_earlier_one_hides_nothing) {
    const Socket here(loopback());
    SocketAddress peer;
    {
        const Socket gone(loopback());
        peer = gone.address();
    }
    here.connect(peer);
    ASSERT_TRUE(here.send("nobody hears it", peer));
    pollfd refused{here.fd(), 0, 0};
    ASSERT_EQ(::poll(&refused, 1, 5000), 1) << "no ICMP error came";
    const Socket back(peer);
    ASSERT_TRUE(back.send("again", here.address()));
    EXPECT_EQ(receive(here), 5u);
    EXPECT_EQ(text(5), "again");
}

TEST_F(Datagrams, ipv6_has_its_source_too) {
    const Socket here(loopback("::1"));
    const Socket there(loopback("::1"));
    ASSERT_TRUE(there.send("six", here.address()));
    EXPECT_EQ(receive(here), 3u);
    EXPECT_EQ(source_, there.address());
}

}  // namespace
}  // namespace causeway
