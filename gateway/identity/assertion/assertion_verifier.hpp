// Verifies a web identity bound to a media session: a=identity (RFC 8827), natively, or as an OIDC id_token
// whose nonce holds the fingerprints; further a DPoP-bound access token (RFC 9449) and an introspection
// answer (RFC 7662). Pure: keys and time are given.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/jose/key.hpp"
#include "gateway/identity/attestation.hpp"
#include "gateway/identity/fingerprint.hpp"
#include "gateway/identity/replay_cache.hpp"

namespace causeway::identity {

/// How the fingerprints and the user are tied together.
enum class Binding { contents, oidc_nonce, dpop, introspection };

/// One identity provider that the operator trusts.
struct IdentityProvider {
    std::string domain;                  ///< lower case, A-labels, no port
    std::vector<std::string> protocols;  ///< RFC 8827 §7.5; "default" when the assertion names none
    std::string issuer;
    Binding binding = Binding::contents;
    std::string type;  ///< demanded `typ`; "" for the binding's own
    std::vector<jose::Algorithm> algorithms{jose::Algorithm::es256};
    std::vector<std::string> audiences;  ///< one of them must be in `aud`; none: the check is not made
    std::string name_claim = "sub";
    std::vector<std::pair<std::string, std::string>> required_claims;  ///< name and JSON text of the value
    std::vector<std::string> may_assert;                               ///< other domains that it speaks for
    std::int64_t max_age = 300;                                        ///< seconds since `iat`
    std::int64_t skew = 30;
    Attestation cap = Attestation::a;
};

/// The keys of one provider, by the whole set (RFC 7517 §5).
class KeySet {
  public:
    /// JWKS JSON. Keys that cannot be used here are left out. The Error says why it is no set.
    static Result<KeySet> from_jwks(std::string_view json);

    /// The keys with that kid; without a kid, all.
    std::vector<jose::VerifyKey> find(const std::optional<std::string>& kid) const;
    bool knows(std::string_view kid) const;
    std::size_t size() const { return keys_.size(); }

  private:
    std::vector<std::pair<std::optional<std::string>, jose::VerifyKey>> keys_;
};

/// The reason when the identity does not hold for what the media uses.
inline constexpr const char* kNotCovered = "fingerprint not covered";

/// The reason's kind decides what the caller hears: one of B6..B9 of the policy.
enum class AssertionFault { none, invalid, fingerprint, expired, replay, unknown_key };

struct AssertionVerdict {
    enum class Result { none, valid, invalid, unknown_idp };

    Result result = Result::none;
    AssertionFault fault = AssertionFault::none;
    std::string why;       ///< names the check in the specification's own words; "" when valid
    std::string detail;    ///< what about it, for operators; may be ""
    std::string identity;  ///< "user@domain", when valid
    std::string provider;  ///< the provider's domain
    Binding binding = Binding::contents;
    Attestation cap = Attestation::none;
    std::string kid;  ///< with unknown_key: what the provider's set lacks
};

/// Which provider a description's a=identity names; nothing else is checked.
struct AssertionClaim {
    enum class State { none, malformed, present };

    State state = State::none;
    std::string why;        ///< when malformed; behind ": " what about it
    std::string domain;     ///< lower case, without port and userinfo
    std::string protocol;   ///< "default" when not named
    std::string assertion;  ///< the opaque string
};
/// RFC 8827 §5: the first session-level a=identity of the SDP, at most 16 KiB.
AssertionClaim claim_of(std::string_view sdp);

/// All a=fingerprint values of an SDP, session and media level, without repetition.
std::vector<Fingerprint> fingerprints_of(std::string_view sdp);

/// The provider for that claim, exactly by domain and protocol; null when none is configured.
const IdentityProvider* provider_of(const AssertionClaim& claim,
                                    const std::vector<IdentityProvider>& providers);

struct AssertionRequest {
    std::string_view sdp;
    std::int64_t now = 0;
    /// The certificate really used in DTLS; nullopt: not known yet, or already held against the SDP by the
    /// media.
    std::optional<Fingerprint> dtls;
    /// For the replay cache: who uses the assertion. The same one may use it again with the same
    /// fingerprints.
    std::string session;
    /// Seconds for which a use is remembered at least; always for as long as the assertion could come again.
    std::int64_t replay_window = 0;
};

/// `keys`: of the claim's provider. `replays` may be null (offline). With Binding::introspection the answer
/// of the provider's endpoint is given as `introspection` (RFC 7662 §2.2 JSON) and `keys` is not looked at.
AssertionVerdict verify_assertion(const AssertionRequest& request,
                                  const std::vector<IdentityProvider>& providers, const KeySet& keys,
                                  std::string_view introspection, ReplayCache* replays);

/// "alice@example.org" is a well-formed identity that `provider` may assert (RFC 8827 §8.1). The reason when
/// not.
std::optional<std::string> identity_fault(std::string_view identity, const IdentityProvider& provider);

}  // namespace causeway::identity
