// How the losses of one incoming stream are spread: single ones far apart, or bursts. Owner's thread; pure;
// nothing allocated. RFC 3611 §4.7.1, §4.7.2.
#pragma once

#include <cstdint>

#include "core/base/ids.hpp"

namespace causeway::rtp {

/// Since the stream began. "Bad" is lost or discarded.
struct LossTotals {
    std::uint64_t expected = 0;
    std::uint64_t lost = 0;
    std::uint64_t discarded = 0;  ///< came, but too late or too many for the jitter buffer
    std::uint64_t runs = 0;       ///< times that one or more packets in a row were bad

    std::uint64_t bad() const { return lost + discarded; }
};

/// The periods of RFC 3611 §4.7.2, counted as the text defines them (its pseudo-code in the same section is
/// the estimate of a Markov chain, which takes the first isolated loss for a burst).
struct BurstFigures {
    double burst_density = 0;  ///< 0..1, share of bad packets within bursts
    double gap_density = 0;
    double burst_packets = 0;  ///< mean length
    double gap_packets = 0;
};

/// A packet's fate is settled when it is 32 behind the newest: until then it may still come, or be told to
/// have been discarded.
class LossPattern {
  public:
    static constexpr int kGmin = 16;  ///< RFC 3611 §4.7.2: recommended

    /// The next packet is the first of a stream.
    void start() { *this = LossPattern(); }
    /// `sequence` has come; any order.
    void on_packet(SequenceNumber sequence);
    /// A packet that has come was of no use.
    void on_discarded(SequenceNumber sequence);

    const LossTotals& totals() const { return totals_; }
    BurstFigures bursts() const;

  private:
    static constexpr int kWindow = 32;

    void advance();
    void settle(bool good);
    void close_group();
    void close_gap();

    // State.
    LossTotals totals_;
    std::uint32_t received_ = 0;   ///< bit n: the packet n before the newest
    std::uint32_t discarded_ = 0;  ///< the same
    int filled_ = 0;               ///< bits in use
    SequenceNumber newest_{};
    bool in_run_ = false;
    std::uint64_t good_run_ = 0;
    std::uint64_t group_bad_ = 0;   ///< bad packets with fewer than Gmin good ones between
    std::uint64_t group_span_ = 0;  ///< from the first to the last of them
    std::uint64_t gap_length_ = 0;  ///< of the gap that is open
    std::uint64_t bursts_ = 0;
    std::uint64_t burst_packets_ = 0;
    std::uint64_t burst_bad_ = 0;
    std::uint64_t gaps_ = 0;
    std::uint64_t gap_packets_ = 0;
    std::uint64_t gap_bad_ = 0;
};

}  // namespace causeway::rtp
