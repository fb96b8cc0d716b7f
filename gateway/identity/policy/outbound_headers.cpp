// What one INVITE says of its caller: From, P-Asserted-Identity, Privacy, Date, Identity. RFC 3261 §20, RFC
// 3323, RFC 3325, RFC 8224 §4.1, §6.1, RFC 8588. Pure.
#include <algorithm>
#include <utility>

#include "core/jose/base64.hpp"
#include "core/jose/key.hpp"
#include "gateway/identity/passport/telephone_number.hpp"
#include "gateway/identity/policy/outbound_policy.hpp"
#include "gateway/identity/policy/sip_text.hpp"

namespace causeway::identity {
namespace {

std::string uri_of_number(const std::string& number, const std::string& domain) {
    const std::string uri = "sip:" + escaped_sip_user(number) + "@" + domain;
    return is_global_number(number) ? uri + ";user=phone" : uri;
}

std::string_view binding_name(Binding binding) {
    switch (binding) {
        case Binding::contents:
            return "native";
        case Binding::oidc_nonce:
            return "oidc-nonce";
        case Binding::dpop:
            return "dpop";
        case Binding::introspection:
            return "introspection";
    }
    return "native";
}

/// One INVITE's headers in the making.
class InviteIdentity {
  public:
    InviteIdentity(const OutboundCaller& caller, const TrunkTrust& trust, const OutboundPolicy& policy,
                   const SigningContext& context)
        : caller_(caller), trust_(trust), policy_(policy), context_(context) {}

    OutboundHeaders make();

  private:
    bool is_anonymous() const {
        return caller_.privacy || (caller_.number.empty() && caller_.uri_user.empty());
    }
    /// RFC 3325 §5, §7: to the trust domain only.
    bool asserts() const { return trust_.trusted && trust_.pai_out == OutboundPai::send; }
    const std::string& asserted_number() const {
        return caller_.asserted_number ? *caller_.asserted_number : caller_.number;
    }
    std::string own_uri() const;
    std::string named_uri() const;
    std::string anonymous_uri() const;
    std::string asserted_identity() const;

    void add(std::string name, std::string value);
    void add_capability_headers();
    void sign();
    void sign_number(const std::string& number);
    void sign_uri(const std::string& uri);
    void sign(PassportClaims claims);
    void leave_unsigned(std::string why) { made_.note = "not signed: " + std::move(why); }

