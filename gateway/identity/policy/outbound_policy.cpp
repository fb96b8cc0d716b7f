#include "gateway/identity/policy/outbound_policy.hpp"

#include <utility>

#include "gateway/identity/passport/telephone_number.hpp"
#include "gateway/identity/policy/sip_text.hpp"

namespace causeway::identity {
namespace {

EndReason refuse(EndCause cause, std::string detail) {
    return {.cause = cause, .by = Side::gateway, .detail = std::move(detail), .sip_status = {}};
}

OutboundDecision refused(EndCause cause, std::string detail) {
    return {std::nullopt, refuse(cause, std::move(detail))};
}

OutboundDecision number_not_allowed(std::string_view number) {
    return refused(EndCause::number_not_allowed,
                   number.empty() ? "No number is listed for this caller."
                                  : "The number " + std::string(number) + " is not listed for this caller.");
}

/// B6 to B9: what is wrong with the assertion is the reason of the refusal.
EndReason refusal_of(AssertionFault fault, const std::string& why) {
    switch (fault) {
        case AssertionFault::fingerprint:  // B7
            return refuse(EndCause::identity_fingerprint,
                          "The identity does not belong to this media session: " + why + ".");
        case AssertionFault::expired:  // B8
            return refuse(EndCause::identity_expired, "The identity has expired: " + why + ".");
        case AssertionFault::replay:  // B9
            return refuse(EndCause::identity_replay, "The identity was used before: " + why + ".");
        case AssertionFault::none:
        case AssertionFault::invalid:
        case AssertionFault::unknown_key:  // B6
            break;
    }
    return refuse(EndCause::identity_invalid, "The identity could not be verified: " + why + ".");
}

/// One decision; its members are one situation of the policy each.
class OutboundRuling {
  public:
    OutboundRuling(const OutboundRequest& request, const NumberTable& table, const OutboundPolicy& policy)
        : request_(request), table_(table), policy_(policy) {}

    OutboundDecision decide() const {
        if (auto refusal = refusal_of_assertion()) return {std::nullopt, std::move(*refusal)};
        if (request_.capability) return by_capability(*request_.capability);
        if (is_verified()) return by_identity();
        if (auto refusal = refusal_of_session()) return {std::nullopt, std::move(*refusal)};
        return is_guest() ? by_guest() : by_session();
    }

  private:
    bool is_verified() const { return request_.assertion.result == AssertionVerdict::Result::valid; }
    bool is_guest() const { return request_.presenter.guest || request_.presenter.account.empty(); }

    std::optional<EndReason> refusal_of_assertion() const;
    std::optional<EndReason> refusal_of_session() const;
    OutboundDecision by_identity() const;
    OutboundDecision by_session() const;
    OutboundDecision by_guest() const;
    OutboundDecision by_capability(const Capability& capability) const;
    OutboundDecision unlisted(const NumberTable& table, const Presenter& presenter, OutboundCaller caller,
                              Attestation most) const;

    OutboundCaller caller_of(IdentitySource source, std::string rule) const;
    OutboundDecision present(OutboundCaller caller, const NumberRow* row, std::string number,
                             Attestation most) const;
    OutboundDecision present_uri(OutboundCaller caller, std::string_view identity) const;
    OutboundDecision only_if_session_is_enough(OutboundDecision decision) const;
    bool capability_allows(const Capability& capability, std::string_view wish) const;
    NumberTable table_of_login() const;

