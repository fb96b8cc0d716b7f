// What an identity provider's documents and an opaque assertion say about where to ask. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace causeway::identity {

/// `jwks_uri` of an OpenID provider's configuration (OpenID Connect Discovery 1.0 §4.3: `issuer` must be
/// exactly the one that was asked for).
Result<std::string> jwks_uri_of(std::string_view discovery, std::string_view issuer);

/// The opaque token inside the assertion of an introspection provider: `{"token", "contents"}`. nullopt when
/// there is none.
std::optional<std::string> token_of(std::string_view assertion);

}  // namespace causeway::identity
