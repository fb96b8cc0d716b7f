#include "gateway/tools/passport_command_cases.hpp"

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "core/jose/strict_json.hpp"

namespace causeway::tools {
namespace {

namespace json = boost::json;
using identity::OriginSource;
using identity::PassportPolicy;
using identity::PassportRequest;
using identity::PassportVerdict;

constexpr std::size_t kLongestCase = std::size_t{4} * 1024 * 1024;
constexpr std::int64_t kLongestFreshness = 1'000'000'000;

/// The member, unless it is missing or null.
const json::value* member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

Error wrong(std::string_view name, std::string_view demand) {
    return Error{std::string(name) + ": must be " + std::string(demand)};
}

Result<void> read(const json::object& object, const char* name, std::optional<std::string>& into) {
    const json::value* value = member(object, name);
    if (value == nullptr) return {};
    if (!value->is_string()) return wrong(name, "a string");
    into = std::string(value->get_string());
    return {};
}

Result<void> read_needed(const json::object& object, const char* name, std::string& into) {
    std::optional<std::string> text;
    if (const auto done = read(object, name, text); !done) return done.error();
    if (!text) return wrong(name, "given");
    into = *std::move(text);
    return {};
}

Result<void> read_time(const json::object& object, std::int64_t& into) {
    const auto now = jose::date_member(object, "now");
    if (!now) return wrong("now", "seconds since 1970");
    into = *now;
    return {};
}

Result<void> read_identity(const json::object& object, std::vector<std::string>& into) {
    const json::value* value = member(object, "identity");
    if (value == nullptr) return {};
    if (!value->is_array()) return wrong("identity", "an array of strings");
    for (const json::value& row : value->get_array()) {
        if (!row.is_string()) return wrong("identity", "an array of strings");
        into.emplace_back(row.get_string());
    }
    return {};
}

bool is_pair_of_strings(const json::value& value) {
    return value.is_array() && value.get_array().size() == 2 && value.get_array()[0].is_string() &&
           value.get_array()[1].is_string();
}

Result<void> read_fingerprints(const json::object& object, std::vector<identity::Fingerprint>& into) {
    const json::value* value = member(object, "sdp_fingerprints");
    if (value == nullptr) return {};
    if (!value->is_array()) return wrong("sdp_fingerprints", "an array of pairs");
    for (const json::value& pair : value->get_array()) {
        if (!is_pair_of_strings(pair)) return wrong("sdp_fingerprints", "an array of pairs");
        into.push_back(
            {std::string(pair.get_array()[0].get_string()), std::string(pair.get_array()[1].get_string())});
    }
    return {};
}

using Certificates = std::map<std::string, std::string>;

Result<void> read_certificates(const json::object& object, Certificates& into) {
    const json::value* value = member(object, "certs");
    if (value == nullptr) return {};
    if (!value->is_object()) return wrong("certs", "an object of URLs and PEM texts");
    for (const auto& [url, pem] : value->get_object()) {
        if (pem.is_null()) continue;
        if (!pem.is_string()) return wrong("certs", "an object of URLs and PEM texts");
        into[url] = std::string(pem.get_string());
    }
    return {};
}

Result<void> read_origin_source(const json::object& policy, OriginSource& into) {
    std::optional<std::string> word;
    if (const auto done = read(policy, "orig_from", word); !done) return done.error();
    if (word && *word != "from" && *word != "pai") return wrong("orig_from", "from or pai");
    if (word) into = *word == "pai" ? OriginSource::pai : OriginSource::from;
    return {};
}

Result<PassportPolicy> policy_in(const json::object& object) {
    PassportPolicy policy;
    if (const json::value* require = member(object, "require")) {
        if (!require->is_bool()) return wrong("require", "true or false");
        policy.require = require->get_bool();
    }
    if (const auto done = read_origin_source(object, policy.origin); !done) return done.error();
    if (member(object, "freshness") != nullptr) {
        const auto freshness = jose::date_member(object, "freshness");
        if (!freshness || *freshness < 0 || *freshness > kLongestFreshness) {
            return wrong("freshness", "a number of seconds");
        }
        policy.freshness = *freshness;
    }
    return policy;
}

struct Case {
    PassportRequest request;
    PassportPolicy policy;
    std::optional<jose::TrustStore> roots;
    Certificates certificates;
};

Result<void> read_policy(const json::object& object, PassportPolicy& into) {
    const json::value* value = member(object, "policy");
    if (value == nullptr) return {};
    if (!value->is_object()) return wrong("policy", "an object");
    const auto policy = policy_in(value->get_object());
    if (!policy) return policy.error();
    into = *policy;
    return {};
}

/// No root at all is a case too: nobody is trusted.
Result<void> read_roots(const json::object& object, std::optional<jose::TrustStore>& into) {
    std::optional<std::string> roots;
    std::optional<std::string> crls;
    if (const auto done = read(object, "root", roots); !done) return done.error();
    if (const auto done = read(object, "crl", crls); !done) return done.error();
    if (!roots || roots->empty()) return {};
    auto store = jose::TrustStore::from_pem(*roots, crls.value_or(""));
    if (!store) return Error{"root: " + store.error().detail};
    into = *std::move(store);
    return {};
}

Result<Case> case_in(std::string_view line) {
    const auto object = jose::parse_object(line, kLongestCase);
    if (!object) return object.error();
    Case one;
    PassportRequest& request = one.request;
    std::optional<std::string> target;
    const auto faults = {read_needed(*object, "from", request.from),
                         read(*object, "pai", request.pai),
                         read_needed(*object, "to", request.to),
                         read(*object, "ruri", target),
                         read(*object, "date", request.date),
                         read_time(*object, request.now),
                         read_fingerprints(*object, request.sdp_fingerprints),
                         read_policy(*object, one.policy),
                         read_identity(*object, request.identity),
                         read_roots(*object, one.roots),
                         read_certificates(*object, one.certificates)};
    for (const Result<void>& fault : faults) {
        if (!fault) return fault.error();
    }
    request.request_uri = target.value_or(request.to);
    return one;
}

/// Of the shape of every other answer, for readers that only look at those members.
std::string error_answer(const Error& error) {
    return json::serialize(json::object{{"result", "invalid"},
                                        {"why", error.detail},
                                        {"mky", false},
                                        {"div", json::array()},
                                        {"error", error.detail}});
}

}  // namespace

Result<PassportPolicy> passport_policy_in(std::string_view text) {
    const auto object = jose::parse_object(text);
    if (!object) return object.error();
    return policy_in(*object);
}

std::string_view word_for(const PassportVerdict& verdict) {
    if (verdict.result == PassportVerdict::Result::valid) return "valid";
    return verdict.code != 0 ? "invalid" : "none";
}

std::string answer_of(const PassportVerdict& verdict) {
    json::object answer{{"result", word_for(verdict)}};
    if (verdict.code != 0) answer["code"] = verdict.code;
    answer["why"] = verdict.why;
    if (verdict.attestation != identity::Attestation::none) answer["attest"] = letter(verdict.attestation);
    if (!verdict.origin.empty()) answer["orig"] = verdict.origin;
    answer["mky"] = verdict.mky;
    json::array diversions;
    for (const auto& diversion : verdict.diversions) diversions.emplace_back(diversion.from);
    answer["div"] = std::move(diversions);
    return json::serialize(answer);
}

std::string answer_passport_case(std::string_view line) {
    const auto one = case_in(line);
    if (!one) return error_answer(one.error());
    const auto lookup = [&](const std::string& url) -> Result<jose::CertificateChain> {
        const auto found = one->certificates.find(url);
        if (found == one->certificates.end()) return Error{url};
        return identity::read_certificate(found->second);
    };
    const jose::TrustStore* roots = one->roots ? &*one->roots : nullptr;
    return answer_of(identity::verify_passports(one->request, one->policy, roots, lookup, nullptr));
}

}  // namespace causeway::tools