    const OutboundRequest& request_;
    const NumberTable& table_;
    const OutboundPolicy& policy_;
};

std::optional<EndReason> OutboundRuling::refusal_of_assertion() const {
    const AssertionVerdict& verdict = request_.assertion;
    const bool is_invalid = verdict.result == AssertionVerdict::Result::invalid;
    // B6 to B9: never fall back silently to what the session says.
    if (is_invalid && verdict.fault != AssertionFault::unknown_key) {
        return refusal_of(verdict.fault, verdict.why);
    }
    const bool is_unavailable = request_.provider_unavailable && !is_verified();
    // B10
    if (is_unavailable && policy_.assertion.on_unavailable == OnMissing::reject) {
        return refuse(EndCause::identity_unavailable,
                      "The identity provider cannot be reached. Try again in a moment.");
    }
    // B6: the provider was asked, and does not have that key.
    if (is_invalid && !is_unavailable) return refusal_of(verdict.fault, verdict.why);
    return std::nullopt;
}

std::optional<EndReason> OutboundRuling::refusal_of_session() const {
    using Result = AssertionVerdict::Result;
    const AssertionPolicy& policy = policy_.assertion;
    // B10 with `on_unavailable: session`
    if (request_.provider_unavailable) return std::nullopt;
    // B4
    if (request_.assertion.result == Result::none && policy.on_none == OnMissing::reject) {
        return refuse(EndCause::identity_required, "This call needs a web identity and has none.");
    }
    // B4
    if (request_.assertion.result == Result::unknown_idp && policy.on_unknown_idp == OnMissing::reject) {
        return refuse(EndCause::identity_required, "The provider of the web identity is not known here.");
    }
    return std::nullopt;
}

OutboundCaller OutboundRuling::caller_of(IdentitySource source, std::string rule) const {
    OutboundCaller caller;
    caller.source = source;
    caller.rule = std::move(rule);
    caller.privacy = request_.wants_privacy;
    if (source == IdentitySource::assertion) {
        caller.identity = request_.assertion.identity;
        caller.provider = request_.assertion.provider;
        caller.binding = request_.assertion.binding;
    }
    // The name of an account is the operator's; a guest's is his own and a capability brings its own.
    if (source != IdentitySource::capability && !is_guest()) caller.display = request_.account_display;
    return caller;
}

/// The number as this row allows it.
OutboundDecision OutboundRuling::present(OutboundCaller caller, const NumberRow* row, std::string number,
                                         Attestation most) const {
    caller.attestation = most;
    if (row != nullptr) caller.attestation = lower(caller.attestation, row->max_attest);
    // §5.2: without DTLS before the INVITE nobody has proved to hold the asserted certificate's key.
    if (!policy_.assertion.dtls_before_invite || !request_.dtls_before_invite) {
        caller.attestation = lower(caller.attestation, Attestation::b);
    }
    const bool has_own_display = caller.source == IdentitySource::capability && !caller.display.empty();
    if (row != nullptr && !row->display.empty() && !has_own_display) caller.display = row->display;
    caller.display = shown_display(caller.display);
    caller.number = std::move(number);
    return {std::move(caller), {}};
}

/// B3: no number at all; an identity as a URI. A base PASSporT has no attestation.
OutboundDecision OutboundRuling::present_uri(OutboundCaller caller, std::string_view identity) const {
    const auto at = identity.rfind('@');
    caller.uri_user = identity.substr(0, at);
    caller.uri_domain = at == std::string_view::npos ? "" : lower_case(identity.substr(at + 1));
    caller.display = shown_display(caller.display);
    return {std::move(caller), {}};
}

/// Protected numbers: what a hijacked service, or one that strips assertions, says is not enough.
OutboundDecision OutboundRuling::only_if_session_is_enough(OutboundDecision decision) const {
    if (!decision.caller) return decision;
    for (const NumberRow* row : table_.owners(decision.caller->number)) {
        if (row->require_assertion) {
            return refused(EndCause::identity_required,
                           "The number " + decision.caller->number + " needs a web identity.");
        }
    }
    return decision;
}

/// A capability with a number is for that one; with an identity, for those that the table gives to it.
bool OutboundRuling::capability_allows(const Capability& capability, std::string_view wish) const {
    if (capability.number.empty()) return !capability.identity.empty();
    return canonical_number(wish) == canonical_number(capability.number);
}

/// Without a table of the operator's, each account has the number of its login; it was never more than the
/// session's word.
NumberTable OutboundRuling::table_of_login() const {
    if (request_.account_number.empty()) return NumberTable({});
    NumberRow row;
    row.session_account = is_guest() ? "guest" : request_.presenter.account;
    row.numbers = {request_.account_number};
    row.max_attest = Attestation::b;
    return NumberTable({row});
}

/// B2: a number that is not the presenter's.
OutboundDecision OutboundRuling::unlisted(const NumberTable& table, const Presenter& presenter,
                                          OutboundCaller caller, Attestation most) const {
    const std::string& wish = request_.requested_number;
    const NumberRight own = table.right(presenter, "");
    switch (policy_.unlisted) {
        case UnlistedNumber::reject:
            break;
        case UnlistedNumber::default_number:
            if (!own.listed) break;
            return present(std::move(caller), own.row, own.number, most);
        case UnlistedNumber::attest_b: {
            const std::string digits = canonical_number(wish);
            if (digits.empty()) break;
            // Not listed means nowhere: what the table gives to others is never lent.
            if (!table.owners(wish).empty()) break;
            // RFC 3325 §5: asserted is what was authenticated, the caller's own number.
            caller.asserted_number = own.number;
            return present(std::move(caller), own.row, (wish.front() == '+' ? "+" : "") + digits,
                           lower(most, Attestation::b));
        }
    }
    return number_not_allowed(wish);
}

OutboundDecision OutboundRuling::by_identity() const {
    const Attestation most = request_.assertion.cap;
    const std::string& wish = request_.requested_number;
    if (table_.rows().empty() && !is_guest() && !request_.account_number.empty()) {
        const NumberTable login = table_of_login();
        const NumberRight right = login.right(request_.presenter, wish);
        if (!right.listed) {
            return unlisted(login, request_.presenter, caller_of(IdentitySource::assertion, "B2"), most);
        }
        return present(caller_of(IdentitySource::assertion, "B4"), right.row, right.number, most);
    }
    // The table is keyed on the identity here: a stolen session must not lend its numbers.
    const Presenter presenter{request_.assertion.identity, "", false};
    const NumberRight right = table_.right(presenter, wish);
    if (right.listed) {
        return present(caller_of(IdentitySource::assertion, "B1"), right.row, right.number, most);
    }
    if (wish.empty()) return present_uri(caller_of(IdentitySource::assertion, "B3"), presenter.identity);
    return unlisted(table_, presenter, caller_of(IdentitySource::assertion, "B2"), most);
}

OutboundDecision OutboundRuling::by_session() const {
    const Presenter presenter{"", request_.presenter.account, false};
    const std::string& wish = request_.requested_number;
    const bool no_table = table_.rows().empty();
    const NumberTable table = no_table ? table_of_login() : table_;
    const NumberRight right = table.right(presenter, wish);
    OutboundDecision decision;
    if (right.listed) {
        decision = present(caller_of(IdentitySource::session, "B4"), right.row, right.number, Attestation::b);
    } else if (wish.empty() && (no_table || right.row != nullptr)) {
        // The account's name is the caller's when it has no number.
        decision = present_uri(caller_of(IdentitySource::session, "B4"), presenter.account);
    } else {
        decision = unlisted(table, presenter, caller_of(IdentitySource::session, "B2"), Attestation::b);
    }
    return only_if_session_is_enough(std::move(decision));
}

OutboundDecision OutboundRuling::by_guest() const {
    // B5
    if (!policy_.guest_calls) {
        return refused(EndCause::identity_required, "Guests may call with a web identity only.");
    }
    const Presenter presenter{"", "", true};
    const std::string& wish = request_.requested_number;
    const bool by_login = table_.rows().empty() && policy_.guest_number.empty();
    const NumberTable table = by_login ? table_of_login() : table_;
    NumberRight right = table.right(presenter, wish);
    if (!right.listed && !wish.empty()) {
        // B2; a guest is nobody's customer, so that no number can be lent to him.
        if (policy_.unlisted != UnlistedNumber::default_number) return number_not_allowed(wish);
        right = table.right(presenter, "");
    }
    if (!right.listed) right.number = policy_.guest_number;
    return only_if_session_is_enough(
        present(caller_of(IdentitySource::guest, "B5"), right.row, right.number, Attestation::c));
}

/// The application server's word (attestation B at most) and the table's both count: the stricter wins.
OutboundDecision OutboundRuling::by_capability(const Capability& capability) const {
    const std::string& wish = request_.requested_number;
    if (!wish.empty() && !capability_allows(capability, wish)) {
        return refused(EndCause::number_not_allowed, "The permission to call is not for this number.");
    }
    OutboundCaller caller = caller_of(IdentitySource::capability, "capability");
    caller.display = capability.display;
    caller.headers = capability.headers;
    const std::string& number = capability.number.empty() ? wish : capability.number;
    const bool no_table = table_.rows().empty();
    if (no_table && !number.empty()) {
        if (capability.number.empty()) return number_not_allowed(number);
        return present(std::move(caller), nullptr, number, Attestation::b);
    }
    const Presenter by_name{capability.identity, "", false};
    const Presenter by_issuer{"", "token:" + capability.issuer, false};
    const bool is_name_alone = capability.number.empty() && !capability.identity.empty();
    if (is_name_alone && !no_table && table_.row_of(by_name) == nullptr) {
        return refused(EndCause::number_not_allowed,
                       "The identity " + capability.identity + " is not in the table of numbers.");
    }
    NumberRight right = table_.right(by_name, number);
    if (!right.listed && !is_name_alone) right = table_.right(by_issuer, number);
    if (!right.listed && !number.empty()) return number_not_allowed(number);
    if (!right.listed && is_name_alone) return present_uri(std::move(caller), capability.identity);
    return only_if_session_is_enough(present(std::move(caller), right.row, right.number, Attestation::b));
}

}  // namespace

std::string_view to_string(IdentitySource source) {
    switch (source) {
        case IdentitySource::none:
            return "none";
        case IdentitySource::assertion:
            return "assertion";
        case IdentitySource::session:
            return "session";
        case IdentitySource::guest:
            return "guest";
        case IdentitySource::capability:
            return "capability";
    }
    return "none";
}

OutboundDecision decide_outbound(const OutboundRequest& request, const NumberTable& table,
                                 const OutboundPolicy& policy) {
    return OutboundRuling(request, table, policy).decide();
}

EndReason end_reason_of(const CapabilityRefusal& refusal) {
    switch (refusal.fault) {
        case CapabilityFault::invalid:
            return refuse(EndCause::capability_invalid, refusal.why);
        case CapabilityFault::expired:
            return refuse(EndCause::capability_expired, refusal.why);
        case CapabilityFault::callee:
        case CapabilityFault::page:
            return refuse(EndCause::capability_callee, refusal.why);
        case CapabilityFault::used_up:
        case CapabilityFault::too_many_calls:
            return refuse(EndCause::capability_used, refusal.why);
    }
    return refuse(EndCause::capability_invalid, refusal.why);
}

}  // namespace causeway::identity
