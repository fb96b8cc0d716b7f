// JSON of strangers: bounded, no member twice, nothing behind the value. RFC 7519 §4 wants duplicates
// refused, Boost.JSON alone keeps the last one silently. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace causeway::jose {

inline constexpr std::size_t kLongestJson = 65536;

/// Depth at most 8. The Error begins with one of: "too long", "malformed JSON", "duplicate member",
/// "not an object".
Result<boost::json::object> parse_object(std::string_view text, std::size_t longest = kLongestJson);

/// The member when it is there and of that type.
std::optional<std::string> string_member(const boost::json::object& object, std::string_view name);
/// RFC 7519 §2 NumericDate, in whole seconds (a fraction is cut off); numbers beyond 2^53 are none.
std::optional<std::int64_t> date_member(const boost::json::object& object, std::string_view name);

/// RFC 8225 §9: members in code-point order at all levels, no white space.
std::string canonical(const boost::json::value& value);

}  // namespace causeway::jose
