#include "gateway/media/load_governor.hpp"

#include <algorithm>
#include <limits>

namespace causeway::media {
namespace {

// Shares of the limit. A step of complexity changes a call's cost by a seventh at most, so that raising it
// from kCalm does not lead to kTense again.
constexpr double kTense = 0.75;
constexpr double kCalm = 0.6;
constexpr double kAdmitAgain = 0.9;
/// The share shows a step's effect only after a while.
constexpr Duration kBetweenSteps = std::chrono::milliseconds(500);
constexpr Duration kCalmBeforeRaise = std::chrono::seconds(5);
/// Jitter buffers of receivers feel it, and not by chance: so late so often in a row.
constexpr Duration kLate = std::chrono::milliseconds(60);
constexpr int kLateLooks = 4;
/// No call costs less: what a burst between two looks is bounded by.
constexpr double kCheapestCall = 0.002;

}  // namespace

LoadGovernor::LoadGovernor(const LoadLimits& limits) : limits_(limits), complexity_(limits.complexity) {
    reset();
}

void LoadGovernor::reset() {
    complexity_ = limits_.complexity;
    admits_ = true;
    late_looks_ = 0;
    calm_ = false;
    admit(0, 0);
}

void LoadGovernor::look(double busy, Duration late, Instant now) {
    late_looks_ = late > kLate ? late_looks_ + 1 : 0;
    const double pressure = late_looks_ >= kLateLooks ? 1 : busy / limits_.most;
    ease(pressure, now);
    admit(busy, pressure);
}

void LoadGovernor::ease(double pressure, Instant now) {
    const bool was_calm = calm_;
    calm_ = pressure < kCalm;
    if (!was_calm) calm_since_ = now;
    if (pressure >= 1) {
        complexity_ = limits_.complexity_min;
        eased_ = now;
    } else if (pressure > kTense && complexity_ > limits_.complexity_min && now - eased_ >= kBetweenSteps) {
        --complexity_;
        eased_ = now;
    } else if (calm_ && complexity_ < limits_.complexity && now - calm_since_ >= kCalmBeforeRaise) {
        ++complexity_;
        calm_since_ = now;
    }
}

void LoadGovernor::admit(double busy, double pressure) {
    if (limits_.most >= 1) {
        room_ = std::numeric_limits<int>::max();
        return;
    }
    if (pressure >= 1) admits_ = false;
    if (pressure < kAdmitAgain) admits_ = true;
    room_ = admits_ ? std::max(1, static_cast<int>((limits_.most - busy) / kCheapestCall)) : 0;
}

}  // namespace causeway::media
