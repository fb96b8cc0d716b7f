// Verifies Identity headers (RFC 8224 §6.2) of an incoming request: which checks, in which order, with which
// answer. Pure: certificates are given, the time is given. RFC 8225, 8226, 8588, 8946, 9118.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/jose/certificate.hpp"
#include "gateway/identity/attestation.hpp"
#include "gateway/identity/fingerprint.hpp"
#include "gateway/identity/replay_cache.hpp"

namespace causeway::identity {

enum class OriginSource { from, pai };

/// What the signalling says, as received: nothing of it is believed yet.
struct PassportRequest {
    std::string from;                ///< the From header's value or its URI
    std::optional<std::string> pai;  ///< P-Asserted-Identity; nullopt when absent or not to be looked at
    std::string to;                  ///< To
    std::string request_uri;
    std::optional<std::string> date;  ///< Date header (RFC 3261 §20.17)
    std::int64_t now = 0;             ///< seconds since 1970
    std::vector<Fingerprint> sdp_fingerprints;
    std::vector<std::string> identity;  ///< values of Identity and y rows; a comma list counts as several
};

struct PassportPolicy {
    bool require = false;  ///< RFC 8224 §6.2.2: 428 when there is none
    OriginSource origin = OriginSource::from;
    std::int64_t freshness = 60;  ///< seconds, both ways; RFC 8224 §4.1
};

struct DivertedNumber {
    std::string from;  ///< canonical number or URI of `div`
    std::string to;    ///< of `dest`
};

struct PassportVerdict {
    enum class Result { none, valid, invalid };

    Result result = Result::none;
    int code = 0;     ///< 428, 436, 437, 438 or 403 when invalid (or required and none), else 0
    std::string why;  ///< names the check in the specification's own words; "" when valid
    Attestation attestation = Attestation::none;
    std::string origin;  ///< canonical number or URI that the PASSporT speaks for
    std::string origid;
    bool mky = false;  ///< it binds the media keys, and they fit
    std::vector<DivertedNumber> diversions;
    std::string signer;  ///< the leaf's common name
    std::string x5u;
};

/// The certificate behind an x5u: a chain, or why it could not be had.
using CertificateLookup = std::function<Result<jose::CertificateChain>(const std::string& url)>;

/// The x5u of every row that survives the checks which cost nothing, without repetition, at most 8: what must
/// be fetched before `verify_passports`.
std::vector<std::string> wanted_certificates(const PassportRequest& request, const PassportPolicy& policy);

/// What a lookup gives back for a body that was fetched: the chain, or an Error that makes it a credential
/// that is not supported (437) and not one that could not be fetched (436).
Result<jose::CertificateChain> read_certificate(std::string_view pem);

/// `replays` may be null (offline).
PassportVerdict verify_passports(const PassportRequest& request, const PassportPolicy& policy,
                                 const jose::TrustStore& roots, const CertificateLookup& certificate_of,
                                 ReplayCache* replays);

/// The same; without roots nobody is trusted.
PassportVerdict verify_passports(const PassportRequest& request, const PassportPolicy& policy,
                                 const jose::TrustStore* roots, const CertificateLookup& certificate_of,
                                 ReplayCache* replays);

}  // namespace causeway::identity
