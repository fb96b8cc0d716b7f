// Makes keys, certificate chains and revocation lists for tests: roots, intermediates, leaves, also faulty
// ones.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/jose/key.hpp"

namespace causeway::test {

/// What is to be in a certificate. By default: a leaf, valid from 2020 to 2099, with a P-256 key.
struct CertificateWish {
    struct Extension {
        std::string oid;  ///< dotted
        std::string der;
        bool critical = false;
    };

    std::string common_name = "test";
    bool is_ca = false;  ///< basicConstraints CA, keyUsage keyCertSign and cRLSign
    std::int64_t not_before = 1577836800;
    std::int64_t not_after = 4070908800;
    std::string key_type = "P-256";  ///< "P-384", "ED25519", "RSA2048", "RSA1024", ...
    std::vector<std::string> dns_names = {};
    std::vector<std::string> uri_names = {};
    std::vector<std::string> crl_urls = {};
    std::vector<Extension> extensions = {};
    bool has_key_usage = true;
};

/// TNAuthList of RFC 8226 §9, in DER.
std::string tn_auth_list_spc(std::string_view code);
std::string tn_auth_list_number(std::string_view digits);
std::string tn_auth_list_range(std::string_view start, unsigned count);
/// As an extension, not critical.
CertificateWish::Extension tn_auth_list(std::string der, bool critical = false);

/// A certificate together with its private key. Copies share.
class TestCertificate {
  public:
    /// Signed by itself; a CA whatever the wish says.
    static TestCertificate root(CertificateWish wish = {});
    /// Signed by this one, whether it may sign or not.
    TestCertificate issue(const CertificateWish& wish) const;

    std::string pem() const;  ///< this one alone
    /// This one and the intermediates above it, without the root: what an x5u serves.
    std::string chain_pem() const;
    std::string key_pem() const;  ///< PKCS #8
    jose::SigningKey key() const;
    /// A revocation list of this issuer.
    std::string crl_pem(const std::vector<TestCertificate>& revoked, std::int64_t this_update = 1577836800,
                        std::int64_t next_update = 4070908800) const;

  private:
    struct Parts;
    explicit TestCertificate(std::shared_ptr<const Parts> parts);
    static TestCertificate make(const CertificateWish& wish, std::shared_ptr<const Parts> issuer);
    std::shared_ptr<const Parts> parts_;
};

/// A new private key in PKCS #8 PEM; types as in CertificateWish.
std::string make_key_pem(std::string_view key_type);

}  // namespace causeway::test
