// The one buffer that a packet lives in from receive to send: room in front for headers that grow, room
// behind for SRTP's tag. Rewriting and encryption happen in place.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace causeway::rtp {

/// Not thread-safe, never reallocates. Lives on the stack of whoever reads packets from a socket.
class PacketBuffer {
  public:
    static constexpr std::size_t kHeadRoom = 64;
    static constexpr std::size_t kTailRoom = 144;  ///< SRTP_MAX_TRAILER_LEN and padding
    static constexpr std::size_t kMaxPacket = 1500;

    std::span<std::uint8_t> packet() { return {bytes_.data() + begin_, size_}; }
    std::span<const std::uint8_t> packet() const { return {bytes_.data() + begin_, size_}; }
    std::size_t size() const { return size_; }

    /// Empties it and gives the place to receive or write up to kMaxPacket bytes; then call `resize`.
    std::span<std::uint8_t> fresh() {
        begin_ = kHeadRoom;
        size_ = 0;
        return {bytes_.data() + begin_, kMaxPacket};
    }
    /// The packet's length, at most kMaxPacket + kTailRoom - what the front took.
    void resize(std::size_t size) { size_ = size <= room() ? size : room(); }
    /// Moves the front of the packet by `by` bytes: negative opens head room, positive cuts.
    void move_front(std::ptrdiff_t by) {
        begin_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(begin_) + by);
        size_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(size_) - by);
    }
    /// Bytes that may be written from the packet's front on.
    std::size_t room() const { return bytes_.size() - begin_; }

  private:
    std::array<std::uint8_t, kHeadRoom + kMaxPacket + kTailRoom> bytes_;  // not cleared: one is made per read
    std::size_t begin_ = kHeadRoom;
    std::size_t size_ = 0;
};

}  // namespace causeway::rtp
