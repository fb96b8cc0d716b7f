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

AssertionVerdict refused(AssertionVerdict verdict, std::string why) {
    verdict.result = AssertionVerdict::Result::invalid;
    verdict.fault = fault_of(why);
    verdict.why = std::move(why);
    return verdict;
}

/// The claim that names the user. RFC 8827's own assertions name user@domain; the names of OIDC and OAuth are
/// the provider's, so that its domain is added to those without one.
Result<std::string> identity_in(const boost::json::object& claims, const IdentityProvider& provider) {
    auto name = jose::string_member(claims, provider.name_claim);
    if (!name) return Error{"identity form"};
    // OIDC Core §5.1: an email has a domain of its own.
    const bool is_complete = provider.binding == Binding::contents || provider.name_claim == "email";
    if (!is_complete && name->find('@') == std::string::npos)
        *name = escaped_user(*name) + "@" + host_of(provider.domain);
    if (const auto fault = identity_fault(*name, provider)) return Error{*fault};
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

/// RFC 8827 §7.4.1, and §5.1.1: all fingerprints of the description, and the certificate in use.
Result<void> check_coverage(const std::string& contents, const AssertionRequest& request) {
    const auto covered = covered_fingerprints(contents);
    if (!covered) return covered.error();
    const std::vector<Fingerprint> described = fingerprints_of(request.sdp);
    if (described.empty()) return Error{kNotCovered};
    if (!covers(*covered, described)) return Error{kNotCovered};
    if (!request.dtls) return {};
    if (!covers(*covered, {normal_fingerprint(request.dtls->algorithm, request.dtls->digest)}))
        return Error{kNotCovered};
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
    const std::string once = said.once.empty() ? "assertion " + claim.assertion : "jti " + said.once;
    return replays.take(jose::sha256(claim.domain + " " + claim.protocol + " " + once), owner, said.until,
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
