// One PASSporT as read from an Identity header field: syntax only, nothing is compared with the signalling.
// RFC 8225, RFC 8588, RFC 8946. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/jose/jws.hpp"
#include "gateway/identity/attestation.hpp"
#include "gateway/identity/fingerprint.hpp"
#include "gateway/identity/passport/fault.hpp"
#include "gateway/identity/passport/passport_signer.hpp"

namespace causeway::identity {

/// RFC 8225 §5.2.1: a telephone number or a URI, in canonical form.
struct Party {
    bool is_number = false;
    std::string value;

    friend bool operator==(const Party&, const Party&) = default;
};

struct Passport {
    PassportKind kind = PassportKind::base;
    jose::CompactJws jws;
    std::string x5u;
    Party origin;
    std::vector<Party> destinations;
    std::int64_t issued_at = 0;
    Attestation attestation = Attestation::none;
    std::string origid;
    std::optional<std::vector<Fingerprint>> media_keys;  ///< sorted, without repetition
    std::optional<Party> diverted;                       ///< `div`
    /// All claims by name: the text of strings, the canonical JSON of others. For JWTClaimConstraints.
    std::map<std::string, std::string> claims;
};

/// RFC 8224 §4.1, last item: what `mky` has to say for these. Sorted, without repetition, digests without
/// colons.
std::vector<Fingerprint> as_media_keys(const std::vector<Fingerprint>& fingerprints);

/// 8-4-4-4-12 hexadecimal digits (RFC 8588 §5).
bool is_uuid(std::string_view text);

/// An https URL of printable characters with a host, without user information.
bool is_https_url(std::string_view url);

struct ReadPassport {
    bool ignored = false;  ///< RFC 8224 §6.2 step 1: of a kind that is not supported
    bool is_div = false;   ///< says of itself that it is one, even when it cannot be read
    Checked fault;
    Passport passport;  ///< when there is no fault
};

/// Reads one row of `split_rows`.
ReadPassport read_passport(std::string_view row);

}  // namespace causeway::identity
