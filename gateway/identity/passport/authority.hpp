// Whether a certificate may sign what it signed: RFC 8224 §6.2 step 3 and §7.2, RFC 8226, RFC 9118, RFC 5922.
// Trust in the chain is judged elsewhere. Pure.
#pragma once

#include <string_view>

#include "core/jose/certificate.hpp"
#include "gateway/identity/passport/fault.hpp"
#include "gateway/identity/passport/passport.hpp"

namespace causeway::identity {

/// RFC 5280 §4.2.1.3: a key that is kept to other uses, such as signing certificates, signs no PASSporT.
Checked check_key_usage(const jose::CertificateChain& chain);

/// For a number its TNAuthList, for a URI a subjectAltName with the domain.
Checked check_authority(const jose::CertificateChain& chain, const Party& party);

/// RFC 5922 §7.1, §7.2: a URI without user, or a DNS name when there is none; no wildcards.
bool covers_domain(const jose::CertificateChain& chain, std::string_view domain);

Checked check_constraints(const jose::CertificateChain& chain,
                          const std::map<std::string, std::string>& claims);

}  // namespace causeway::identity
