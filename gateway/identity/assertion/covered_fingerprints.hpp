// The fingerprints that an identity's `contents` speak for (RFC 8827 §7.4). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "gateway/identity/fingerprint.hpp"

namespace causeway::identity {

/// As Fingerprint is written: algorithm in lower, digest in upper case, no spaces around. Both are compared
/// without regard to case (RFC 8122 §5; Chromium's getFingerprints() is lower case, its SDP upper case).
Fingerprint normal_fingerprint(std::string_view algorithm, std::string_view digest);

/// `{"fingerprint":[{"algorithm","digest"},...]}`; other members may be there. Entries that are no
/// fingerprints cover nothing. The Error is the verdict's reason.
Result<std::vector<Fingerprint>> covered_fingerprints(std::string_view contents);

/// The JSON that covers them, the strings as an SDP has them.
std::string contents_for(const std::vector<Fingerprint>& fingerprints);

}  // namespace causeway::identity
