#include "gateway/identity/policy/inbound_caller.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "gateway/identity/passport/telephone_number.hpp"
#include "gateway/identity/policy/sip_text.hpp"

namespace causeway::identity {
namespace {

using Result = PassportVerdict::Result;

/// RFC 8224 §6.2.2: the phrases that go with its status codes.
std::string_view phrase(int code) {
    switch (code) {
        case 403:
            return "Stale Date";
        case 428:
            return "Use Identity Header";
        case 436:
            return "Bad Identity Info";
        case 437:
            return "Unsupported Credential";
        default:
            return "Invalid Identity Header";
    }
}

/// The name without what RFC 3966 and TS 24.229 hang on it: a stranger's verstat must not get through.
std::string bare_user(std::string_view user) {
    const std::string bare(user.substr(0, user.find(';')));
    return has_control_characters(bare) ? std::string() : bare;
}

/// Whether `user` is the user part of what the PASSporT speaks for.
bool is_origin(const std::string& user, const std::string& origin) {
    if (origin.empty()) return false;
    const auto at = origin.find('@');
    if (at == std::string::npos) return canonical_number(user) == origin;
    const auto colon = origin.find(':');
    return lower_case(user) == lower_case(origin.substr(colon + 1, at - colon - 1));
}

/// One decision about a call from SIP.
class InboundRuling {
  public:
    InboundRuling(const InboundRequest& request, const PassportVerdict& verdict, const TrunkTrust& trust)
        : request_(request), verdict_(verdict), trust_(trust) {
        // RFC 3325 §8: from others it is dropped.
        if (trust.trusted && trust.pai_accepted) asserted_ = asserted_users(request.pai);
        from_ = bare_user(request.from_user);
    }

    InboundDecision decide() const;

  private:
    Result result() const { return trust_.stir_in == InboundStir::ignore ? Result::none : verdict_.result; }
    std::string unassured_name() const { return "caller-" + request_.token; }
    /// Unsigned: what a trusted network asserts, else what anybody wrote.
    std::string shown_number() const {
        if (!asserted_.empty()) return asserted_.front();
        return from_.empty() ? "anonymous" : from_;
    }
    InboundCaller caller(std::string rule) const;
    InboundDecision unsigned_call() const;
    InboundDecision signed_call() const;
    InboundDecision failed(int code, const std::string& why) const;
    EndReason refusal(int code, std::string detail) const;

