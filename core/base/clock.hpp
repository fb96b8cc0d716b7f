// Time as an argument: pure rooms take `now`; only edges ask the clock.
#pragma once

#include <chrono>

namespace causeway {

/// Monotonic, for intervals and deadlines.
using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
/// Wall clock, for records and certificates.
using WallTime = std::chrono::system_clock::time_point;

}  // namespace causeway
