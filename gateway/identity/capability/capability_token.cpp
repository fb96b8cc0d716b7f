#include "gateway/identity/capability/capability_token.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "config/pattern.hpp"
#include "core/base/random.hpp"
#include "core/jose/jws.hpp"
#include "core/jose/strict_json.hpp"
#include "gateway/identity/capability/capability_claims.hpp"

namespace causeway::identity {
namespace {

constexpr std::string_view kType = "causeway-call+jwt";
constexpr std::size_t kLongestToken = 8192;
constexpr std::size_t kLongestCallee = 256;
constexpr std::size_t kLongestPage = 1024;

ReadCapability refused(CapabilityFault fault, std::string why) {
    return {std::nullopt, {fault, std::move(why)}};
}

ReadCapability invalid(std::string why) {
    return refused(CapabilityFault::invalid, std::move(why));
}

/// `alg` of a header that is one of ours. The Error names the member at fault.
Result<jose::Algorithm> algorithm_of_header(std::string_view text) {
    const auto header = jose::parse_object(text, kLongestToken);
    if (!header) return Error{"header: " + header.error().detail};
    // RFC 8725 §3.11: a token of another kind is none of ours, whoever signed it.
    if (jose::string_member(*header, "typ") != kType) return Error{"typ"};
    // RFC 7515 §4.1.11
    if (header->contains(jose::kCritical)) return Error{"crit"};
    const auto algorithm = jose::algorithm_of(jose::string_member(*header, "alg").value_or(""));
    if (!algorithm) return Error{"alg"};
    return Result<jose::Algorithm>(*algorithm);
}

bool matches(const std::string& pattern, std::string_view value) {
    const auto compiled = config::Pattern::compile(pattern);
    return compiled.has_value() && compiled->matches(value);
}

/// One name may stand for several keys: the application server's own, and the gateway's that signs for it.
Result<const CapabilityIssuer*> signer_of(const jose::CompactJws& parts, const std::string& name,
                                          jose::Algorithm algorithm,
                                          const std::vector<CapabilityIssuer>& issuers) {
    bool is_known = false;
    bool has_algorithm = false;
    for (const CapabilityIssuer& one : issuers) {
        if (one.name != name) continue;
        is_known = true;
        if (one.algorithm != algorithm) continue;
        has_algorithm = true;
        if (one.key.verify(algorithm, parts.signing_input, parts.signature)) return &one;
    }
    if (!is_known) return Error{"iss: no such application server"};
    return Error{has_algorithm ? "signature" : "alg: not the issuer's"};
}

}  // namespace

std::string mint(const Capability& capability, const jose::SigningKey& key, jose::Algorithm algorithm) {
    const boost::json::object header{{"alg", jose::name(algorithm)}, {"typ", kType}};
    Capability named = capability;
    if (named.id.empty()) named.id = random_token(22);
    return jose::sign(key, algorithm, boost::json::serialize(header), boost::json::serialize(json_of(named)));
}

Result<Capability> capability_of_request(std::string_view text) {
    const auto object = jose::parse_object(text, kLongestToken);
    if (!object) return object.error();
    return claims_of(*object, ClaimsKind::request);
}

ReadCapability read_token(std::string_view token, const std::vector<CapabilityIssuer>& issuers,
                          std::int64_t now) {
    const auto parts = jose::split(token, kLongestToken);
    if (!parts) return invalid(parts.error().detail);
    const auto algorithm = algorithm_of_header(parts->header);
    if (!algorithm) return invalid(algorithm.error().detail);
    const auto object = jose::parse_object(parts->payload, kLongestToken);
    if (!object) return invalid("payload: " + object.error().detail);
    const std::string name = jose::string_member(*object, "iss").value_or("");
    const auto issuer = signer_of(*parts, name, *algorithm, issuers);
    if (!issuer) return invalid(issuer.error().detail);
    auto capability = claims_of(*object, ClaimsKind::token);
    if (!capability) return invalid(capability.error().detail);
    if (capability->issued_at > now + kCapabilitySkew) return invalid("iat: in the future");
    if (capability->expires_at - capability->issued_at > (*issuer)->longest_life) {
        return invalid("exp: longer than this issuer may give");
    }
    // RFC 7519 §4.1.4
    if (now >= capability->expires_at + kCapabilitySkew)
        return refused(CapabilityFault::expired, "exp: expired");
    return {std::move(*capability), {}};
}

Result<Capability> peek_token(std::string_view token) {
    const auto parts = jose::split(token, kLongestToken);
    if (!parts) return parts.error();
    const auto algorithm = algorithm_of_header(parts->header);
    if (!algorithm) return algorithm.error();
    const auto object = jose::parse_object(parts->payload, kLongestToken);
    if (!object) return object.error();
    return claims_of(*object, ClaimsKind::token);
}

std::optional<CapabilityRefusal> refusal_of(const Capability& capability, std::string_view callee,
                                            std::string_view page) {
    if (page.size() > kLongestPage) {
        return CapabilityRefusal{CapabilityFault::page, "The page's address is too long."};
    }
    if (!capability.page.empty() && !matches(capability.page, page)) {
        return CapabilityRefusal{CapabilityFault::page, "The permission to call is not for this page."};
    }
    if (callee.size() > kLongestCallee) {
        return CapabilityRefusal{CapabilityFault::callee, "The called number is too long."};
    }
    const bool is_allowed = std::any_of(capability.callees.begin(), capability.callees.end(),
                                        [&](const std::string& pattern) { return matches(pattern, callee); });
    if (!is_allowed) {
        return CapabilityRefusal{CapabilityFault::callee, "The permission to call is not for this number."};
    }
    return std::nullopt;
}

std::string to_json(const Capability& capability) {
    return boost::json::serialize(json_of(capability));
}

}  // namespace causeway::identity
