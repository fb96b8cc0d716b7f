// What each way of binding a user to fingerprints proves: the provider's claims and the `contents` that they
// hold for. Pure.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"
#include "gateway/identity/assertion/assertion_verifier.hpp"

namespace causeway::identity {

/// What the opaque string of an assertion is held against.
struct Evidence {
    const IdentityProvider& provider;
    const KeySet& keys;
    std::string_view introspection;
    std::int64_t now = 0;
};

/// What it turned out to say.
struct Testimony {
    std::shared_ptr<const boost::json::object> claims;
    std::string contents;  ///< RFC 8827 §7.4
    std::string once;  ///< what may be used once: `jti`, or the text that was signed or asked about; never
                       ///< the signature nor what is around it, which anybody can write in another way
    std::int64_t until = 0;  ///< nobody accepts it later
    Attestation cap = Attestation::a;
};

/// By the provider's binding. The Error is the verdict's reason; `unknown_kid` the key that its set lacks.
Result<Testimony> testimony(std::string_view assertion, const Evidence& evidence,
                            std::optional<std::string>& unknown_kid);

/// RFC 9449 §4.3: the proof in `proof` is for that access token and for these contents. Gives its `jti`.
struct ProofRules {
    std::string_view access_token;
    std::string_view key_thumbprint;  ///< the access token's cnf.jkt
    std::string_view nonce;
    const IdentityProvider& provider;
    std::int64_t now = 0;
};
struct DpopProof {
    std::string id;  ///< `jti`
    std::int64_t issued = 0;
};
Result<DpopProof> check_proof(std::string_view proof, const ProofRules& rules);

/// base64url(SHA-256(text)): how contents become a nonce and an access token becomes `ath`.
std::string hash_of(std::string_view text);

}  // namespace causeway::identity
