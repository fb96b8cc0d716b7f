// Datagrams with few system calls: several read by one, and a connected socket beside one that hears all.
// Any thread; nothing is kept between calls.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
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

/// Reads up to kMost datagrams by one system call, without waiting.
class DatagramReader {
  public:
    static constexpr std::size_t kMost = 4;
    using Rooms = std::array<std::span<std::uint8_t>, kMost>;

    /// How many came into `rooms`; less than kMost: the socket is empty.
    std::size_t read(int fd, const Rooms& rooms);
    /// Of the last `read`. What did not fit its room is too long.
    std::size_t size(std::size_t index) const { return messages_[index].msg_len; }
    bool too_long(std::size_t index) const { return (messages_[index].msg_hdr.msg_flags & MSG_TRUNC) != 0; }
    SocketAddress source(std::size_t index) const;

  private:
    union Address {
        sockaddr any;
        sockaddr_in6 v6;
    };
    std::array<mmsghdr, kMost> messages_;
    std::array<iovec, kMost> rooms_;
    std::array<Address, kMost> sources_;
};

/// A reader with its buffers, for the stack: the same few lines of the cache for every socket.
template <class Buffer>
class DatagramBatch {
  public:
    static constexpr std::size_t kMost = DatagramReader::kMost;

    std::size_t read(int fd) {
        DatagramReader::Rooms rooms;
        for (std::size_t i = 0; i < kMost; ++i) rooms[i] = buffers_[i].fresh();
        return reader_.read(fd, rooms);
    }
    bool too_long(std::size_t index) const { return reader_.too_long(index); }
    SocketAddress source(std::size_t index) const { return reader_.source(index); }
    /// Not for one that is too long. Once per `read`: it may have been changed since.
    Buffer& packet(std::size_t index) {
        buffers_[index].resize(reader_.size(index));
        return buffers_[index];
    }

  private:
    std::array<Buffer, kMost> buffers_;
    DatagramReader reader_;
};

}  // namespace causeway
