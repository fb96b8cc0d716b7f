// What the values about identity may look like: domains, callers, telephone numbers, claims, and the words of
// trust.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/kinds.hpp"

namespace causeway::config {

Choice<bool> trust_kind();
Optional<PaiIn> pai_in_kind();
Choice<StirIn> stir_in_kind();
Optional<OrigFrom> orig_from_kind();
Choice<OnFail> on_fail_kind();
/// A, B, C.
Choice<AttestLevel> attest_kind();
/// The same and `network`.
Choice<AttestLevel> least_attest_kind();
Optional<PaiOut> pai_out_kind();
Choice<StirOut> stir_out_kind();
Choice<Mky> mky_kind();
Choice<IdpBinding> binding_kind();
Choice<std::string> algorithm_kind();
Choice<UnlistedNumber> unlisted_number_kind();
Choice<OnMissing> on_missing_kind();

/// Lower-case host name in A-labels, without port (RFC 8827 §7.5 removes it before names are compared).
Text a_label_kind();
/// The same with an optional port, since browsers fetch from there; or "".
Text public_domain_kind();
/// Of an IdP: no / and \ (RFC 8827 §7.5).
Text protocol_kind();
/// https, without credentials and fragment; or "".
Text https_url_kind();
/// 1..256 bytes.
Text claim_name_kind();
/// user@domain or *@domain; or "".
Text caller_kind();
/// A user's name, "guest" or token:NAME; or "".
Text account_kind();
/// +E.164 or local digits; or "".
Text telephone_kind();
/// One telephone number or a range of them.
Text telephones_kind();
/// sip:user@host; or "".
Text sip_uri_kind();
/// X-Something; or "".
Text extension_header_kind();

/// The values that claims must have: `email_verified: true`, `level: 3`, `tenant: acme`, as JSON.
struct ClaimValue : Kind {
    static constexpr bool kQuoted = false;
    bool plain;  ///< without quotes: may be a number or a truth value
    explicit ClaimValue(bool unquoted) : plain(unquoted) {}
    std::string expected() const { return "true, false, a number or a text of at most 256 bytes"; }
    Fit parse(std::string_view text, std::string& out) const;
};
struct Claims {
    std::string expected_map() const { return "claims and their values such as {email_verified: true}"; }
    Text name() const { return claim_name_kind(); }
    ClaimValue value(bool plain) const { return ClaimValue(plain); }
};

/// First and last of "+12125551000-+12125551999"; a single number is both.
std::optional<std::pair<std::string, std::string>> parse_telephones(std::string_view text);
/// Whether the number lies within one that parse_telephones takes.
bool within(std::string_view telephones, std::string_view number);

}  // namespace causeway::config
