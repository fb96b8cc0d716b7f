// DPoP proofs (RFC 9449 §4.3). A proof comes with an assertion, not in an HTTP header: `htm` is the GET that
// opened the page's WebSocket (RFC 6455 §4.1), `htu` the resource that the access token is for (RFC 8707 §2).
#include <algorithm>
#include <boost/json.hpp>

#include "core/jose/strict_json.hpp"
#include "gateway/identity/assertion/binding.hpp"
#include "gateway/identity/assertion/signed_claims.hpp"

namespace causeway::identity {
namespace {

/// The proof's own key; RFC 9449 §4.3 check 7: a public one.
std::optional<jose::VerifyKey> proof_key(const OpenedToken& proof) {
    const auto header = jose::parse_object(proof.jws.header);
    const boost::json::value* jwk = header ? header->if_contains("jwk") : nullptr;
    if (!jwk || !jwk->is_object()) return std::nullopt;
    if (jwk->get_object().contains("d")) return std::nullopt;
    const auto key = jose::VerifyKey::from_jwk(jwk->get_object());
    if (!key) return std::nullopt;
    return *key;
}

/// RFC 9449 §4.3 check 9: without query and fragment. Audiences that are no URIs name no place to compare
/// with.
bool names_resource(const boost::json::object& claims, const std::vector<std::string>& audiences) {
    auto htu = jose::string_member(claims, "htu");
    if (!htu || htu->find("://") == std::string::npos) return false;
    htu->erase(std::min(htu->find_first_of("?#"), htu->size()));
    const auto is_uri = [](const std::string& audience) { return audience.find("://") != std::string::npos; };
    if (std::none_of(audiences.begin(), audiences.end(), is_uri)) return true;
    return std::find(audiences.begin(), audiences.end(), *htu) != audiences.end();
}

}  // namespace

Result<DpopProof> check_proof(std::string_view text, const ProofRules& rules) {
    const auto proof = open_token(text, {"dpop+jwt"}, rules.provider.algorithms);
    if (!proof) return proof.error();
    const auto key = proof_key(*proof);
    if (!key) return Error{"jwk"};
    const auto claims = claims_of(*proof, {*key});
    if (!claims) return claims.error();
    const auto id = jose::string_member(*claims, "jti");
    if (!id || id->empty()) return Error{"jti"};
    if (jose::string_member(*claims, "htm") != "GET") return Error{"htm"};
    if (!names_resource(*claims, rules.provider.audiences)) return Error{"htu"};
    TimeRules times{rules.now, rules.provider.skew, rules.provider.max_age};
    times.exp_needed = false;
    if (const auto fresh = check_times(*claims, times); !fresh) return fresh.error();
    if (jose::string_member(*claims, "ath") != hash_of(rules.access_token)) return Error{"ath"};
    if (key->thumbprint() != rules.key_thumbprint) return Error{"jkt"};
    if (jose::string_member(*claims, "nonce") != rules.nonce) return Error{"nonce"};
    return DpopProof{*id, *jose::date_member(*claims, "iat")};
}

}  // namespace causeway::identity
