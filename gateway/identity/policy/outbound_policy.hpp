// What a browser's call says about its caller on the SIP side: rules B1 to B12 and P1 to P4 of the identity
// policy. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/end_reason.hpp"
#include "core/base/error.hpp"
#include "gateway/identity/assertion/assertion_verifier.hpp"
#include "gateway/identity/attestation.hpp"
#include "gateway/identity/capability/capability_token.hpp"
#include "gateway/identity/passport/passport_signer.hpp"
#include "gateway/identity/policy/number_table.hpp"
#include "gateway/identity/policy/trunk_trust.hpp"

namespace causeway::identity {

enum class OnMissing { reject, session };

/// The operator's `assertion` section.
struct AssertionPolicy {
    OnMissing on_none = OnMissing::session;
    OnMissing on_unknown_idp = OnMissing::session;
    OnMissing on_unavailable = OnMissing::reject;
    bool dtls_before_invite = true;  ///< false caps attestation at B
    std::int64_t replay_window = 360;
};

/// Everything the decision depends on.
struct OutboundRequest {
    Presenter presenter;  ///< `identity` is filled from the verdict here
    AssertionVerdict assertion;
    bool provider_unavailable = false;  ///< keys or introspection could not be had
    std::optional<Capability> capability;
    std::string requested_number;  ///< the page's wish, "" for none
    bool wants_privacy = false;    ///< the page asked to be anonymous (RFC 3323 `id`)
    std::string account_number;    ///< the session's own number from the login, when no table is configured
    std::string account_display;
    std::string callee;              ///< as dialled
    bool dtls_before_invite = true;  ///< false: the INVITE does not wait for this page, as the policy's
};

struct OutboundPolicy {
    AssertionPolicy assertion;
    UnlistedNumber unlisted = UnlistedNumber::reject;
    std::string sip_domain;  ///< host part of the gateway's SIP URIs
    bool guest_calls = false;
    std::string guest_number;  ///< the tenant's own number for guests, "" for anonymous
};

/// Where the caller's name comes from; in records and on the dashboard.
enum class IdentitySource { none, assertion, session, guest, capability };
std::string_view to_string(IdentitySource source);

/// A caller as the SIP side will see it.
struct OutboundCaller {
    IdentitySource source = IdentitySource::none;
    std::string rule;    ///< "B1" ... of the policy
    std::string number;  ///< presented; "" for none
    /// What P-Asserted-Identity says when it is not `number` (B2: a borrowed number); "": nothing.
    std::optional<std::string> asserted_number;
    std::string uri_user;    ///< user part for From when there is no number
    std::string uri_domain;  ///< and its domain; "" for the gateway's own
    std::string display;
    std::string identity;  ///< verified web identity, "" if none; never leaves but in the helpdesk header
    std::string provider;
    Binding binding = Binding::contents;
    Attestation attestation = Attestation::none;  ///< the most that may be claimed, before the trunk's limit
    bool privacy = false;
    std::vector<std::pair<std::string, std::string>> headers;  ///< of the capability
};

struct OutboundDecision {
    std::optional<OutboundCaller> caller;
    EndReason refusal;  ///< when there is no caller
};

OutboundDecision decide_outbound(const OutboundRequest& request, const NumberTable& table,
                                 const OutboundPolicy& policy);

/// A capability that is no good, as the end of the call.
EndReason end_reason_of(const CapabilityRefusal& refusal);

/// What one INVITE carries: made anew for every attempt.
struct OutboundHeaders {
    std::string from_uri;
    std::string from_display;
    std::vector<std::pair<std::string, std::string>> headers;  ///< PAI, Privacy, Date, Identity, ...
    Attestation attestation = Attestation::none;               ///< really signed
    std::string note;  ///< why nothing was signed, or less than allowed; "" otherwise
};

struct SigningContext {
    const PassportSigner* signer = nullptr;  ///< null: this trunk gets no Identity
    std::string origid_secret;
    std::string call;                     ///< the gateway's call id
    std::int64_t now = 0;                 ///< seconds since 1970
    std::vector<Fingerprint> media_keys;  ///< of the SIP leg's own DTLS certificate; empty without DTLS-SRTP
    std::string to_uri;
};

OutboundHeaders make_headers(const OutboundCaller& caller, const TrunkTrust& trust,
                             const OutboundPolicy& policy, const SigningContext& context);

}  // namespace causeway::identity
