#include "gateway/identity/assertion/signed_claims.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "core/jose/strict_json.hpp"

namespace causeway::identity {
namespace {

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

std::string jws_fault(const Error& error) {
    for (const char* fault : {"too long", "base64"})
        if (starts_with(error.detail, fault)) return std::string(fault) + ": malformed JWS";
    return "malformed JWS: not three parts";
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// RFC 7515 §4.1.9: a media type, whose "application/" may be left out.
std::string_view short_type(std::string_view type) {
    constexpr std::string_view kApplication = "application/";
    const bool has_prefix = equal_ignoring_case(type.substr(0, kApplication.size()), kApplication);
    return has_prefix ? type.substr(kApplication.size()) : type;
}

bool has_type(const boost::json::object& header, const std::vector<std::string_view>& types) {
    const bool present = header.contains("typ");
    const auto type = jose::string_member(header, "typ");
    if (present && (!type || type->empty())) return false;
    return std::any_of(types.begin(), types.end(), [&](std::string_view accepted) {
        return present ? equal_ignoring_case(short_type(*type), short_type(accepted)) : accepted.empty();
    });
}

std::optional<jose::Algorithm> algorithm_in(const boost::json::object& header,
                                            const std::vector<jose::Algorithm>& allowed) {
    const auto name = jose::string_member(header, "alg");
    const auto algorithm = name ? jose::algorithm_of(*name) : std::nullopt;
    const bool is_allowed =
        algorithm && std::find(allowed.begin(), allowed.end(), *algorithm) != allowed.end();
    return is_allowed ? algorithm : std::nullopt;
}

}  // namespace

std::string json_fault(const Error& error, std::string_view where) {
    std::string reason = "malformed JSON";
    for (const char* fault : {"too long", "duplicate member"})
        if (starts_with(error.detail, fault)) reason = fault;
    return reason.append(": ").append(where);
}

Result<OpenedToken> open_token(std::string_view token, const std::vector<std::string_view>& types,
                               const std::vector<jose::Algorithm>& algorithms) {
    const auto jws = jose::split(token);
    if (!jws) return Error{jws_fault(jws.error())};
    const auto header = jose::parse_object(jws->header);
    if (!header) return Error{json_fault(header.error(), "JWS header")};
    const auto algorithm = algorithm_in(*header, algorithms);
    if (!algorithm) return Error{"alg"};
    if (header->contains(jose::kCritical)) return Error{"crit"};
    if (!has_type(*header, types)) return Error{"typ"};
    const auto kid = jose::string_member(*header, "kid");
    if (header->contains("kid") && !kid) return Error{"kid"};
    return OpenedToken{*jws, *algorithm, kid};
}

Result<std::vector<jose::VerifyKey>> keys_for(const OpenedToken& token, const KeySet& keys,
                                              bool& unknown_key) {
    std::vector<jose::VerifyKey> fitting = keys.find(token.kid);
    unknown_key = fitting.empty();
    if (unknown_key) return Error{"kid: not in the key set"};
    const auto unfit = [&](const jose::VerifyKey& key) { return !key.fits(token.algorithm); };
    fitting.erase(std::remove_if(fitting.begin(), fitting.end(), unfit), fitting.end());
    if (fitting.empty()) return Error{"alg: not the key's"};
    if (!token.kid && fitting.size() > 1) return Error{"kid: missing, and several keys fit"};
    return fitting;
}

Result<boost::json::object> claims_of(const OpenedToken& token, const std::vector<jose::VerifyKey>& keys) {
    const bool verified = std::any_of(keys.begin(), keys.end(), [&](const jose::VerifyKey& key) {
        return key.verify(token.algorithm, token.jws.signing_input, token.jws.signature);
    });
    if (!verified) return Error{"signature"};
    auto claims = jose::parse_object(token.jws.payload);
    if (!claims) return Error{json_fault(claims.error(), "JWS payload")};
    return claims;
}

bool names_audience(const boost::json::object& claims, const std::vector<std::string>& audiences) {
    if (audiences.empty()) return true;
    const auto is_ours = [&](const boost::json::value& value) {
        return value.is_string() && std::find(audiences.begin(), audiences.end(),
                                              std::string_view(value.get_string())) != audiences.end();
    };
    const boost::json::value* aud = claims.if_contains("aud");
    if (!aud) return false;
    if (!aud->is_array()) return is_ours(*aud);
    return std::any_of(aud->get_array().begin(), aud->get_array().end(), is_ours);
}

Result<void> check_times(const boost::json::object& claims, const TimeRules& rules) {
    const auto exp = jose::date_member(claims, "exp");
    if (!exp && (rules.exp_needed || claims.contains("exp"))) return Error{"expired: no exp"};
    // RFC 7519 §4.1.4: not on or after that time.
    if (exp && rules.now >= *exp + rules.skew) return Error{"expired: exp"};
    const auto iat = jose::date_member(claims, "iat");
    if (!iat && (rules.iat_needed || claims.contains("iat"))) return Error{"iat: missing"};
    if (iat && *iat > rules.now + rules.skew) return Error{"iat: in the future"};
    if (iat && rules.max_age && rules.now - *iat > *rules.max_age + rules.skew)
        return Error{"expired: iat too old for max_age"};
    const auto nbf = jose::date_member(claims, "nbf");
    if (!nbf && claims.contains("nbf")) return Error{"nbf: no number"};
    if (nbf && *nbf > rules.now + rules.skew) return Error{"nbf: not yet valid"};
    return {};
}

}  // namespace causeway::identity
