// Makes Identity headers (RFC 8224 §6.1), always in full form. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/jose/certificate.hpp"
#include "core/jose/key.hpp"
#include "gateway/identity/attestation.hpp"
#include "gateway/identity/fingerprint.hpp"

namespace causeway::identity {

enum class PassportKind { base, shaken, div };

/// What is claimed. Numbers may be written with a +; they are made canonical (RFC 8224 §8.3).
struct PassportClaims {
    PassportKind kind = PassportKind::shaken;
    std::string origin_number;  ///< or
    std::string origin_uri;     ///< for callers without a number
    std::vector<std::string> destination_numbers;
    std::vector<std::string> destination_uris;
    std::int64_t issued_at = 0;
    Attestation attestation = Attestation::none;  ///< shaken only
    std::string origid;                           ///< shaken only, UUID
    std::vector<Fingerprint> media_keys;          ///< `mky`, when the SDP it goes with has fingerprints
    std::string diverted_number;                  ///< div only (RFC 8946): who the call was for before
};

/// Who signs.
class PassportSigner {
  public:
    /// The Error says what does not fit: the key is not P-256, is not the certificate's, the chain is expired
    /// at `now`, x5u is no https URL.
    static Result<PassportSigner> make(jose::SigningKey key, jose::CertificateChain chain, std::string x5u,
                                       std::int64_t now);

    /// Whether the certificate speaks for that number: its TNAuthList holds it, or names a provider code
    /// (which the certificate alone cannot tell more about).
    bool covers(std::string_view number) const;
    /// Whether it speaks for a SIP domain (subjectAltName).
    bool covers_domain(std::string_view domain) const;

    /// The Identity header's value. An Error when a claim is missing or cannot be said.
    Result<std::string> sign(const PassportClaims& claims) const;

  private:
    PassportSigner(jose::SigningKey key, jose::CertificateChain chain, std::string x5u);
    jose::SigningKey key_;
    jose::CertificateChain chain_;
    std::string x5u_;
};

/// "Sun, 22 Nov 2026 13:01:48 GMT": the Date header that goes with a PASSporT (RFC 3261 §20.17).
std::string sip_date(std::int64_t time);

/// RFC 8588 §10: unique per call and not telling of which; a UUID's shape from a secret and the call.
std::string make_origid(std::string_view secret, std::string_view call);

}  // namespace causeway::identity
