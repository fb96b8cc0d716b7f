// The UDP port pairs of one range on one address: even for RTP, the next for RTCP (RFC 3550 §11). Any
// thread; a mutex, taken at call set-up and end only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"
#include "core/base/unique_fd.hpp"

namespace causeway::sip {

class PortAllocator;

/// Two bound, non-blocking sockets. Gives its ports back when destroyed; the allocator must outlive it.
class PortPair {
  public:
    PortPair() = default;
    PortPair(PortPair&& other) noexcept;
    PortPair& operator=(PortPair&& other) noexcept;
    ~PortPair();

    int rtp() const { return rtp_.get(); }
    int rtcp() const { return rtcp_.get(); }
    const SocketAddress& rtp_address() const { return address_; }

  private:
    friend class PortAllocator;
    PortAllocator* allocator_ = nullptr;
    SocketAddress address_;
    UniqueFd rtp_;
    UniqueFd rtcp_;
};

class PortAllocator {
  public:
    /// Pairs within `first`..`last` (both included) on `address`, whose port is ignored. A pair given back is
    /// not given out again for `rest`, so that late packets of one call do not reach the next.
    PortAllocator(const SocketAddress& address, std::uint16_t first, std::uint16_t last,
                  Duration rest = std::chrono::seconds(5));
    PortAllocator(const PortAllocator&) = delete;
    PortAllocator& operator=(const PortAllocator&) = delete;

    /// The next free pair after a random start, in turn. Ports that somebody else holds are passed over, a
    /// few dozen at most. An Error, fit for strangers' eyes, when the range or the descriptors are used up.
    Result<PortPair> open();
    /// Pairs given out now; for leak tests and metrics.
    std::size_t open_count() const;

  private:
    friend class PortPair;
    struct Slot {
        bool open = false;
        Instant rests_until{};
    };
    void give_back(std::uint16_t port);
    bool bind_pair(std::uint16_t port, PortPair& pair) const;

    // Given.
    SocketAddress address_;
    std::uint16_t first_;
    Duration rest_;
    // State.
    mutable std::mutex mutex_;
    std::vector<Slot> slots_;
    std::size_t next_ = 0;
    std::size_t open_ = 0;
    Instant logged_{};
};

}  // namespace causeway::sip
