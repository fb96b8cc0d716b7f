// Datagrams without waiting, and a connected socket beside one that hears all.
// Any thread; nothing is kept between calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/socket_address.hpp"
#include "core/base/unique_fd.hpp"

namespace causeway {

/// A socket on `fd`'s own address and port that hears `remote` only, and sends to it for less than one that
/// is not connected. `fd`, whose owner need not know, goes on hearing everybody else: Linux prefers the
/// connected one (RFC 4961 and re-latching need the other). Empty when the kernel refuses.
UniqueFd connect_beside(int fd, const SocketAddress& remote);

/// Without waiting. An ICMP error about an earlier datagram is no reason not to send this one.
bool send_connected(int fd, std::span<const std::uint8_t> datagram);
bool send_datagram(int fd, std::span<const std::uint8_t> datagram, const SocketAddress& to);

/// One datagram, without waiting; nullopt: there is none. Its whole size: `room` has as much of it as fits.
std::optional<std::size_t> receive_datagram(int fd, std::span<std::uint8_t> room, SocketAddress& source);

}  // namespace causeway
