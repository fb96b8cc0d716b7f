#include "gateway/media/frame_clock.hpp"

#include <algorithm>

#include "core/rtp/sequence.hpp"

namespace causeway::media {
namespace {

constexpr Duration kStep = std::chrono::milliseconds(1);

}  // namespace

void FrameClock::set_frame(Duration frame, std::uint32_t ticks) {
    frame_ = frame;
    frame_ticks_ = ticks;
}

void FrameClock::start(Instant due, RtpTime time) {
    running_ = true;
    due_ = due;
    time_ = time;
    lead_ = {};
}

void FrameClock::advance(Duration shift) {
    due_ += frame_ + shift;
    time_ = rtp::advanced(time_, frame_ticks_);
}

void FrameClock::advance_in_silence() {
    const Duration paid = std::min(lead_, kStep);
    lead_ -= paid;
    advance(paid);
}

std::uint64_t FrameClock::skip_missed(Instant now, Duration limit) {
    if (!running_ || now - due_ <= limit) return 0;
    const auto missed = (now - due_) / frame_;
    due_ += missed * frame_;
    time_ = rtp::advanced(time_, missed * frame_ticks_);
    return static_cast<std::uint64_t>(missed);
}

bool FrameClock::join(Instant wanted) {
    const Duration late = wanted - due_;
    const bool near = late < kStep && late > -kStep;
    if (near || late >= frame_ || late <= -frame_) return false;
    if (late < Duration::zero()) {
        // Earlier than the time line says. That costs a receiver with a fixed buffer the same delay as
        // waiting would; it must not add up over many spurts.
        if (lead_ - late >= frame_) return false;
        lead_ -= late;
        due_ = wanted;
        return false;
    }
    const Duration paid = std::min(lead_, late);
    lead_ -= paid;
    due_ = wanted;
    const std::uint32_t gap = ticks_of(late - paid);
    time_ = rtp::advanced(time_, gap);
    return gap > 0;
}

std::uint32_t FrameClock::ticks_of(Duration time) const {
    return static_cast<std::uint32_t>(time * static_cast<std::int64_t>(frame_ticks_) / frame_);
}

}  // namespace causeway::media
