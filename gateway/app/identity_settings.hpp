// The configuration's identity sections as the rooms of identity want them, with the files that they name
// read.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/loader.hpp"
#include "core/jose/certificate.hpp"
#include "gateway/call/identity_book.hpp"
#include "gateway/fetch/web_fetch.hpp"
#include "gateway/identity/assertion/assertion_verifier.hpp"
#include "gateway/identity/capability/capability_token.hpp"

namespace causeway::app {

/// What `--check-config` can only know by reading keys and certificates: a key that is not its certificate's,
/// a certificate that may not speak for the numbers of the table, roots that are none. `now` in seconds since
/// 1970.
std::vector<config::Fault> identity_faults(const config::Loaded& loaded, std::int64_t now);

/// For a configuration without such faults; throws std::runtime_error with the file that failed.
std::shared_ptr<const call::IdentityBook> identity_book(const config::Config& config, std::int64_t now);

std::vector<identity::IdentityProvider> identity_providers(const config::Config& config);
/// The roots whose callers are believed; none without `stir.roots`.
std::optional<jose::TrustStore> trust_store(const config::Config& config);
fetch::FetchSettings fetch_settings(const config::Config& config);

/// Those of the configuration; one with an api_key a second time with the gateway's own key, which signs what
/// `POST /v1/tokens` hands out.
std::vector<identity::CapabilityIssuer> capability_issuers(const config::Config& config,
                                                           const jose::SigningKey& own);

}  // namespace causeway::app
