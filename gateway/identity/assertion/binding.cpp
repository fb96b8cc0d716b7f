#include "gateway/identity/assertion/binding.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "core/jose/base64.hpp"
#include "core/jose/strict_json.hpp"
#include "gateway/identity/assertion/provider_documents.hpp"
#include "gateway/identity/assertion/signed_claims.hpp"

namespace causeway::identity {
namespace {

using boost::json::object;

/// A token of the provider and how it must look beside what IdentityProvider demands.
struct ProviderToken {
    std::string_view text;
    std::vector<std::string_view> types;  ///< when the provider's row names none
    bool fresh = true;                    ///< made for this call: `max_age` holds
    bool oidc = false;
};

/// OIDC Core §3.1.3.7, checks 4 and 5 (errata set 2, which no longer want it with several audiences): an
/// authorised party that is named must be us.
bool is_authorised_party(const object& claims, const std::vector<std::string>& audiences) {
    if (audiences.empty() || !claims.contains("azp")) return true;
    const auto azp = jose::string_member(claims, "azp");
    return azp && std::find(audiences.begin(), audiences.end(), *azp) != audiences.end();
}

/// Every check of a token signed by the provider.
Result<object> provider_claims(const ProviderToken& token, const Evidence& evidence,
                               std::optional<std::string>& unknown_kid) {
    const IdentityProvider& provider = evidence.provider;
    const std::vector<std::string_view> demanded{provider.type};
    const auto opened =
        open_token(token.text, provider.type.empty() ? token.types : demanded, provider.algorithms);
    if (!opened) return opened.error();
    bool unknown = false;
    const auto keys = keys_for(*opened, evidence.keys, unknown);
    if (unknown) unknown_kid = opened->kid.value_or("");
    if (!keys) return keys.error();
    auto claims = claims_of(*opened, *keys);
    if (!claims) return claims.error();
    if (jose::string_member(*claims, "iss") != provider.issuer) return Error{"iss"};
    if (!names_audience(*claims, provider.audiences)) return Error{"aud"};
    if (token.oidc && !is_authorised_party(*claims, provider.audiences)) return Error{"azp"};
    TimeRules times{evidence.now, provider.skew, std::nullopt};
    if (token.fresh) times.max_age = provider.max_age;
    if (const auto current = check_times(*claims, times); !current) return current.error();
    return claims;
}

std::int64_t last_use(const IdentityProvider& provider, std::int64_t issued) {
    return issued + provider.max_age + provider.skew;
}

Testimony testimony_of(object claims, std::string contents, std::string_view token,
                       const IdentityProvider& provider) {
    Testimony said;
    said.contents = std::move(contents);
    const auto jti = jose::string_member(claims, "jti");
    said.once = jti ? "jti " + *jti : "signed " + std::string(token.substr(0, token.rfind('.')));
    said.until = last_use(provider, jose::date_member(claims, "iat").value_or(0));
    said.claims = std::make_shared<const object>(std::move(claims));
    return said;
}

/// RFC 8827 §7.4: the provider signed the contents themselves.
Result<Testimony> by_contents(std::string_view assertion, const Evidence& evidence,
                              std::optional<std::string>& unknown_kid) {
    const ProviderToken token{assertion, {"webrtc-identity+jwt"}};
    const auto claims = provider_claims(token, evidence, unknown_kid);
    if (!claims) return claims.error();
    const auto contents = jose::string_member(*claims, "contents");
    if (!contents) return Error{std::string(kNotCovered) + ": no claim contents"};
    return testimony_of(*claims, *contents, assertion, evidence.provider);
}

/// OIDC Core §3.1.3.7 check 11: the nonce is the contents' hash.
Result<Testimony> by_nonce(std::string_view assertion, const Evidence& evidence,
                           std::optional<std::string>& unknown_kid) {
    const auto parts = jose::parse_object(assertion);
    if (!parts) return Error{json_fault(parts.error(), "not id_token and contents, with the nonce")};
    const auto id_token = jose::string_member(*parts, "id_token");
    const auto contents = jose::string_member(*parts, "contents");
    if (!id_token || !contents)
        return Error{"malformed JSON: no strings id_token and contents, with the nonce"};
    ProviderToken token{*id_token, {"", "JWT"}};
    token.oidc = true;
    const auto claims = provider_claims(token, evidence, unknown_kid);
    if (!claims) return claims.error();
    if (jose::string_member(*claims, "nonce") != hash_of(*contents))
        return Error{"nonce: not the hash of the contents"};
    return testimony_of(*claims, *contents, *id_token, evidence.provider);
}

std::string confirmed_key(const object& claims) {
    const boost::json::value* cnf = claims.if_contains("cnf");
    if (!cnf || !cnf->is_object()) return {};
    return jose::string_member(cnf->get_object(), "jkt").value_or("");
}

/// RFC 9449 §7: an access token and a proof of its key, whose nonce is the contents' hash.
Result<Testimony> by_proof(std::string_view assertion, const Evidence& evidence,
                           std::optional<std::string>& unknown_kid) {
    const auto parts = jose::parse_object(assertion);
    if (!parts) return Error{json_fault(parts.error(), "the assertion")};
    const auto access_token = jose::string_member(*parts, "access_token");
    const auto proof_text = jose::string_member(*parts, "dpop");
    const auto contents = jose::string_member(*parts, "contents");
    if (!access_token || !proof_text || !contents)
        return Error{"malformed JSON: no strings access_token, dpop and contents"};
    ProviderToken token{*access_token, {"at+jwt"}};
    token.fresh = false;
    const auto claims = provider_claims(token, evidence, unknown_kid);
    if (!claims) return claims.error();
    const std::string thumbprint = confirmed_key(*claims);
    if (thumbprint.empty()) return Error{"cnf"};
    const std::string nonce = hash_of(*contents);
    const auto proof =
        check_proof(*proof_text, {*access_token, thumbprint, nonce, evidence.provider, evidence.now});
    if (!proof) return proof.error();
    Testimony said = testimony_of(*claims, *contents, *access_token, evidence.provider);
    said.once = "jti " + proof->id;
    said.until = last_use(evidence.provider, proof->issued);
    return said;
}

Result<void> check_answer(const object& answer, const Evidence& evidence) {
    const IdentityProvider& provider = evidence.provider;
    const boost::json::value* active = answer.if_contains("active");
    if (!active || *active != true) return Error{"active"};
    // RFC 7662 §2.2: whatever else it says is optional, and holds when it is said.
    if (answer.contains("iss") && jose::string_member(answer, "iss") != provider.issuer) return Error{"iss"};
    if (answer.contains("aud") && !names_audience(answer, provider.audiences)) return Error{"aud"};
    TimeRules times{evidence.now, provider.skew, std::nullopt};
    times.exp_needed = false;
    times.iat_needed = false;
    return check_times(answer, times);
}

/// RFC 7662: the provider says what the token is worth. Who is tied to the fingerprints when it returns
/// `contents` or a `nonce` over the page's; a bare bearer token could be anybody's who saw it, and is capped
/// at B.
Result<Testimony> by_introspection(std::string_view assertion, const Evidence& evidence) {
    const auto answer = jose::parse_object(evidence.introspection);
    if (!answer) return Error{json_fault(answer.error(), "the introspection answer")};
    if (const auto good = check_answer(*answer, evidence); !good) return good.error();
    auto contents = jose::string_member(*answer, "contents");
    bool bound = contents.has_value();
    if (!contents) {
        const auto parts = jose::parse_object(assertion);
        if (!parts) return Error{json_fault(parts.error(), "the assertion")};
        contents = jose::string_member(*parts, "contents");
        if (!contents) return Error{kNotCovered};
        bound = answer->contains("nonce");
        if (bound && jose::string_member(*answer, "nonce") != hash_of(*contents)) return Error{"nonce"};
    }
    const std::string token = token_of(assertion).value_or("");
    Testimony said = testimony_of(*answer, *contents, token, evidence.provider);
    said.once = "token " + token + " " + *contents;
    said.until = jose::date_member(*answer, "exp").value_or(last_use(evidence.provider, evidence.now));
    if (!bound) said.cap = Attestation::b;
    return said;
}

}  // namespace

std::string hash_of(std::string_view text) {
    return jose::encode_base64url(jose::sha256(text));
}

Result<Testimony> testimony(std::string_view assertion, const Evidence& evidence,
                            std::optional<std::string>& unknown_kid) {
    switch (evidence.provider.binding) {
        case Binding::contents:
            return by_contents(assertion, evidence, unknown_kid);
        case Binding::oidc_nonce:
            return by_nonce(assertion, evidence, unknown_kid);
        case Binding::dpop:
            return by_proof(assertion, evidence, unknown_kid);
        case Binding::introspection:
            break;
    }
    return by_introspection(assertion, evidence);
}

}  // namespace causeway::identity
