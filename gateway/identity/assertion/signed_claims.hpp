// The checks that every signed token goes through, whatever it binds: JWS header, key, signature (RFC 7515
// §5.2), issuer, audience and times (RFC 7519 §4.1). Pure. Every Error is the verdict's reason.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/jose/jws.hpp"
#include "core/jose/key.hpp"
#include "gateway/identity/assertion/assertion_verifier.hpp"

namespace causeway::identity {

/// The reason behind an Error of strict JSON: "too long", "duplicate member" or "malformed JSON", and
/// `where`.
std::string json_fault(const Error& error, std::string_view where);

/// A token whose header is in order; nothing is verified yet.
struct OpenedToken {
    jose::CompactJws jws;
    jose::Algorithm algorithm = jose::Algorithm::es256;
    std::optional<std::string> kid;
};

/// `types`: accepted `typ`; with "" among them it may be missing. `crit` is refused.
Result<OpenedToken> open_token(std::string_view token, const std::vector<std::string_view>& types,
                               const std::vector<jose::Algorithm>& algorithms);

/// The provider's keys for that token. An unknown `kid` (or a set with no key at all) is told by
/// `unknown_key`. As OIDC Core §10.1 has it, a token must name its key when several fit.
Result<std::vector<jose::VerifyKey>> keys_for(const OpenedToken& token, const KeySet& keys,
                                              bool& unknown_key);

/// The claims, when one of the keys verifies the signature.
Result<boost::json::object> claims_of(const OpenedToken& token, const std::vector<jose::VerifyKey>& keys);

/// One of `audiences` is in `aud`, a string or an array of them. None configured: not checked.
bool names_audience(const boost::json::object& claims, const std::vector<std::string>& audiences);

struct TimeRules {
    std::int64_t now = 0;
    std::int64_t skew = 0;
    std::optional<std::int64_t> max_age;  ///< since `iat`
    bool exp_needed = true;
    bool iat_needed = true;
};
/// exp, iat, nbf.
Result<void> check_times(const boost::json::object& claims, const TimeRules& rules);

}  // namespace causeway::identity
