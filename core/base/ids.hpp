// Newtypes for the numbers that media and signalling carry, so that two of them cannot be swapped by
// accident.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>

namespace causeway {

/// A number with a name of its own. No arithmetic: sequence and time arithmetic live in core/rtp.
template <class Tag, class Rep>
struct StrongId {
    Rep value{};
    friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
};

using Ssrc = StrongId<struct SsrcTag, std::uint32_t>;
using PayloadType = StrongId<struct PayloadTypeTag, std::uint8_t>;  ///< 0..127
using SequenceNumber = StrongId<struct SequenceNumberTag, std::uint16_t>;
using RtpTime = StrongId<struct RtpTimeTag, std::uint32_t>;  ///< in units of the format's clock rate

/// One call attempt through the gateway. Random, not guessable; the same on every log line, event and record.
using CallId = StrongId<struct CallIdTag, std::uint64_t>;
/// One connected page (WebSocket). Unique for the life of the process.
using SessionId = StrongId<struct SessionIdTag, std::uint64_t>;
/// One SIP INVITE dialog of one stack. Unique for the life of the process.
using DialogId = StrongId<struct DialogIdTag, std::uint64_t>;
/// One WebSocket or TLS connection that carries SIP (sip/ua/flow_table.hpp). 0 is none: plain UDP or TCP.
using FlowId = StrongId<struct FlowIdTag, std::uint64_t>;

/// Sixteen lower-case hex digits.
std::string to_string(CallId id);

/// From the kernel's random source.
CallId make_call_id();

}  // namespace causeway

template <class Tag, class Rep>
struct std::hash<causeway::StrongId<Tag, Rep>> {
    std::size_t operator()(const causeway::StrongId<Tag, Rep>& id) const noexcept {
        return std::hash<Rep>{}(id.value);
    }
};
