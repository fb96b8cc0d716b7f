#include "gateway/identity/passport/passport_signer.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "core/jose/base64.hpp"
#include "core/jose/jws.hpp"
#include "core/jose/strict_json.hpp"
#include "gateway/identity/passport/authority.hpp"
#include "gateway/identity/passport/passport.hpp"
#include "gateway/identity/passport/telephone_number.hpp"
#include "gateway/identity/passport/tn_auth_list.hpp"

namespace causeway::identity {
namespace {

namespace json = boost::json;

std::string_view ppt_of(PassportKind kind) {
    switch (kind) {
        case PassportKind::shaken:
            return "shaken";
        case PassportKind::div:
            return "div";
        case PassportKind::base:
            break;
    }
    return {};
}

/// RFC 8225 §5.2.1.
Result<json::object> origin_claim(const PassportClaims& claims) {
    if (claims.origin_number.empty() == claims.origin_uri.empty())
        return Error{"orig: one of number and URI"};
    if (claims.origin_number.empty()) {
        const std::string uri = canonical_uri(claims.origin_uri);
        if (uri.empty()) return Error{"orig: no URI"};
        return json::object{{"uri", uri}};
    }
    const std::string number = canonical_number(claims.origin_number);
    if (number.empty()) return Error{"orig: no telephone number"};
    return json::object{{"tn", number}};
}

using Canonical = std::string (*)(std::string_view);

Result<json::array> canonical_array(const std::vector<std::string>& texts, Canonical canonical) {
    json::array array;
    for (const std::string& text : texts) {
        const std::string one = canonical(text);
        if (one.empty()) return Error{"dest: neither number nor URI"};
        array.emplace_back(one);
    }
    return array;
}

Result<json::object> destination_claim(const PassportClaims& claims) {
    auto numbers = canonical_array(claims.destination_numbers, canonical_number);
    if (!numbers) return numbers.error();
    auto uris = canonical_array(claims.destination_uris, canonical_uri);
    if (!uris) return uris.error();
    json::object destination;
    if (!numbers->empty()) destination["tn"] = *std::move(numbers);
    if (!uris->empty()) destination["uri"] = *std::move(uris);
    if (destination.empty()) return Error{"dest: missing"};
    return destination;
}

/// RFC 8225 §5.2.2.
json::array media_keys_claim(const std::vector<Fingerprint>& fingerprints) {
    json::array keys;
    for (const Fingerprint& key : as_media_keys(fingerprints)) {
        keys.push_back(json::object{{"alg", key.algorithm}, {"dig", key.digest}});
    }
    return keys;
}

Result<void> add_shaken_claims(const PassportClaims& claims, json::object& payload) {
    if (claims.origin_number.empty()) return Error{"orig: SHAKEN needs a number"};
    if (claims.attestation == Attestation::none) return Error{"attest: missing"};
    if (!is_uuid(claims.origid)) return Error{"origid: no UUID"};
    payload["attest"] = letter(claims.attestation);
    payload["origid"] = claims.origid;
    return {};
}

Result<json::object> payload_of(const PassportClaims& claims) {
    auto origin = origin_claim(claims);
    if (!origin) return origin.error();
    auto destination = destination_claim(claims);
    if (!destination) return destination.error();
    if (claims.issued_at <= 0) return Error{"iat: missing"};
    json::object payload;
    payload["orig"] = *std::move(origin);
    payload["dest"] = *std::move(destination);
    payload["iat"] = claims.issued_at;
    if (!claims.media_keys.empty()) payload["mky"] = media_keys_claim(claims.media_keys);
    if (claims.kind == PassportKind::shaken) {
        if (const auto added = add_shaken_claims(claims, payload); !added) return added.error();
    }
    if (claims.kind == PassportKind::div) {
        const std::string number = canonical_number(claims.diverted_number);
        if (number.empty()) return Error{"div: no telephone number"};
        payload["div"] = json::object{{"tn", number}};
    }
    return payload;
}

std::string header_of(PassportKind kind, const std::string& x5u) {
    json::object header{{"alg", "ES256"}, {"typ", "passport"}, {"x5u", x5u}};
    if (kind != PassportKind::base)
        header["ppt"] = json::string_view(ppt_of(kind).data(), ppt_of(kind).size());
    return jose::canonical(header);
}

}  // namespace

PassportSigner::PassportSigner(jose::SigningKey key, jose::CertificateChain chain, std::string x5u)
    : key_(std::move(key)), chain_(std::move(chain)), x5u_(std::move(x5u)) {}

Result<PassportSigner> PassportSigner::make(jose::SigningKey key, jose::CertificateChain chain,
                                            std::string x5u, std::int64_t now) {
    if (!key.verify_key().fits(jose::Algorithm::es256)) return Error{"the key is not on P-256"};
    if (!(chain.key() == key.verify_key())) return Error{"the certificate is not the key's"};
    if (now < chain.not_before()) return Error{"the certificate is not yet valid"};
    if (now > chain.not_after()) return Error{"the certificate expired"};
    if (const auto fault = check_key_usage(chain)) return Error{fault->why};
    if (!is_https_url(x5u)) return Error{"x5u: no https URL"};
    return PassportSigner(std::move(key), std::move(chain), std::move(x5u));
}

bool PassportSigner::covers(std::string_view number) const {
    return !check_authority(chain_, Party{true, canonical_number(number)});
}

bool PassportSigner::covers_domain(std::string_view domain) const {
    return identity::covers_domain(chain_, domain_of_uri("sip:" + std::string(domain)));
}

Result<std::string> PassportSigner::sign(const PassportClaims& claims) const {
    const auto payload = payload_of(claims);
    if (!payload) return payload.error();
    const std::string token =
        jose::sign(key_, jose::Algorithm::es256, header_of(claims.kind, x5u_), jose::canonical(*payload));
    if (token.empty()) return Error{"signature: OpenSSL failed"};
    std::string value = token + ";info=<" + x5u_ + ">;alg=ES256";
    // A token as in the ABNF of RFC 8224 §4, and as secsipidx and Asterisk write it; the quotes in the
    // examples of RFC 8588 §6 are against that ABNF.
    if (claims.kind != PassportKind::base) value.append(";ppt=").append(ppt_of(claims.kind));
    return {boost::system::in_place_value, std::move(value)};
}

std::string make_origid(std::string_view secret, std::string_view call) {
    std::string octets = jose::hmac_sha256(secret, "origid " + std::string(call)).substr(0, 16);
    // RFC 9562 §4: version 4 and variant, as of a random one.
    octets[6] = static_cast<char>((static_cast<unsigned char>(octets[6]) & 0x0f) | 0x40);
    octets[8] = static_cast<char>((static_cast<unsigned char>(octets[8]) & 0x3f) | 0x80);
    std::string text = jose::encode_hex(octets);
    for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, "-");
    return text;
}

}  // namespace causeway::identity
