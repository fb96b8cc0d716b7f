// Media past libnice: the selected UDP pair gets a connected socket of ours on libnice's port, from which the
// kernel gives us all that the pair's peer sends. What others send stays at libnice's own descriptor; what is
// not STUN there is read by us, too. Worker thread only. RFC 7983 §7, RFC 7675 §5.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/counters.hpp"
#include "core/base/socket_address.hpp"
#include "core/base/unique_fd.hpp"
#include "core/loop/event_loop.hpp"
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
    /// A whole STUN message of the selected remote address. At the connected socket it may be any, not only
    /// one for which `is_ours` was true: libnice never sees it.
    virtual void on_stun(std::span<const std::uint8_t> message, Instant now) = 0;
};

class IceSocket {
  public:
    IceSocket(EventLoop& loop, Counters& counters, IceSocketListener& listener);

    /// Uses `fd` from now on, without owning it, and a socket connected beside it. -1: none.
    void select(int fd, const SocketAddress& remote);
    /// A candidate of the browser: its media is taken too, for it may send on a pair that it has not
    /// nominated yet, or no longer (RFC 8445 §12.1). At most kMostAdmitted; SRTP still proves each packet.
    void admit(const SocketAddress& remote);
    bool selected() const { return fd_ >= 0; }
    const SocketAddress& remote() const { return remote_; }

    /// False if the kernel did not take it.
    bool send(std::span<const std::uint8_t> datagram);

    /// Whatever a datagram at our own socket touches beyond this object.
    void will_touch(Footprint footprint);

    /// Of libnice's descriptor: reads until nothing is left or a STUN message for libnice is at the head.
    /// True: libnice's turn.
    bool drain(Instant now);

  private:
    enum class Head { nothing, ours, libnices };
    Head look();
    /// False: there was nothing.
    bool receive(int fd, Instant now);
    void drain_own();
    void take(rtp::PacketBuffer& datagram, const SocketAddress& from, Instant now);

    // Given.
    EventLoop& loop_;
    IceSocketListener& listener_;
    Counter& wrong_source_;
    Counter& not_stun_;
    Counter& too_long_;
    Counter& not_sent_;
    Counter& not_connected_;

    // Owned: the watch goes before the socket.
    UniqueFd own_;
    std::optional<Watch> own_watch_;

    // State.
    SocketAddress remote_;
    std::vector<SocketAddress> admitted_;
    int fd_ = -1;
};

}  // namespace causeway::webrtc
