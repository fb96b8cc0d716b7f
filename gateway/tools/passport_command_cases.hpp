// The JSON of `causeway passport verify`: one case per line, one answer per line. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "gateway/identity/passport/passport_verifier.hpp"

namespace causeway::tools {

/// {"require","orig_from","freshness"}: missing members have the gateway's defaults, unknown ones are
/// ignored.
Result<identity::PassportPolicy> passport_policy_in(std::string_view json);

/// "valid", "invalid" or "none". A request that the policy refuses for its lack of a PASSporT is invalid.
std::string_view word_for(const identity::PassportVerdict& verdict);

/// {"result","code","why","attest","orig","mky","div"} in one line without its end: `code` when invalid,
/// `attest` and `orig` when there are any, `div` as the numbers that diverted, in order.
std::string answer_of(const identity::PassportVerdict& verdict);

/// The answer to one case; when it is none, invalid without a code, and with "error".
std::string answer_passport_case(std::string_view line);

}  // namespace causeway::tools
