#include "gateway/media/delay_control.hpp"

#include <algorithm>

namespace causeway::media {
namespace {

using std::chrono::milliseconds;

constexpr Duration kWindow = milliseconds(400);
constexpr int kHastyFrames = 5;  ///< enough to see that much is waiting
/// The clock stands a little before the quickest packet: to wait for a packet costs nothing.
constexpr Duration kAhead = milliseconds(1);
constexpr Duration kExactEnough = std::chrono::microseconds(500);
constexpr Duration kStepEarlier = milliseconds(1);
constexpr Duration kStepLater = milliseconds(2);

}  // namespace

void DelayControl::packet_taken(Duration slack) {
    least_slack_ = std::min(least_slack_, slack);
}

void DelayControl::frame_given(Duration left_over) {
    // While the clock moves there is nothing to be measured.
    if (shift_ != Duration::zero()) return restart_window();
    least_left_ = std::min(least_left_, left_over);
    ++frames_;
    const bool much =
        frames_ >= kHastyFrames && least_slack_ != Duration::max() && least_slack_ >= 3 * frame_;
    if (frames_ * frame_ >= kWindow || much) decide();
}

void DelayControl::decide() {
    excess_ = {};
    shift_ = {};
    if (least_slack_ != Duration::max()) {
        Duration rest = least_slack_ + kAhead;
        // Within a frame the clock can be moved, which no ear hears.
        Duration whole{};
        if (rest >= frame_) whole = rest / frame_ * frame_;
        if (rest < -frame_ / 2) whole = -((-rest + frame_ / 2) / frame_ * frame_);
        rest -= whole;
        excess_ = whole < Duration::zero() ? whole : whole + least_left_;
        if (rest > kExactEnough || rest < -kExactEnough) shift_ = -rest;
    }
    restart_window();
}

void DelayControl::restart_window() {
    least_slack_ = least_left_ = Duration::max();
    frames_ = 0;
}

void DelayControl::stretched(Duration by) {
    excess_ -= by;
    shift_ = {};
    restart_window();
}

void DelayControl::restart() {
    excess_ = shift_ = {};
    restart_window();
}

Duration DelayControl::take_shift() {
    const Duration step = std::clamp(shift_, -kStepEarlier, kStepLater);
    shift_ -= step;
    return step;
}

}  // namespace causeway::media
