#include "gateway/tools/assertion_command_cases.hpp"

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/jose/strict_json.hpp"

namespace causeway::tools {
namespace {

namespace json = boost::json;
using identity::Binding;
using identity::IdentityProvider;

constexpr std::size_t kLongestCase = std::size_t{4} * 1024 * 1024;
constexpr std::int64_t kLongestSpan = 1'000'000'000;

/// The member, unless it is missing or null.
const json::value* member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value && !value->is_null() ? value : nullptr;
}

Error wrong(std::string_view name, std::string_view demand) {
    return Error{std::string(name) + ": must be " + std::string(demand)};
}

Result<void> read(const json::object& object, const char* name, std::string& into) {
    const json::value* value = member(object, name);
    if (value && !value->is_string()) return wrong(name, "a string");
    if (value) into = std::string(value->get_string());
    return {};
}

Result<void> read(const json::object& object, const char* name, std::vector<std::string>& into) {
    const json::value* value = member(object, name);
    if (!value) return {};
    if (!value->is_array()) return wrong(name, "an array of strings");
    into.clear();
    for (const json::value& entry : value->get_array()) {
        if (!entry.is_string()) return wrong(name, "an array of strings");
        into.emplace_back(entry.get_string());
    }
    return {};
}

Result<void> read(const json::object& object, const char* name, std::int64_t& into) {
    if (!member(object, name)) return {};
    const auto seconds = jose::date_member(object, name);
    if (!seconds || *seconds < 0 || *seconds > kLongestSpan) return wrong(name, "a number of seconds");
    into = *seconds;
    return {};
}

Result<void> read_binding(const json::object& object, Binding& into) {
    std::string word;
    if (const auto read_it = read(object, "binding", word); !read_it) return read_it.error();
    if (word.empty() || word == "contents")
        into = Binding::contents;
    else if (word == "nonce" || word == "oidc-nonce")
        into = Binding::oidc_nonce;
    else if (word == "dpop")
        into = Binding::dpop;
    else if (word == "introspection")
        into = Binding::introspection;
    else
        return wrong("binding", "contents, nonce, dpop or introspection");
    return {};
}

Result<void> read_algorithms(const json::object& object, std::vector<jose::Algorithm>& into) {
    std::vector<std::string> names;
    if (const auto read_it = read(object, "algs", names); !read_it) return read_it.error();
    if (!member(object, "algs")) return {};
    into.clear();
    for (const std::string& name : names) {
        const auto algorithm = jose::algorithm_of(name);
        if (!algorithm || *algorithm == jose::Algorithm::hs256)
            return wrong("algs", "asymmetric JWS algorithms");
        into.push_back(*algorithm);
    }
    return {};
}

Result<void> read_claims(const json::object& object, IdentityProvider& into) {
    const json::value* value = member(object, "require_claims");
    if (!value) return {};
    if (!value->is_object()) return wrong("require_claims", "an object");
    for (const auto& [name, wanted] : value->get_object())
        into.required_claims.emplace_back(name, json::serialize(wanted));
    return {};
}

Result<IdentityProvider> provider_in(const json::value& value) {
    if (!value.is_object()) return Error{"an identity provider must be an object"};
    const json::object& object = value.get_object();
    IdentityProvider provider;
    provider.protocols = {"default"};
    const auto faults = {read(object, "domain", provider.domain),
                         read(object, "protocols", provider.protocols),
                         read(object, "issuer", provider.issuer),
                         read_binding(object, provider.binding),
                         read(object, "typ", provider.type),
                         read(object, "name_claim", provider.name_claim),
                         read(object, "audiences", provider.audiences),
                         read(object, "may_assert", provider.may_assert),
                         read_algorithms(object, provider.algorithms),
                         read(object, "max_age", provider.max_age),
                         read(object, "skew", provider.skew),
                         read_claims(object, provider)};
    for (const Result<void>& fault : faults)
        if (!fault) return fault.error();
    if (provider.domain.empty()) return wrong("domain", "given");
    return provider;
}

struct Case {
    std::string sdp;
    std::int64_t now = 0;
    std::optional<identity::Fingerprint> dtls;
    std::vector<IdentityProvider> providers;
    std::string key_set = R"({"keys":[]})";
    std::string introspection;
};

Result<void> read_dtls(const json::object& object, Case& into) {
    if (!member(object, "dtls")) return {};
    std::vector<std::string> words;
    if (const auto read_it = read(object, "dtls", words); !read_it) return read_it.error();
    if (words.size() != 2) return wrong("dtls", "an algorithm and a digest");
    into.dtls = identity::Fingerprint{words[0], words[1]};
    return {};
}

Result<Case> case_in(std::string_view line) {
    const auto parsed = jose::parse_object(line, kLongestCase);
    if (!parsed) return parsed.error();
    Case read_case;
    if (!member(*parsed, "sdp")) return wrong("sdp", "given");
    if (const auto sdp = read(*parsed, "sdp", read_case.sdp); !sdp) return sdp.error();
    const auto now = jose::date_member(*parsed, "now");
    if (!now) return wrong("now", "seconds since 1970");
    read_case.now = *now;
    if (const auto dtls = read_dtls(*parsed, read_case); !dtls) return dtls.error();
    if (const json::value* idps = member(*parsed, "idps")) {
        const auto providers = providers_in(*idps);
        if (!providers) return providers.error();
        read_case.providers = *providers;
    }
    if (const json::value* keys = member(*parsed, "jwks")) read_case.key_set = json::serialize(*keys);
    if (const json::value* answer = member(*parsed, "introspection"))
        read_case.introspection =
            answer->is_string() ? std::string(answer->get_string()) : json::serialize(*answer);
    return read_case;
}

std::string error_answer(const Error& error) {
    return json::serialize(json::object{
        {"result", "invalid"}, {"why", error.detail}, {"identity", ""}, {"error", error.detail}});
}

}  // namespace

Result<std::vector<IdentityProvider>> providers_in(const json::value& value) {
    std::vector<IdentityProvider> providers;
    const json::array one{value};
    for (const json::value& entry : value.is_array() ? value.get_array() : one) {
        auto provider = provider_in(entry);
        if (!provider) return provider.error();
        providers.push_back(*std::move(provider));
    }
    return providers;
}

std::string_view word_for(identity::AssertionVerdict::Result result) {
    switch (result) {
        case identity::AssertionVerdict::Result::valid:
            return "valid";
        case identity::AssertionVerdict::Result::invalid:
            return "invalid";
        case identity::AssertionVerdict::Result::unknown_idp:
            return "unknown_idp";
        case identity::AssertionVerdict::Result::none:
            break;
    }
    return "none";
}

std::string reason_of(const identity::AssertionVerdict& verdict) {
    return verdict.why + (verdict.detail.empty() ? "" : ": ") + verdict.detail;
}

std::string answer_of(const identity::AssertionVerdict& verdict) {
    return json::serialize(json::object{
        {"result", word_for(verdict.result)}, {"why", reason_of(verdict)}, {"identity", verdict.identity}});
}

std::string answer_case(std::string_view line) {
    const auto read_case = case_in(line);
    if (!read_case) return error_answer(read_case.error());
    const auto keys = identity::KeySet::from_jwks(read_case->key_set);
    if (!keys) return error_answer(Error{"jwks: " + keys.error().detail});
    identity::AssertionRequest request;
    request.sdp = read_case->sdp;
    request.now = read_case->now;
    request.dtls = read_case->dtls;
    return answer_of(
        identity::verify_assertion(request, read_case->providers, *keys, read_case->introspection, nullptr));
}

}  // namespace causeway::tools
