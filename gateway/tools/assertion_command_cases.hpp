// The JSON of `causeway assertion verify`: providers as files and cases have them, one case per line, one
// answer per line. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "gateway/identity/assertion/assertion_verifier.hpp"

namespace causeway::tools {

/// One provider or an array of them. Members that are missing or null have the gateway's defaults, unknown
/// ones are ignored.
Result<std::vector<identity::IdentityProvider>> providers_in(const boost::json::value& json);

/// The check that refused and what about it: "expired: iat too old for max_age".
std::string reason_of(const identity::AssertionVerdict& verdict);

/// {"result","why","identity"}, in one line without its end.
std::string answer_of(const identity::AssertionVerdict& verdict);

/// "valid", "invalid", "none" or "unknown_idp".
std::string_view word_for(identity::AssertionVerdict::Result result);

/// The answer to one case; when it is none, "invalid" with the fault as "why" and "error".
std::string answer_case(std::string_view line);

}  // namespace causeway::tools
