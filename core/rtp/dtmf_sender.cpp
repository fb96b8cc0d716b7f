// Key presses into telephone events. RFC 4733 §2.5.1.
#include <algorithm>

#include "core/rtp/big_endian.hpp"
#include "core/rtp/dtmf.hpp"
#include "core/rtp/dtmf_digits.hpp"

namespace causeway::rtp {

namespace {

constexpr std::uint8_t kEndBit = 0x80;
constexpr std::uint8_t kVolume = 10;  ///< -10 dBm0, what telephones send
constexpr std::uint32_t kLongestSegment = 0xFFFF;
constexpr int kEndPackets = 3;  ///< RFC 4733 §2.5.1.4

}  // namespace

bool DtmfSender::start(char digit, int duration_ms) {
    const auto event = event_of_digit(digit);
    if (!event || count_ == kQueue) return false;
    queue_[(head_ + count_++) % kQueue] = {*event, std::clamp(duration_ms, kMinMs, kMaxMs)};
    return true;
}

std::uint32_t DtmfSender::elapsed_ticks() const {
    const auto ms = static_cast<std::uint32_t>(std::min(elapsed_ms_, current_.duration_ms));
    return static_cast<std::uint32_t>(std::uint64_t{ms} * static_cast<std::uint32_t>(clock_rate_) / 1000);
}

DtmfPacket DtmfSender::packet(bool end) const {
    DtmfPacket packet;
    packet.payload[0] = current_.event;
    packet.payload[1] = static_cast<std::uint8_t>(kVolume | (end ? kEndBit : 0));
    write_u16(&packet.payload[2], static_cast<std::uint16_t>(segment_ticks_));
    packet.timestamp_offset = segment_start_;
    return packet;
}

DtmfPacket DtmfSender::begin_press() {
    current_ = queue_[head_];
    head_ = (head_ + 1) % kQueue;
    --count_;
    state_ = State::pressed;
    elapsed_ms_ = kTickMs;
    segment_start_ = 0;
    segment_ticks_ = elapsed_ticks();
    DtmfPacket first = packet(false);
    first.marker = true;
    first.begins = true;
    return first;
}

DtmfPacket DtmfSender::continue_press() {
    // RFC 4733 §2.5.1.3: a segment that reported its longest duration goes on where it ended.
    if (segment_ticks_ == kLongestSegment) segment_start_ += kLongestSegment;
    elapsed_ms_ += kTickMs;
    segment_ticks_ = std::min(elapsed_ticks() - segment_start_, kLongestSegment);
    const bool full = segment_ticks_ == kLongestSegment;
    if (full || elapsed_ms_ < current_.duration_ms) return packet(false);
    state_ = State::ending;
    ends_sent_ = 1;
    return packet(true);
}

std::optional<DtmfPacket> DtmfSender::tick() {
    if (state_ == State::pressed) return continue_press();
    if (state_ == State::ending) {
        if (++ends_sent_ == kEndPackets) {
            state_ = State::pause;
            // A packet tells of its tick's end, so the first end is a tick early; its repetitions lie in the
            // pause.
            pause_ms_ = kPauseMs + kTickMs - (kEndPackets - 1) * kTickMs;
        }
        return packet(true);
    }
    if (state_ == State::pause) {
        pause_ms_ -= kTickMs;
        if (pause_ms_ > 0) return std::nullopt;
        state_ = State::idle;
    }
    if (count_ == 0) return std::nullopt;
    return begin_press();
}

}  // namespace causeway::rtp
