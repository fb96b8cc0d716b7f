// One browser's ICE agent: libnice for gathering, checks and STUN, the worker's loop under it, consent and
// media on our own. One stream with one component. Worker thread only.
// RFC 8445, RFC 8838 (trickle), RFC 7675 (consent), RFC 8656 (TURN by libnice).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/error.hpp"
#include "core/rtp/packet_buffer.hpp"

namespace causeway {
class Counters;
class EventLoop;
class Footprint;
}  // namespace causeway

namespace causeway::webrtc {

struct IceSettings {
    bool lite = false;
    std::vector<std::string> bind_addresses;      ///< empty: all, and the loopback addresses
    std::vector<std::string> external_addresses;  ///< 1:1 NAT, one per address family
    std::uint16_t port_min = 0;
    std::uint16_t port_max = 0;
    std::string stun_server;  ///< "ip:port" or ""
    std::string turn_server;  ///< "ip:port" or ""
    std::string turn_username;
    std::string turn_password;
    std::string turn_secret;  ///< instead of both: time-limited credentials (turn_credentials.hpp)
    bool tcp = false;         ///< browsers may also come by TCP (RFC 6544)
};

/// The other side's part of the description.
struct IceRemote {
    std::string ufrag;
    std::string password;
    bool lite = false;
    /// We offered, or the other side is lite: it is ours to nominate (RFC 8445 §6.1.1).
    bool we_control = false;
    /// It may hear of us much later: until its end of candidates nobody hurries.
    bool may_wait = false;
};

/// Our part of the description.
struct IceLocal {
    std::string ufrag;
    std::string password;
    std::vector<std::string> candidates;  ///< those known at once, "candidate:..."
    bool end_of_candidates = false;
};

/// The agent must not be destroyed inside these.
class IceListener {
  public:
    virtual ~IceListener() = default;
    /// A later candidate; an empty one is the end.
    virtual void on_ice_candidate(std::string_view candidate) = 0;
    /// A pair is selected for the first time: `send` works from now on.
    virtual void on_ice_selected() = 0;
    /// No path within 30 s, or consent lost for 30 s. Final.
    virtual void on_ice_failed(std::string_view detail) = 0;
    /// A datagram of the peer that is not STUN; before the selection, too.
    virtual void on_ice_datagram(rtp::PacketBuffer& datagram, Instant now) = 0;
};

class IceAgent {
  public:
    /// `counters` and `listener` must outlive it.
    IceAgent(EventLoop& loop, const IceSettings& settings, Counters& counters, IceListener& listener);
    ~IceAgent();
    IceAgent(const IceAgent&) = delete;
    IceAgent& operator=(const IceAgent&) = delete;

    /// Binds sockets and begins to gather and to check. Once.
    Result<IceLocal> start(const IceRemote& remote);

    /// "candidate:..." or "" for the end. At most 100 are taken; those of no use are counted and ignored.
    void add_remote_candidate(std::string_view candidate);

    /// To the selected pair's remote address. False before the selection or when the kernel refuses.
    bool send(std::span<const std::uint8_t> datagram);
    bool selected() const;

    /// What is touched after a datagram has left this agent; what it touches here is added.
    void will_touch(Footprint footprint);
    /// What `send` touches.
    void add_sending_to(Footprint& footprint) const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::webrtc
