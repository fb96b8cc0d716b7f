// The last packets as they left, to be sent again word for word when the receiver asks: an SRTP packet that
// is repeated byte by byte uses no key stream twice. Owner's thread; no allocation after construction. RFC
// 4585 §6.2.1, RFC 3711 §3.3.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"

namespace causeway::rtp {

/// Bounded in what it keeps (kPackets, the last second or so; longer packets than kLongest are not kept) and
/// in what it gives: each packet twice at most, kPerSecond packets a second.
class SendHistory {
  public:
    static constexpr std::size_t kPackets = 64;
    static constexpr std::size_t kLongest = 384;
    static constexpr int kPerSecond = 50;

    SendHistory();

    void keep(SequenceNumber sequence, std::span<const std::uint8_t> packet);
    /// Empty when it is gone or was given too often.
    std::span<const std::uint8_t> give(SequenceNumber sequence, Instant now);

  private:
    struct Slot {
        SequenceNumber sequence{};
        std::uint16_t size = 0;  ///< 0: nothing
        int given = 0;
    };

    std::array<Slot, kPackets> slots_{};
    std::unique_ptr<std::uint8_t[]> bytes_;
    Instant second_{};  ///< the beginning of the one that `given_` counts
    int given_ = 0;
};

}  // namespace causeway::rtp
