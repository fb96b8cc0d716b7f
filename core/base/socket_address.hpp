// An IP address with a port, as a value: what sockets, candidates, latches and SDP lines speak of.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace causeway {

/// IPv4 or IPv6 address and UDP/TCP port. Default: 0.0.0.0:0. IPv4-mapped IPv6 is folded to IPv4.
class SocketAddress {
  public:
    SocketAddress();
    explicit SocketAddress(const sockaddr* address);

    /// Numeric addresses only ("192.0.2.1", "2001:db8::1", no brackets): never resolves names.
    static Result<SocketAddress> parse(std::string_view ip, std::uint16_t port);
    /// "192.0.2.1:5060" or "[2001:db8::1]:5060".
    static Result<SocketAddress> parse(std::string_view ip_and_port);

    bool is_ipv6() const { return storage_.family == AF_INET6; }
    bool is_unspecified() const;  ///< 0.0.0.0 or ::
    bool is_loopback() const;
    std::uint16_t port() const;
    SocketAddress with_port(std::uint16_t port) const;

    std::string ip() const;         ///< without brackets
    std::string to_string() const;  ///< ip:port, brackets round IPv6

    const sockaddr* data() const { return &storage_.any; }
    socklen_t size() const;

    friend bool operator==(const SocketAddress& a, const SocketAddress& b);
    std::size_t hash() const;

  private:
    union Storage {
        sa_family_t family;
        sockaddr any;
        sockaddr_in v4;
        sockaddr_in6 v6;
    } storage_;
};

}  // namespace causeway

template <>
struct std::hash<causeway::SocketAddress> {
    std::size_t operator()(const causeway::SocketAddress& a) const noexcept { return a.hash(); }
};
