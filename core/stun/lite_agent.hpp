// A lite ICE agent's part in connectivity checks: it answers them, and learns from them where the peer is and
// which pair it wants. Pure; the owner's thread. RFC 8445 §2.5, §7.3, RFC 8489 §6.3, §9.1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/base/socket_address.hpp"
#include "core/stun/message.hpp"

namespace causeway::stun {

/// One component of one stream.
class LiteAgent {
  public:
    static constexpr std::size_t kMostSources = 16;

    /// Our own login; the peer's user fragment is the other half of its user name.
    LiteAgent(const std::string& ufrag, std::string password, const std::string& peer_ufrag)
        : username_(ufrag + ":" + peer_ufrag), password_(std::move(password)) {}

    /// A datagram that looks like STUN. The answer in `out`'s first bytes; its length, 0 for none.
    std::size_t answer(std::span<const std::uint8_t> message, const SocketAddress& from,
                       std::span<std::uint8_t, kMaxRequest> out);

    /// It has proved that it knows our password: packets may be believed.
    bool is_checked(const SocketAddress& source) const;
    /// Where the peer wants to be sent to; nullopt before its choice.
    const std::optional<SocketAddress>& selected() const { return selected_; }

  private:
    void note(const Check& check, const SocketAddress& from);

    // Given.
    const std::string username_;
    const std::string password_;
    // State.
    std::array<SocketAddress, kMostSources> sources_{};
    std::size_t source_count_ = 0;
    std::size_t oldest_ = 0;
    std::optional<SocketAddress> selected_;
    std::uint32_t selected_priority_ = 0;
};

}  // namespace causeway::stun
