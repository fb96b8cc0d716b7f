#include "core/loop/datagrams.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace causeway {
namespace {

constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

/// What routers see of the one shall be what they see of the other.
void copy_option(int from, int to, int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    if (::getsockopt(from, level, name, &value, &size) == 0) ::setsockopt(to, level, name, &value, size);
}

}  // namespace

UniqueFd connect_beside(int fd, const SocketAddress& remote) {
    sockaddr_storage local{};
    socklen_t local_size = sizeof local;
    auto* const local_address = reinterpret_cast<sockaddr*>(&local);
    if (::getsockname(fd, local_address, &local_size) != 0) return {};
    UniqueFd beside(::socket(local.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!beside) return {};
    // Both must agree to share the port; only sockets of our own user may then join. On the older one again
    // off afterwards, so that nothing else comes in.
    const int on = 1;
    const int off = 0;
    const auto share = [](int socket, const int& value) {
        return ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &value, sizeof value) == 0;
    };
    if (local.ss_family == AF_INET6) {
        copy_option(fd, beside.get(), IPPROTO_IPV6, IPV6_V6ONLY);
        copy_option(fd, beside.get(), IPPROTO_IPV6, IPV6_TCLASS);
    }
    copy_option(fd, beside.get(), IPPROTO_IP, IP_TOS);
    if (!share(beside.get(), on) || !share(fd, on)) return {};
    const bool joined = ::bind(beside.get(), local_address, local_size) == 0 &&
                        ::connect(beside.get(), remote.data(), remote.size()) == 0;
    share(fd, off);
    if (!joined) return {};
    return beside;
}

bool send_connected(int fd, std::span<const std::uint8_t> datagram) {
    if (::send(fd, datagram.data(), datagram.size(), kFlags) >= 0) return true;
    // The kernel tells of an earlier datagram in place of sending this one.
    return errno == ECONNREFUSED && ::send(fd, datagram.data(), datagram.size(), kFlags) >= 0;
}

bool send_datagram(int fd, std::span<const std::uint8_t> datagram, const SocketAddress& to) {
    return ::sendto(fd, datagram.data(), datagram.size(), kFlags, to.data(), to.size()) >= 0;
}

std::optional<std::size_t> receive_datagram(int fd, std::span<std::uint8_t> room, SocketAddress& source) {
    sockaddr_in6 from;
    auto* const address = reinterpret_cast<sockaddr*>(&from);
    ssize_t size = -1;
    // An ICMP error of a connected socket comes first and hides what waits behind it.
    for (int attempt = 0; attempt < 2; ++attempt) {
        socklen_t address_size = sizeof from;
        size = ::recvfrom(fd, room.data(), room.size(), MSG_DONTWAIT | MSG_TRUNC, address, &address_size);
        if (size >= 0 || errno == EAGAIN) break;
    }
    if (size < 0) return std::nullopt;
    source = SocketAddress(address);
    return static_cast<std::size_t>(size);
}

}  // namespace causeway
