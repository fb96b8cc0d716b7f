// The gateway as an identity provider for its browsers (RFC 8827 §7): makes a=identity for its descriptions
// and answers the page's IdP proxy. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/jose/key.hpp"
#include "gateway/identity/fingerprint.hpp"

namespace causeway::identity {

struct GatewayIdentitySettings {
    std::string domain;  ///< public name of the gateway, lower case, A-labels, without port 443
    std::string protocol = "sipgw1";
};

class AssertionMaker {
  public:
    AssertionMaker(GatewayIdentitySettings settings, jose::SigningKey key);

    /// The value of a=identity: `name` is the user part ("+12155551212"), the domain is always the gateway's.
    std::string make(std::string_view name, const std::vector<Fingerprint>& fingerprints, std::int64_t now,
                     std::string_view jti) const;
    /// What the IdP proxy's question gets: JSON {"identity","contents"}, or why not. Body: the assertion.
    Result<std::string> validate(std::string_view assertion, std::int64_t now) const;
    /// JWKS with the one key.
    std::string jwks() const;
    /// The IdP proxy's script (RFC 8827 §7.2): ASCII, asks `/identity/verify` of its own origin; its
    /// generateAssertion always fails.
    std::string proxy_script() const;

    const GatewayIdentitySettings& settings() const { return settings_; }

  private:
    GatewayIdentitySettings settings_;
    jose::SigningKey key_;
};

}  // namespace causeway::identity
