// How long a response may be taken for fresh. Pure, any thread. RFC 9111 §4.2.
#pragma once

#include <chrono>
#include <string_view>

#include "core/base/clock.hpp"

namespace causeway::fetch {

/// The values of a response's fields, several lines of one joined by commas; "" for none.
struct FreshnessFields {
    std::string_view cache_control;
    std::string_view age;
    std::string_view expires;
    std::string_view date;
};

inline constexpr std::chrono::seconds kLongestFresh{24 * 3600};

/// From the moment `received`, at most 24 hours; 0 when the response does not say or must not be kept.
std::chrono::seconds fresh_for(const FreshnessFields& fields, WallTime received);

}  // namespace causeway::fetch
