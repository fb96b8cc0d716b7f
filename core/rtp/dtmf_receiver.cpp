// Telephone events into key presses. RFC 4733 §2.3, §2.5.
#include <algorithm>

#include "core/rtp/big_endian.hpp"
#include "core/rtp/dtmf.hpp"
#include "core/rtp/dtmf_digits.hpp"
#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

constexpr std::uint8_t kEndBit = 0x80;
constexpr int kLongestSegment = 0xFFFF;
constexpr int kOldSeconds = 10;  ///< a time stamp further back is another time line, not an old packet

}  // namespace

bool DtmfReceiver::is_current(char digit, RtpTime timestamp, bool marker) const {
    if (digit != digit_) return false;
    if (timestamp == segment_) return true;
    // RFC 4733 §2.5.1.3: a long press goes on in a new segment where the last one ended, without a marker.
    const std::int32_t step = distance(timestamp, segment_);
    return pressed_ && !marker && (step == kLongestSegment || step == static_cast<std::int32_t>(duration_));
}

bool DtmfReceiver::is_old(RtpTime timestamp) const {
    const std::int32_t step = distance(timestamp, segment_);
    return step < 0 && step > -kOldSeconds * clock_rate_;
}

void DtmfReceiver::finish(DtmfEvents& events) {
    const auto ms = (before_ + duration_) * 1000 / static_cast<std::uint64_t>(clock_rate_);
    events.add({DtmfEvent::Kind::ended, digit_, static_cast<int>(std::min<std::uint64_t>(ms, 1'000'000))});
    pressed_ = false;
}

DtmfEvents DtmfReceiver::push(std::span<const std::uint8_t> payload, bool marker, RtpTime timestamp,
                              Instant now) {
    DtmfEvents events;
    if (payload.size() < 4) return events;
    const char digit = digit_of_event(payload[0]);
    if (digit == 0) return events;
    const bool known = last_packet_.has_value();
    if (known && is_old(timestamp)) return events;

    if (known && is_current(digit, timestamp, marker)) {
        last_packet_ = now;
        // Repetitions of an end are not another press.
        if (!pressed_) return events;
        if (timestamp != segment_) {
            before_ += static_cast<std::uint32_t>(distance(timestamp, segment_));
            segment_ = timestamp;
            duration_ = 0;
        }
    } else {
        if (pressed_) finish(events);
        last_packet_ = now;
        pressed_ = true;
        digit_ = digit;
        segment_ = timestamp;
        before_ = duration_ = 0;
        events.add({DtmfEvent::Kind::started, digit, 0});
    }
    duration_ = std::max<std::uint32_t>(duration_, read_u16(&payload[2]));
    if (payload[1] & kEndBit) finish(events);
    return events;
}

DtmfEvents DtmfReceiver::poll(Instant now) {
    DtmfEvents events;
    const auto at = deadline();
    if (at && now >= *at) finish(events);
    return events;
}

std::optional<Instant> DtmfReceiver::deadline() const {
    if (!pressed_) return std::nullopt;
    return *last_packet_ + kTimeout;
}

}  // namespace causeway::rtp
