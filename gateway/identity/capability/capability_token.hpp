// A signed, short-lived permission to call: what an application server gives to a page whose user need not be
// known. Minted and read here; how often it was used is the ledger's business. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.hpp"
#include "core/jose/key.hpp"
#include "gateway/identity/attestation.hpp"

namespace causeway::identity {

/// Clocks may differ by so many seconds.
inline constexpr std::int64_t kCapabilitySkew = 30;

struct Capability {
    std::string id = {};      ///< `jti`: what records and logs show
    std::string issuer = {};  ///< `iss`: the application server's name in the configuration
    std::int64_t issued_at = 0;
    std::int64_t expires_at = 0;
    std::vector<std::string> callees = {};  ///< patterns as in routes' `to`; at least one
    std::string number = {};                ///< caller number to present, "" for none
    std::string identity = {};              ///< user@domain to present, "" for none
    std::string display = {};
    /// X- headers with the values that go to SIP.
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::optional<int> max_duration_seconds = {};  ///< of each call
    std::optional<int> max_concurrent = {};
    std::optional<int> max_uses = {};
    bool recording_allowed = false;
    std::string page = {};  ///< pattern of the calling page's URL, "" for any

    friend bool operator==(const Capability&, const Capability&) = default;
};

/// An application server that may mint, and what at most.
struct CapabilityIssuer {
    std::string name;
    jose::VerifyKey key;
    jose::Algorithm algorithm = jose::Algorithm::es256;  ///< ES256, or HS256 with a shared secret
    std::int64_t longest_life = 3600;                    ///< seconds between iat and exp
};

/// Why a token is not good; each is an end reason of its own towards the page.
enum class CapabilityFault { invalid, expired, callee, page, used_up, too_many_calls };

struct CapabilityRefusal {
    CapabilityFault fault = CapabilityFault::invalid;
    std::string why;
};

/// The token: JWS, typ "causeway-call+jwt". An id is made when there is none. "" when the key cannot sign.
std::string mint(const Capability& capability, const jose::SigningKey& key, jose::Algorithm algorithm);

/// Claims of the JSON that `POST /v1/tokens` takes (the same members as in the token, without `iss`, and
/// "ttl" seconds instead of times): `issued_at` is 0 and `expires_at` the ttl. The Error names the member at
/// fault.
Result<Capability> capability_of_request(std::string_view json);

/// Signature, issuer, times (30 s of skew), form. The refusal is `invalid` or `expired`.
struct ReadCapability {
    std::optional<Capability> capability;
    CapabilityRefusal refusal;  ///< when there is no capability
};
ReadCapability read_token(std::string_view token, const std::vector<CapabilityIssuer>& issuers,
                          std::int64_t now);

/// The claims without any check of the signature: for `causeway token show` only.
Result<Capability> peek_token(std::string_view token);

/// Whether it allows a call to `callee` from that page.
std::optional<CapabilityRefusal> refusal_of(const Capability& capability, std::string_view callee,
                                            std::string_view page);

/// JSON with all members, for people and for the answer of the door.
std::string to_json(const Capability& capability);

}  // namespace causeway::identity
