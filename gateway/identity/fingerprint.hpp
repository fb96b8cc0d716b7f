// A certificate's fingerprint as SDP writes it (RFC 8122 §5).
#pragma once

#include <string>

namespace causeway::identity {

struct Fingerprint {
    std::string algorithm;  ///< lower case, "sha-256"
    std::string digest;     ///< upper-case hex pairs with colons

    friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

}  // namespace causeway::identity
