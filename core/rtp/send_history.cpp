#include "core/rtp/send_history.hpp"

#include <algorithm>

namespace causeway::rtp {

namespace {

constexpr int kTwice = 2;
constexpr Duration kSecond = std::chrono::seconds(1);

}  // namespace

SendHistory::SendHistory() : bytes_(std::make_unique<std::uint8_t[]>(kPackets * kLongest)) {}

void SendHistory::keep(SequenceNumber sequence, std::span<const std::uint8_t> packet) {
    const std::size_t index = sequence.value % kPackets;
    slots_[index] = {};
    if (packet.empty() || packet.size() > kLongest) return;
    std::copy(packet.begin(), packet.end(), bytes_.get() + index * kLongest);
    slots_[index] = {sequence, static_cast<std::uint16_t>(packet.size()), 0};
}

std::span<const std::uint8_t> SendHistory::give(SequenceNumber sequence, Instant now) {
    const std::size_t index = sequence.value % kPackets;
    Slot& slot = slots_[index];
    if (slot.size == 0 || slot.sequence != sequence || slot.given == kTwice) return {};
    if (now - second_ >= kSecond) {
        second_ = now;
        given_ = 0;
    }
    if (given_ == kPerSecond) return {};
    ++given_;
    ++slot.given;
    return {bytes_.get() + index * kLongest, slot.size};
}

}  // namespace causeway::rtp
