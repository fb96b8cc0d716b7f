// The JSON of a capability: which members there are, what each may hold, and how it is written. Only for this
// room.
#pragma once

#include <boost/json/fwd.hpp>

#include "core/base/error.hpp"
#include "gateway/identity/capability/capability_token.hpp"

namespace causeway::identity {

enum class ClaimsKind { token, request };

/// The Error begins with the name of the member at fault.
Result<Capability> claims_of(const boost::json::object& object, ClaimsKind kind);

boost::json::object json_of(const Capability& capability);

/// Letters, digits and . _ - only, at most 64: fit for records and logs.
bool is_token_id(std::string_view text);

}  // namespace causeway::identity
