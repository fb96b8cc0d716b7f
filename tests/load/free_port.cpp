#include "tests/load/free_port.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "core/base/socket_address.hpp"
#include "core/base/unique_fd.hpp"

namespace causeway::load {
namespace {

Result<std::uint16_t> free_port(int type) {
    const UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    const auto any = SocketAddress::parse("127.0.0.1", 0);
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    if (!fd || ::bind(fd.get(), any->data(), any->size()) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
        return Error{fmt::format("no free port: {}", std::strerror(errno))};
    }
    return ntohs(bound.sin_port);
}

}  // namespace

Result<std::uint16_t> free_udp_port() {
    return free_port(SOCK_DGRAM);
}

Result<std::uint16_t> free_tcp_port() {
    return free_port(SOCK_STREAM);
}

}  // namespace causeway::load
