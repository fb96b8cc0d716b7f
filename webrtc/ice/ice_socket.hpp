// Media past libnice: once a UDP pair is selected, everything but STUN is read from and written to libnice's
// own descriptor directly, five times cheaper than through it. Worker thread only. RFC 7983 §7, RFC 7675 §5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/counters.hpp"
#include "core/base/socket_address.hpp"
#include "core/rtp/packet_buffer.hpp"

namespace causeway::webrtc {

/// What the socket hears. It must not be destroyed inside these.
class IceSocketListener {
  public:
    virtual ~IceSocketListener() = default;
    /// A datagram of the selected remote address, or of an admitted one, whose first byte is not one of
    /// STUN's.
    virtual void on_datagram(rtp::PacketBuffer& datagram, Instant now) = 0;
    /// The first bytes of a STUN message, from anywhere. True: read it for us, and `on_stun` gets it.
    virtual bool is_ours(std::span<const std::uint8_t> head) = 0;
    /// A whole STUN message of the selected remote address.
    virtual void on_stun(std::span<const std::uint8_t> message, Instant now) = 0;
};

class IceSocket {
  public:
    IceSocket(Counters& counters, IceSocketListener& listener);

    /// Uses `fd` from now on, without owning it. -1: none.
    void select(int fd, const SocketAddress& remote);
    /// A candidate of the browser: its media is taken too, for it may send on a pair that it has not
    /// nominated yet, or no longer (RFC 8445 §12.1). At most kMostAdmitted; SRTP still proves each packet.
    void admit(const SocketAddress& remote);
    bool selected() const { return fd_ >= 0; }
    int fd() const { return fd_; }

    /// False if the kernel did not take it.
    bool send(std::span<const std::uint8_t> datagram);

    /// Reads until nothing is left or a STUN message for libnice is at the head. True: libnice's turn.
    bool drain(Instant now);

  private:
    enum class Head { nothing, ours, libnices };
    Head look();
    void receive(Instant now);

    // Given.
    IceSocketListener& listener_;
    Counter& wrong_source_;
    Counter& not_stun_;
    Counter& too_long_;
    Counter& not_sent_;

    // State.
    rtp::PacketBuffer buffer_;
    SocketAddress remote_;
    std::vector<SocketAddress> admitted_;
    int fd_ = -1;
};

}  // namespace causeway::webrtc