    const InboundRequest& request_;
    const PassportVerdict& verdict_;
    const TrunkTrust& trust_;
    std::vector<std::string> asserted_;
    std::string from_;
};

InboundDecision InboundRuling::decide() const {
    // S9, S11: which of several rows counts, and that unknown ones do not, is the verdict's business.
    InboundDecision decision = result() == Result::valid     ? signed_call()
                               : result() == Result::invalid ? failed(verdict_.code, verdict_.why)
                                                             : unsigned_call();
    // S10: the page is outside the trust domain (RFC 3325 §7), so that nothing of the identity reaches it.
    if (wants_privacy(request_.privacy)) {
        InboundCaller anonymous;
        anonymous.rule = "S10";
        anonymous.number = "anonymous";
        anonymous.privacy = true;
        anonymous.assured_name = "anonymous";
        decision.caller = std::move(anonymous);
    }
    return decision;
}

InboundCaller InboundRuling::caller(std::string rule) const {
    InboundCaller caller;
    caller.rule = std::move(rule);
    caller.number = shown_number();
    caller.display = shown_display(request_.from_display);
    caller.assured_name = unassured_name();
    return caller;
}

EndReason InboundRuling::refusal(int code, std::string detail) const {
    return {.cause = EndCause::caller_unverified,
            .by = Side::sip,
            .detail = std::move(detail),
            .sip_status = code};
}

InboundDecision InboundRuling::unsigned_call() const {
    InboundDecision decision;
    const bool is_asserted = !asserted_.empty();
    decision.caller = caller(is_asserted ? "S3" : "S4");
    decision.caller.reason = is_asserted ? "asserted by the network, not signed" : "not signed";
    if (is_asserted) {
        decision.caller.method = CallerMethod::pai;
        decision.caller.network_asserted = true;
        // S3: the operator takes the network's word.
        if (trust_.min_attest_for_name == Attestation::none && is_dialable(asserted_.front())) {
            decision.caller.assured_name = asserted_.front();
        }
    }
    // S4, RFC 8224 §6.2.2
    if (trust_.stir_in == InboundStir::require) {
        decision.refusal = refusal(428, std::string(phrase(428)));
    }
    return decision;
}

InboundDecision InboundRuling::signed_call() const {
    // RFC 8224 §6.2.4: who calls is told by the signalling; the signature must be about just that.
    const bool prefers_asserted = trust_.origin_from == OriginSource::pai && !asserted_.empty();
    const auto candidates = prefers_asserted ? asserted_ : std::vector<std::string>{from_};
    const auto named = std::find_if(candidates.begin(), candidates.end(), [&](const std::string& candidate) {
        return is_origin(candidate, verdict_.origin);
    });
    if (named == candidates.end()) return failed(438, "orig: is not the number that would be shown");

    InboundDecision decision;
    const bool is_number = verdict_.origin.find('@') == std::string::npos;
    const bool has_least =
        verdict_.attestation != Attestation::none && verdict_.attestation >= trust_.min_attest_for_name;
    InboundCaller& caller = decision.caller;
    caller = this->caller(verdict_.attestation == Attestation::a && is_number ? "S1" : "S2");
    caller.number = is_number ? *named : verdict_.origin.substr(verdict_.origin.find(':') + 1);
    caller.verstat = Verification::passed;
    caller.attest = verdict_.attestation;
    caller.method = CallerMethod::stir;
    caller.signer = shown_display(verdict_.signer);
    caller.media_bound = verdict_.mky && request_.media_bound;
    // S1; S2 keeps a name that says nothing.
    if (is_number && has_least) caller.assured_name = "+" + verdict_.origin;
    return decision;
}

/// S5 to S8.
InboundDecision InboundRuling::failed(int code, const std::string& why) const {
    struct Rule {
        int code;
        std::string_view name;
        Verification verstat;
    };
    static constexpr std::array<Rule, 4> kRules{{{436, "S5", Verification::none},
                                                 {437, "S6", Verification::failed},
                                                 {438, "S7", Verification::failed},
                                                 {403, "S8", Verification::failed}}};
    Rule rule = kRules[2];
    for (const Rule& candidate : kRules) {
        if (candidate.code == code) rule = candidate;
    }
    InboundDecision decision;
    decision.caller = caller(std::string(rule.name));
    decision.caller.verstat = rule.verstat;
    decision.caller.method = CallerMethod::stir;
    decision.caller.reason = why;
    // S7: somebody is between the caller's media and ours, whatever the operator tolerates.
    const bool is_media_forged = rule.code == 438 && why.find("mky") != std::string::npos;
    if (trust_.on_fail == OnFail::reject || is_media_forged) {
        decision.refusal = refusal(rule.code, std::string(phrase(rule.code)) + ": " + why);
        return decision;
    }
    // RFC 9410 §4: the cause and its phrase; the call goes on.
    decision.stir_reason =
        "STIR;cause=" + std::to_string(rule.code) + ";text=\"" + std::string(phrase(rule.code)) + "\"";
    return decision;
}

}  // namespace

std::string_view to_string(Verification verification) {
    switch (verification) {
        case Verification::none:
            return "No-TN-Validation";
        case Verification::passed:
            return "TN-Validation-Passed";
        case Verification::failed:
            return "TN-Validation-Failed";
    }
    return "No-TN-Validation";
}

std::string_view to_string(CallerMethod method) {
    switch (method) {
        case CallerMethod::none:
            return "none";
        case CallerMethod::pai:
            return "pai";
        case CallerMethod::stir:
            return "stir";
    }
    return "none";
}

InboundDecision decide_inbound(const InboundRequest& request, const PassportVerdict& verdict,
                               const TrunkTrust& trust) {
    return InboundRuling(request, verdict, trust).decide();
}

}  // namespace causeway::identity
