// Symmetric RTP: learns where a peer really sends from, and keeps others out. Owner's thread; pure.
// RFC 4961, RFC 7362 §4.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/clock.hpp"
#include "core/base/socket_address.hpp"

namespace causeway::rtp {

/// What is made of a source that the peer's description does not name.
enum class SourceRule : std::uint8_t {
    learn,   ///< symmetric RTP: packets go where packets come from
    strict,  ///< nothing but the described address counts
    off,     ///< heard as with learn, but packets go to the described address
};

struct LatchSettings {
    Duration learning = std::chrono::seconds(2);  ///< from the first packet on a better source may take over
    Duration silence = std::chrono::seconds(2);   ///< that the old source must have kept before a new one
    int packets = 5;                              ///< in a row that the new one must have sent
    int relatches = 3;                            ///< allowed per signalled address
};

/// The first source wins. While learning, one that fits the signalled address better takes over: the exact
/// address before the same host, that before any other. Then it is locked; a NAT that rebinds may move it a
/// few times, an injector beside a living stream never.
class Latch {
  public:
    explicit Latch(LatchSettings settings = {}) : settings_(settings) {}

    /// The address of the peer's SDP; nullopt: none (hold). Another address than before starts anew.
    void set_signalled(std::optional<SocketAddress> address);

    /// Whether a packet that looks like RTP from `source` is to be believed.
    bool accept(const SocketAddress& source, Instant now);

    /// Where to send: nowhere without a signalled address, else the learned source, else the signalled
    /// address.
    std::optional<SocketAddress> target() const;
    bool learned() const { return source_.has_value(); }

  private:
    int fit(const SocketAddress& source) const;
    bool take_over(const SocketAddress& source, Instant now);
    void settle(const SocketAddress& source, Instant now);

    // Given.
    LatchSettings settings_;
    std::optional<SocketAddress> signalled_;
    // State.
    std::optional<SocketAddress> source_;
    Instant first_packet_{};
    Instant last_packet_{};
    std::optional<SocketAddress> challenger_;
    int challenger_packets_ = 0;
    int relatches_ = 0;
};

}  // namespace causeway::rtp
