// What the operator decided about identity, as calls look it up: who may show which number, what each trunk
// is told and believed, who signs. Immutable; made once from the configuration.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "gateway/identity/assertion/assertion_maker.hpp"
#include "gateway/identity/passport/passport_signer.hpp"
#include "gateway/identity/policy/number_table.hpp"
#include "gateway/identity/policy/outbound_policy.hpp"
#include "gateway/identity/policy/trunk_trust.hpp"

namespace causeway::call {

struct TrunkIdentity {
    identity::TrunkTrust trust;
    std::shared_ptr<const identity::PassportSigner> signer;  ///< null: nothing is signed for it
};

class IdentityBook {
  public:
    identity::NumberTable numbers{{}};
    identity::OutboundPolicy policy;
    std::int64_t freshness = 60;                  ///< of PASSporTs, seconds
    std::map<std::string, TrunkIdentity> trunks;  ///< by name; others are untrusted and get nothing
    std::string origid_secret;
    /// Null when the gateway vouches for nobody towards browsers.
    std::shared_ptr<const identity::AssertionMaker> assertions;

    const TrunkIdentity& of(const std::string& trunk) const {
        static const TrunkIdentity kStranger = [] {
            TrunkIdentity stranger;
            stranger.trust.stir_in = identity::InboundStir::ignore;
            return stranger;
        }();
        const auto found = trunks.find(trunk);
        return found == trunks.end() ? kStranger : found->second;
    }
};

}  // namespace causeway::call
