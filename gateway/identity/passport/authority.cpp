#include "gateway/identity/passport/authority.hpp"

#include <algorithm>

#include "gateway/identity/passport/claim_constraints.hpp"
#include "gateway/identity/passport/der_reader.hpp"
#include "gateway/identity/passport/telephone_number.hpp"
#include "gateway/identity/passport/tn_auth_list.hpp"

namespace causeway::identity {
namespace {

constexpr std::string_view kKeyUsageOid = "2.5.29.15";
/// Bit 0 of KeyUsage is the highest of the first octet behind the count of unused bits (X.690 §8.6.2).
constexpr unsigned kDigitalSignature = 0x80;

Checked check_number(const jose::CertificateChain& chain, std::string_view number) {
    const auto der = chain.extension(kTnAuthListOid);
    // RFC 8226 §9: without it a certificate has no say about numbers.
    if (!der) return unsupported("TNAuthList: the certificate has none");
    const auto list = TnAuthList::from_der(*der);
    if (!list) return unsupported("TNAuthList: malformed");
    if (!list->covers(number)) return unsupported("TNAuthList: does not hold " + std::string(number));
    return {};
}

Checked check_extension(const jose::CertificateChain& chain, std::string_view oid, bool enhanced,
                        const std::map<std::string, std::string>& claims) {
    const auto der = chain.extension(oid);
    if (!der) return {};
    const auto constraints = ClaimConstraints::from_der(*der, enhanced);
    if (!constraints) return unsupported("JWTClaimConstraints: malformed");
    const std::string broken = constraints->broken_by(claims);
    if (!broken.empty()) return unsupported("JWTClaimConstraints: " + broken);
    return {};
}

}  // namespace

Checked check_key_usage(const jose::CertificateChain& chain) {
    const auto der = chain.extension(kKeyUsageOid);
    if (!der) return {};
    const auto bits = DerReader(*der).take_last(kDerBitString);
    const bool signs =
        bits && bits->size() >= 2 && (static_cast<unsigned char>((*bits)[1]) & kDigitalSignature) != 0;
    if (!signs) return unsupported("certificate: its keyUsage lacks digitalSignature");
    return {};
}

Checked check_authority(const jose::CertificateChain& chain, const Party& party) {
    if (party.is_number) return check_number(chain, party.value);
    if (!covers_domain(chain, domain_of_uri(party.value))) {
        return unsupported("certificate: subjectAltName does not hold " + domain_of_uri(party.value));
    }
    return {};
}

bool covers_domain(const jose::CertificateChain& chain, std::string_view domain) {
    if (domain.empty()) return false;
    bool has_sip_uri = false;
    for (const std::string& name : chain.uri_names()) {
        const std::string uri = canonical_uri(name);
        // RFC 5922 §7.1: one with a user names that user, not the domain.
        if (!uri.starts_with("sip:") || uri.find('@') != std::string::npos) continue;
        has_sip_uri = true;
        if (domain_of_uri(uri) == domain) return true;
    }
    // RFC 5922 §7.1: DNS names count only when no URI names a domain.
    if (has_sip_uri) return false;
    const auto names = chain.dns_names();
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return domain_of_uri("sip:" + name) == domain; });
}

Checked check_constraints(const jose::CertificateChain& chain,
                          const std::map<std::string, std::string>& claims) {
    if (auto fault = check_extension(chain, kClaimConstraintsOid, false, claims)) return fault;
    return check_extension(chain, kEnhancedClaimConstraintsOid, true, claims);
}

}  // namespace causeway::identity
