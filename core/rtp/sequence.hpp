// Arithmetic on RTP's wrapping counters, and their unwrapping into 64 bits. Any thread; pure.
// RFC 3550 §5.1 and A.1, RFC 3711 §3.3.1.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/ids.hpp"

namespace causeway::rtp {

/// How far `a` is after `b`: -32768..32767, right across the wrap.
constexpr int distance(SequenceNumber a, SequenceNumber b) {
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(a.value - b.value));
}
constexpr SequenceNumber advanced(SequenceNumber s, int by) {
    return {static_cast<std::uint16_t>(s.value + by)};
}

/// How far `a` is after `b` in clock ticks, right across the wrap.
constexpr std::int32_t distance(RtpTime a, RtpTime b) {
    return static_cast<std::int32_t>(a.value - b.value);
}
constexpr RtpTime advanced(RtpTime t, std::int64_t by) {
    return {static_cast<std::uint32_t>(t.value + static_cast<std::uint64_t>(by))};
}

/// Extends a wrapping counter by nearness to the newest value seen. The first value starts the first cycle.
template <class Rep, class Signed>
class Unwrapper {
  public:
    /// The extended value; may be negative for what came before the first. Only newer values move the state.
    std::int64_t unwrap(Rep value) {
        if (!newest_) {
            newest_ = value;
            return *newest_;
        }
        const auto step = static_cast<Signed>(static_cast<Rep>(value - static_cast<Rep>(*newest_)));
        const std::int64_t extended = *newest_ + step;
        if (step > 0) newest_ = extended;
        return extended;
    }
    void reset() { newest_.reset(); }

  private:
    std::optional<std::int64_t> newest_;
};

using SequenceUnwrapper = Unwrapper<std::uint16_t, std::int16_t>;
using TimestampUnwrapper = Unwrapper<std::uint32_t, std::int32_t>;

}  // namespace causeway::rtp
