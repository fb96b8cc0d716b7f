// Which packets of the received stream are missing and worth asking for. Owner's thread; pure; nothing
// allocated. RFC 4585 §6.2.1.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"

namespace causeway {
class Footprint;
}

namespace causeway::rtp {

/// Asks twice for each lost packet, the second time when an answer should have come, and forgets it when an
/// answer would come too late to be played.
class NackTracker {
  public:
    static constexpr std::size_t kMost = 32;  ///< missing at once: longer outages are not mended

    void on_packet(Ssrc ssrc, SequenceNumber sequence, Instant now);
    /// What to ask for now, in order. An answer takes `round_trip`; what is not there `patience` after it was
    /// missed is too late. Valid until the next call.
    std::span<const SequenceNumber> due(Duration round_trip, Duration patience, Instant now);
    bool idle() const { return size_ == 0; }
    /// What a packet in order touches.
    void add_to(Footprint& footprint) const;

  private:
    struct Missing {
        SequenceNumber sequence{};
        Instant since{};
        Instant asked{};
        int times = 0;
    };

    void remove(std::size_t at);

    std::optional<Ssrc> ssrc_;
    SequenceNumber newest_{};
    std::size_t size_ = 0;
    std::array<Missing, kMost> missing_{};  ///< in order
    std::array<SequenceNumber, kMost> asked_for_{};
};

}  // namespace causeway::rtp
