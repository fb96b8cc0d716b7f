#include "core/loop/datagrams.hpp"

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

std::size_t DatagramReader::read(int fd, const Rooms& rooms) {
    for (std::size_t i = 0; i < kMost; ++i) {
        rooms_[i] = {rooms[i].data(), rooms[i].size()};
        messages_[i].msg_hdr = {.msg_name = &sources_[i],
                                .msg_namelen = sizeof sources_[i],
                                .msg_iov = &rooms_[i],
                                .msg_iovlen = 1,
                                .msg_control = nullptr,
                                .msg_controllen = 0,
                                .msg_flags = 0};
    }
    int got = ::recvmmsg(fd, messages_.data(), kMost, MSG_DONTWAIT, nullptr);
    // An ICMP error of a connected socket comes first and hides what waits behind it.
    if (got < 0 && errno != EAGAIN) got = ::recvmmsg(fd, messages_.data(), kMost, MSG_DONTWAIT, nullptr);
    return got < 0 ? 0 : static_cast<std::size_t>(got);
}

SocketAddress DatagramReader::source(std::size_t index) const {
    return SocketAddress(&sources_[index].any);
}

}  // namespace causeway