    const OutboundCaller& caller_;
    const TrunkTrust& trust_;
    const OutboundPolicy& policy_;
    const SigningContext& context_;
    OutboundHeaders made_;
};

OutboundHeaders InviteIdentity::make() {
    made_.from_uri = is_anonymous() ? anonymous_uri() : own_uri();
    made_.from_display = is_anonymous() ? "Anonymous" : shown_display(caller_.display);
    if (auto asserted = asserted_identity(); asserts() && !asserted.empty()) {
        add("P-Asserted-Identity", std::move(asserted));
    }
    // P1, P2: what our side withholds the others must not find out again.
    if (caller_.privacy) add("Privacy", "id");
    // The helpdesk's header names a person: to the trust domain only, and not when the person asked for
    // privacy.
    if (trust_.trusted && !trust_.identity_header.empty() && !caller_.identity.empty() && !caller_.privacy) {
        const auto at = caller_.identity.rfind('@');
        add(trust_.identity_header, escaped_identity_user(caller_.identity.substr(0, at)) + "@" +
                                        escaped_sip_user(caller_.identity.substr(at + 1)) +
                                        ";idp=" + escaped_sip_user(caller_.provider) +
                                        ";binding=" + std::string(binding_name(caller_.binding)));
    }
    add_capability_headers();
    sign();
    return std::move(made_);
}

void InviteIdentity::add(std::string name, std::string value) {
    made_.headers.emplace_back(std::move(name), std::move(value));
}

void InviteIdentity::add_capability_headers() {
    for (const auto& [name, value] : caller_.headers) {
        // An application server must not speak in the place of a verified identity.
        if (lower_case(name) == lower_case(trust_.identity_header)) continue;
        if (has_control_characters(value)) continue;
        add(name, value);
    }
}

/// B3: in the identity's own domain only when we hold that domain's certificate. A user part that reads as a
/// telephone number would be one to its readers (RFC 8224 §8.1).
std::string InviteIdentity::named_uri() const {
    const std::string gateway = "@" + policy_.sip_domain;
    if (caller_.uri_domain.empty()) return "sip:" + escaped_sip_user(caller_.uri_user) + gateway;
    const bool covered = context_.signer != nullptr && context_.signer->covers_domain(caller_.uri_domain);
    const std::string uri = "sip:" + escaped_identity_user(caller_.uri_user) + "@" + caller_.uri_domain;
    if (covered && !number_of_uri(uri)) return uri;
    const std::string secret_name =
        jose::hmac_sha256(context_.origid_secret, "caller:" + caller_.uri_user + "@" + caller_.uri_domain);
    return "sip:caller-" + jose::encode_hex(secret_name.substr(0, 8)) + gateway;
}

std::string InviteIdentity::own_uri() const {
    return caller_.number.empty() ? named_uri() : uri_of_number(caller_.number, policy_.sip_domain);
}

std::string InviteIdentity::anonymous_uri() const {
    // P1: RFC 3323 §4.1.1.3
    if (trust_.trusted) return "sip:anonymous@anonymous.invalid";
    // P2: RFC 8224 §7.1
    return trust_.anonymous_uri.empty() ? "sip:anonymous@" + policy_.sip_domain : trust_.anonymous_uri;
}

/// RFC 3325 §9.1: one SIP URI and one tel URI.
std::string InviteIdentity::asserted_identity() const {
    const std::string& number = asserted_number();
    if (!number.empty()) {
        const std::string uri = "<" + uri_of_number(number, policy_.sip_domain) + ">";
        return is_global_number(number) ? uri + ", <tel:" + number + ">" : uri;
    }
    if (!caller_.number.empty() || caller_.uri_user.empty()) return {};
    return "<" + named_uri() + ">";
}

void InviteIdentity::sign() {
    if (trust_.stir_out == OutboundStir::none) return;
    if (context_.signer == nullptr) return leave_unsigned("the trunk has no signing key");
    // P2, and B5 without a number
    if (is_anonymous() && !asserts()) return leave_unsigned("the caller is anonymous");
    if (is_anonymous() && asserted_identity().empty()) return leave_unsigned("the caller has no name");
    // ATIS-1000074 takes `orig` from P-Asserted-Identity when there is one, else from From; so do verifiers
    // of SHAKEN. RFC 8224 §8 alone means From, unless that is anonymous (P1).
    const bool is_shaken = trust_.stir_out == OutboundStir::shaken;
    const bool from_asserted = asserts() && (is_shaken || is_anonymous()) && !asserted_number().empty();
    const std::string& number = from_asserted ? asserted_number() : caller_.number;
    if (!number.empty()) return sign_number(number);
    sign_uri(named_uri());
}

void InviteIdentity::sign_number(const std::string& number) {
    // RFC 8224 §8.3: `tn` has the country code; what has none cannot be told from somebody else's number.
    if (!is_global_number(number)) return leave_unsigned(number + " is no international number");
    if (!context_.signer->covers(number)) return leave_unsigned("the certificate does not cover " + number);
    const Attestation attestation = lower(caller_.attestation, trust_.attest_max);
    if (attestation == Attestation::none) return leave_unsigned("no attestation is allowed");
    PassportClaims claims;
    claims.origin_number = number;
    if (trust_.stir_out == OutboundStir::shaken) {
        claims.kind = PassportKind::shaken;
        claims.attestation = attestation;
        claims.origid = make_origid(context_.origid_secret, context_.call);
        if (attestation != caller_.attestation) {
            made_.note = std::string("the trunk allows attestation ") + letter(attestation) + " at most";
        }
        return sign(std::move(claims));
    }
    // RFC 8224 §4.1: a base PASSporT says that the caller may use the number, and cannot say less.
    if (attestation == Attestation::c) return leave_unsigned("a base PASSporT cannot say attestation C");
    if (caller_.asserted_number) return leave_unsigned("a base PASSporT cannot vouch for a borrowed number");
    claims.kind = PassportKind::base;
    sign(std::move(claims));
}

void InviteIdentity::sign_uri(const std::string& uri) {
    if (trust_.attest_max == Attestation::none) return leave_unsigned("no attestation is allowed");
    const std::string domain = uri.substr(uri.rfind('@') + 1);
    if (!context_.signer->covers_domain(domain)) return leave_unsigned("no certificate for " + domain);
    PassportClaims claims;
    claims.kind = PassportKind::base;
    claims.origin_uri = canonical_uri(uri);
    sign(std::move(claims));
}

void InviteIdentity::sign(PassportClaims claims) {
    if (trust_.mky == MediaKeys::automatic) {
        claims.media_keys = context_.media_keys;
    } else if (claims.kind == PassportKind::base && !context_.media_keys.empty()) {
        // B3 and RFC 8224 §4.1: `mky` MUST be there when the SDP has fingerprints. SHAKEN's carriers may
        // waive it.
        return leave_unsigned("a base PASSporT needs mky with DTLS-SRTP, and this trunk forbids it");
    }
    if (const auto number = number_of_uri(context_.to_uri)) {
        claims.destination_numbers = {*number};
    } else {
        claims.destination_uris = {canonical_uri(context_.to_uri)};
    }
    claims.issued_at = context_.now;
    auto identity = context_.signer->sign(claims);
    if (!identity) return leave_unsigned(identity.error().detail);
    made_.attestation = claims.attestation;
    add("Date", sip_date(context_.now));
    add("Identity", std::move(*identity));
}

}  // namespace

OutboundHeaders make_headers(const OutboundCaller& caller, const TrunkTrust& trust,
                             const OutboundPolicy& policy, const SigningContext& context) {
    return InviteIdentity(caller, trust, policy, context).make();
}

}  // namespace causeway::identity
