#include "core/base/socket_address.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace causeway {

SocketAddress::SocketAddress() {
    std::memset(&storage_, 0, sizeof storage_);
    storage_.v4.sin_family = AF_INET;
}

SocketAddress::SocketAddress(const sockaddr* address) : SocketAddress() {
    if (address->sa_family == AF_INET) {
        std::memcpy(&storage_.v4, address, sizeof storage_.v4);
        std::memset(storage_.v4.sin_zero, 0, sizeof storage_.v4.sin_zero);
    } else if (address->sa_family == AF_INET6) {
        sockaddr_in6 v6;
        std::memcpy(&v6, address, sizeof v6);
        if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
            storage_.v4.sin_port = v6.sin6_port;
            std::memcpy(&storage_.v4.sin_addr, v6.sin6_addr.s6_addr + 12, 4);
        } else {
            storage_.v6 = v6;
        }
    }
}

Result<SocketAddress> SocketAddress::parse(std::string_view ip, std::uint16_t port) {
    char text[INET6_ADDRSTRLEN];
    // inet_pton would stop at a NUL and take what stands before it.
    if (ip.empty() || ip.size() >= sizeof text || ip.find('\0') != std::string_view::npos)
        return Error{"not an IP address: '" + std::string(ip) + "'"};
    std::memcpy(text, ip.data(), ip.size());
    text[ip.size()] = '\0';

    sockaddr_in v4{};
    if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        return SocketAddress(reinterpret_cast<const sockaddr*>(&v4));
    }
    sockaddr_in6 v6{};
    if (::inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        return SocketAddress(reinterpret_cast<const sockaddr*>(&v6));
    }
    return Error{"not an IP address: '" + std::string(ip) + "'"};
}

Result<SocketAddress> SocketAddress::parse(std::string_view ip_and_port) {
    const auto colon = ip_and_port.rfind(':');
    if (colon == std::string_view::npos) return Error{"no port in '" + std::string(ip_and_port) + "'"};
    std::string_view ip = ip_and_port.substr(0, colon);
    const std::string_view port_text = ip_and_port.substr(colon + 1);
    if (ip.size() >= 2 && ip.front() == '[' && ip.back() == ']') {
        ip = ip.substr(1, ip.size() - 2);
    } else if (ip.find(':') != std::string_view::npos) {
        return Error{"an IPv6 address with a port needs brackets: '" + std::string(ip_and_port) + "'"};
    }
    std::uint16_t port = 0;
    const auto [end, fault] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (fault != std::errc{} || end != port_text.data() + port_text.size()) {
        return Error{"not a port: '" + std::string(port_text) + "'"};
    }
    return parse(ip, port);
}

bool SocketAddress::is_unspecified() const {
    if (is_ipv6()) return IN6_IS_ADDR_UNSPECIFIED(&storage_.v6.sin6_addr);
    return storage_.v4.sin_addr.s_addr == 0;
}

bool SocketAddress::is_loopback() const {
    if (is_ipv6()) return IN6_IS_ADDR_LOOPBACK(&storage_.v6.sin6_addr);
    return (ntohl(storage_.v4.sin_addr.s_addr) >> 24) == 127;
}

std::uint16_t SocketAddress::port() const {
    return ntohs(is_ipv6() ? storage_.v6.sin6_port : storage_.v4.sin_port);
}

SocketAddress SocketAddress::with_port(std::uint16_t port) const {
    SocketAddress other = *this;
    (is_ipv6() ? other.storage_.v6.sin6_port : other.storage_.v4.sin_port) = htons(port);
    return other;
}

std::string SocketAddress::ip() const {
    char text[INET6_ADDRSTRLEN] = "";
    const void* address = &storage_.v4.sin_addr;
    if (is_ipv6()) address = &storage_.v6.sin6_addr;
    ::inet_ntop(storage_.family, address, text, sizeof text);
    return text;
}

std::string SocketAddress::to_string() const {
    return (is_ipv6() ? '[' + ip() + ']' : ip()) + ':' + std::to_string(port());
}

socklen_t SocketAddress::size() const {
    return is_ipv6() ? sizeof storage_.v6 : sizeof storage_.v4;
}

bool operator==(const SocketAddress& a, const SocketAddress& b) {
    if (a.storage_.family != b.storage_.family || a.port() != b.port()) return false;
    if (!a.is_ipv6()) return a.storage_.v4.sin_addr.s_addr == b.storage_.v4.sin_addr.s_addr;
    return std::memcmp(&a.storage_.v6.sin6_addr, &b.storage_.v6.sin6_addr, 16) == 0;
}

std::size_t SocketAddress::hash() const {
    const std::string_view bytes =
        is_ipv6() ? std::string_view(reinterpret_cast<const char*>(&storage_.v6.sin6_addr), 16)
                  : std::string_view(reinterpret_cast<const char*>(&storage_.v4.sin_addr), 4);
    return std::hash<std::string_view>{}(bytes)*31 + port();
}

}  // namespace causeway
