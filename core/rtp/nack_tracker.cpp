#include "core/rtp/nack_tracker.hpp"

#include <algorithm>

#include "core/base/footprint.hpp"
#include "core/rtp/sequence.hpp"

namespace causeway::rtp {

namespace {

constexpr int kAskTwice = 2;
constexpr Duration kSlack = std::chrono::milliseconds(10);  ///< of an answer's way, over the round trip

}  // namespace

void NackTracker::on_packet(Ssrc ssrc, SequenceNumber sequence, Instant now) {
    const int step = distance(sequence, newest_);
    const bool gap_is_small = step <= static_cast<int>(kMost) && step > -0x400;
    if (ssrc_ != ssrc || !gap_is_small) {
        ssrc_ = ssrc;
        newest_ = sequence;
        size_ = 0;
        return;
    }
    if (step <= 0) {
        const auto all = std::span(missing_).first(size_);
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Missing& one) { return one.sequence == sequence; });
        if (found != all.end()) remove(static_cast<std::size_t>(found - all.begin()));
        return;
    }
    for (int i = 1; i < step; ++i) {
        if (size_ == kMost) remove(0);
        missing_[size_++] = {advanced(newest_, i), now, {}, 0};
    }
    newest_ = sequence;
}

std::span<const SequenceNumber> NackTracker::due(Duration round_trip, Duration patience, Instant now) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < size_;) {
        Missing& one = missing_[i];
        const bool answered_by_now = one.times == 0 || now - one.asked >= round_trip * 3 / 2 + kSlack;
        const bool hopeless = now + round_trip > one.since + patience;
        if (hopeless || (answered_by_now && one.times == kAskTwice)) {
            remove(i);
            continue;
        }
        if (answered_by_now) {
            asked_for_[count++] = one.sequence;
            one.asked = now;
            ++one.times;
        }
        ++i;
    }
    return std::span(asked_for_).first(count);
}

void NackTracker::add_to(Footprint& footprint) const {
    footprint.add(ssrc_, newest_, size_);
}

void NackTracker::remove(std::size_t at) {
    std::copy(missing_.begin() + static_cast<std::ptrdiff_t>(at) + 1,
              missing_.begin() + static_cast<std::ptrdiff_t>(size_),
              missing_.begin() + static_cast<std::ptrdiff_t>(at));
    --size_;
}

}  // namespace causeway::rtp
