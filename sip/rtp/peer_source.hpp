// Where a SIP peer's packets may come from, and where ours go: by its description, by what is learned, or by
// ICE. On the leg's media thread; pure. RFC 4961, RFC 8445 §2.5.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/socket_address.hpp"
#include "core/rtp/latch.hpp"
#include "core/sdp/media_security.hpp"
#include "core/stun/lite_agent.hpp"

namespace causeway {
class Footprint;
}

namespace causeway::sip {

class PeerSource {
  public:
    /// Another address than before is learned anew; another ICE login begins ICE anew.
    void describe(const std::optional<SocketAddress>& signalled, rtp::SourceRule rule,
                  const sdp::AgreedTransport& agreed);

    bool accept(const SocketAddress& source, Instant now);
    /// nullopt: nowhere (hold, or ICE has chosen nothing yet).
    std::optional<SocketAddress> target() const;

    /// A STUN message; the answer's length in `out`, 0 for none.
    std::size_t answer_check(std::span<const std::uint8_t> message, const SocketAddress& from,
                             std::span<std::uint8_t, stun::kMaxRequest> out);
    bool by_ice() const { return ice_.has_value(); }
    /// What `accept` and `target` touch, without ICE.
    void add_to(Footprint& footprint) const;

  private:
    rtp::Latch latch_;
    rtp::SourceRule rule_ = rtp::SourceRule::learn;
    std::optional<SocketAddress> signalled_;
    std::optional<stun::LiteAgent> ice_;
    std::optional<sdp::IceLogin> login_;
    std::string peer_ufrag_;
};

}  // namespace causeway::sip
