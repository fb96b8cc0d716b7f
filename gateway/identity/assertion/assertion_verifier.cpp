#include "gateway/identity/assertion/assertion_verifier.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "core/jose/key.hpp"
#include "core/jose/strict_json.hpp"
#include "gateway/identity/assertion/binding.hpp"
#include "gateway/identity/assertion/covered_fingerprints.hpp"
#include "gateway/identity/assertion/identity_name.hpp"

namespace causeway::identity {
namespace {

AssertionFault fault_of(std::string_view why) {
    if (why == "expired") return AssertionFault::expired;
    if (why == kNotCovered) return AssertionFault::fingerprint;
    if (why == "replay") return AssertionFault::replay;
    return AssertionFault::invalid;
}

/// `reason`: the check, and behind ": " what about it.
AssertionVerdict refused(AssertionVerdict verdict, const std::string& reason) {
    const std::size_t colon = std::min(reason.find(": "), reason.size());
    verdict.result = AssertionVerdict::Result::invalid;
    verdict.why = reason.substr(0, colon);
    verdict.detail = reason.substr(std::min(colon + 2, reason.size()));
    verdict.fault = fault_of(verdict.why);
    return verdict;
}

/// The claim that names the user: user@domain (RFC 8827 §8.1). A user name of OIDC and OAuth, as
/// preferred_username, is the provider's own, so that its domain is added when it has none; a bare `sub` is a
/// number in the provider's books and names nobody.
Result<std::string> identity_in(const boost::json::object& claims, const IdentityProvider& provider) {
    auto name = jose::string_member(claims, provider.name_claim);
    if (!name) return Error{"identity form: no string in claim " + provider.name_claim};
    const bool is_complete = provider.binding == Binding::contents || provider.name_claim == "email" ||
                             provider.name_claim == "sub";
    if (!is_complete && name->find('@') == std::string::npos)
        *name = escaped_user(*name) + "@" + host_of(provider.domain);
    if (const auto fault = identity_fault(*name, provider)) return Error{*fault};
    // OIDC Core §5.1: the provider itself says that it took no steps to learn whose address it is.
    const boost::json::value* verified = claims.if_contains("email_verified");
    if (provider.name_claim == "email" && verified && *verified == false)
        return Error{"required claim: email_verified"};
    return {boost::system::in_place_value, canonical_identity(*name)};
}

bool has_required(const boost::json::object& claims, const IdentityProvider& provider) {
    return std::all_of(provider.required_claims.begin(), provider.required_claims.end(),
                       [&](const auto& required) {
                           boost::json::error_code fault;
                           const boost::json::value wanted = boost::json::parse(required.second, fault);
                           const boost::json::value* found = claims.if_contains(required.first);
                           return !fault && found && *found == wanted;
                       });
}

bool covers(const std::vector<Fingerprint>& covered, const std::vector<Fingerprint>& all) {
    return std::all_of(all.begin(), all.end(), [&](const Fingerprint& print) {
        return std::find(covered.begin(), covered.end(), print) != covered.end();
    });
}

std::string not_covered(const std::string& which) {
    return kNotCovered + (": " + which);
}

/// RFC 8827 §7.4.1, and §5.1.1: all fingerprints of the description, and the certificate in use.
Result<void> check_coverage(const std::string& contents, const AssertionRequest& request) {
    const auto covered = covered_fingerprints(contents);
    if (!covered) return covered.error();
    const std::vector<Fingerprint> described = fingerprints_of(request.sdp);
    if (described.empty()) return Error{not_covered("none in the description")};
    if (!covers(*covered, described)) return Error{not_covered("one of the description's")};
    if (!request.dtls) return {};
    if (!covers(*covered, {normal_fingerprint(request.dtls->algorithm, request.dtls->digest)}))
        return Error{not_covered("the DTLS certificate's")};
    return {};
}

/// B9 of the policy: again only by the same session with the same fingerprints (RFC 8827 §5.1.4).
bool may_use(const Testimony& said, const AssertionClaim& claim, const AssertionRequest& request,
             ReplayCache& replays) {
    std::vector<std::string> prints;
    for (const Fingerprint& print : fingerprints_of(request.sdp))
        prints.push_back(print.algorithm + print.digest);
    std::sort(prints.begin(), prints.end());
    std::string owner = jose::sha256(request.session);
    for (const std::string& print : prints) owner += " " + print;
    const std::int64_t until = std::max(said.until, request.now + request.replay_window);
    return replays.take(jose::sha256(claim.domain + " " + claim.protocol + " " + said.once), owner, until,
                        request.now);
}

}  // namespace

AssertionVerdict verify_assertion(const AssertionRequest& request,
                                  const std::vector<IdentityProvider>& providers, const KeySet& keys,
                                  std::string_view introspection, ReplayCache* replays) {
    AssertionVerdict verdict;
    const AssertionClaim claim = claim_of(request.sdp);
    if (claim.state == AssertionClaim::State::none) return verdict;
    if (claim.state == AssertionClaim::State::malformed) return refused(verdict, claim.why);
    const IdentityProvider* provider = provider_of(claim, providers);
    if (!provider) {
        verdict.result = AssertionVerdict::Result::unknown_idp;
        verdict.why = "unknown idp";
        verdict.detail = "no provider has this domain and protocol";
        return verdict;
    }
    verdict.provider = provider->domain;
    verdict.binding = provider->binding;
    std::optional<std::string> unknown_kid;
    const auto said = testimony(claim.assertion, {*provider, keys, introspection, request.now}, unknown_kid);
    if (!said) {
        verdict = refused(verdict, said.error().detail);
        if (unknown_kid) verdict.fault = AssertionFault::unknown_key;
        verdict.kid = unknown_kid.value_or("");
        return verdict;
    }
    const auto identity = identity_in(*said->claims, *provider);
    if (!identity) return refused(verdict, identity.error().detail);
    if (!has_required(*said->claims, *provider)) return refused(verdict, "required claim");
    const auto coverage = check_coverage(said->contents, request);
    if (!coverage) return refused(verdict, coverage.error().detail);
    if (replays && !may_use(*said, claim, request, *replays)) return refused(verdict, "replay");
    verdict.result = AssertionVerdict::Result::valid;
    verdict.identity = *identity;
    verdict.cap = lower(provider->cap, said->cap);
    return verdict;
}

}  // namespace causeway::identity
