// Transport-wide congestion control feedback: when each packet arrived, told to its sender and read from its
// receiver. Owner's thread; sans-IO; nothing allocated.
// draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"
#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

/// What one feedback packet says. Times are ticks of 250 us on the receiver's clock, wrapping.
struct TransportFeedback {
    static constexpr std::size_t kMost = 256;  ///< packets; what is told beyond is not read
    struct Packet {
        bool received = false;
        std::uint32_t arrival = 0;
    };

    SequenceNumber base{};
    std::uint8_t count = 0;  ///< of feedback packets, wrapping
    std::size_t size = 0;
    std::array<Packet, kMost> packets;

    std::span<const Packet> all() const { return {packets.data(), size}; }
};

/// `body` is the feedback control information behind both SSRCs, without padding. False when it breaks the
/// format; `feedback` is then worthless.
bool read_transport_feedback(std::span<const std::uint8_t> body, TransportFeedback& feedback);

/// Arrivals of the last packets, for feedback to their sender.
class TransportArrivals {
  public:
    void on_packet(std::uint16_t sequence, Instant now);
    /// Something has come since the last feedback.
    bool pending() const { return pending_; }
    /// One RTCP packet about everything since the last one. Bytes written; 0: nothing to tell, or `out` is
    /// smaller than kEnough.
    std::size_t write(std::span<std::uint8_t> out, Ssrc sender, Ssrc media);

    static constexpr std::size_t kEnough = 700;

  private:
    static constexpr std::int64_t kWindow = 256;
    struct Arrival {
        std::int64_t sequence = std::numeric_limits<std::int64_t>::min();
        std::int64_t ticks = 0;
    };

    const Arrival* find(std::int64_t sequence) const;

    SequenceUnwrapper unwrapper_;
    std::array<Arrival, kWindow> arrivals_{};
    std::int64_t begin_ = 0;  ///< first that the next feedback tells of
    std::int64_t end_ = 0;    ///< behind the newest
    std::optional<Instant> epoch_;
    std::uint8_t count_ = 0;
    bool pending_ = false;
};

}  // namespace causeway::rtp
