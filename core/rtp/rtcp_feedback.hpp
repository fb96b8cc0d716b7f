// RTCP feedback on the wire: generic NACK, REMB and transport-wide feedback out of compound packets, NACK
// into one. Any thread; pure. RFC 4585 §6.1, §6.2.1, draft-alvestrand-rmcat-remb-03 §2.2,
// draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/base/ids.hpp"
#include "core/rtp/transport_feedback.hpp"

namespace causeway::rtp {

/// What a compound packet's feedback about one of our streams says, in its order.
class FeedbackListener {
  public:
    virtual ~FeedbackListener() = default;
    /// At most kMostNacks of one compound.
    virtual void on_nack(SequenceNumber lost) = 0;
    virtual void on_transport_feedback(const TransportFeedback& feedback) = 0;
    virtual void on_remb(std::uint64_t bits_per_second) = 0;
};

inline constexpr std::size_t kMostNacks = 64;

/// Reads the feedback in `compound`, which parse_rtcp has found well framed, as far as it is about `ours`.
/// False when one of the feedback packets is malformed; the others are read all the same.
bool read_feedback(std::span<const std::uint8_t> compound, Ssrc ours, FeedbackListener& listener);

/// One generic NACK packet. `lost` in order, the newest last, all within 2^15. Bytes written, 0 when nothing
/// is lost or `out` is too small for it.
std::size_t write_nack(std::span<std::uint8_t> out, Ssrc sender, Ssrc media,
                       std::span<const SequenceNumber> lost);

}  // namespace causeway::rtp
