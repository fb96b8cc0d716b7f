// X.509 certificates and chains (RFC 5280), by OpenSSL. What STIR puts into them is read in gateway/identity.
// Immutable after making; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/jose/key.hpp"

namespace causeway::jose {

/// A leaf and the intermediates that came with it.
class CertificateChain {
  public:
    /// PEM, leaf first, 1 to 8 certificates; other PEM blocks are ignored.
    static Result<CertificateChain> from_pem(std::string_view pem);

    VerifyKey key() const;            ///< of the leaf
    std::int64_t not_before() const;  ///< of the leaf, seconds since 1970
    std::int64_t not_after() const;
    std::string common_name() const;             ///< of the leaf's subject, UTF-8, "" if none
    std::string serial() const;                  ///< of the leaf, lower-case hexadecimal
    std::vector<std::string> dns_names() const;  ///< subjectAltName of the leaf
    std::vector<std::string> uri_names() const;
    /// DER inside the leaf's extension of that dotted OID; nullopt when there is none.
    std::optional<std::string> extension(std::string_view oid) const;
    /// URLs of the leaf's cRLDistributionPoints.
    std::vector<std::string> crl_urls() const;
    /// SHA-256 over the leaf's DER: 32 bytes, not text.
    std::string fingerprint() const;

  private:
    friend class TrustStore;
    struct Parts;
    explicit CertificateChain(std::shared_ptr<const Parts> parts);
    std::shared_ptr<const Parts> parts_;
};

/// Roots, and revocation lists when the operator has them.
class TrustStore {
  public:
    /// One or more PEM certificates. `crls`: PEM CRLs; with at least one, every certificate of a chain must
    /// have a current one from its issuer.
    static Result<TrustStore> from_pem(std::string_view roots, std::string_view crls = {});

    /// RFC 5280 §6 at that moment (seconds since 1970), any purpose. The Error's words name the fault:
    /// "certificate expired", "certificate not yet valid", "certificate revoked", "certificate chain does not
    /// lead to a trusted root", ...
    Result<void> verify(const CertificateChain& chain, std::int64_t at) const;

  private:
    struct Parts;
    explicit TrustStore(std::shared_ptr<const Parts> parts);
    std::shared_ptr<const Parts> parts_;
};

}  // namespace causeway::jose
