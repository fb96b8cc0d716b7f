// `causeway assertion verify`: what a call with this offer would have got, from files and options, or from a
// table of JSON cases on standard input.
#include <boost/json.hpp>
#include <boost/program_options.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <ostream>

#include "core/jose/strict_json.hpp"
#include "gateway/tools/assertion_command_cases.hpp"
#include "gateway/tools/commands.hpp"
#include "gateway/tools/file_text.hpp"

namespace causeway::tools {
namespace {

namespace options = boost::program_options;
using identity::AssertionVerdict;

constexpr const char* kHelp =
    "Usage: causeway assertion verify --sdp FILE --idp FILE [--jwks DOMAIN=FILE]... [options]\n"
    "       causeway assertion verify --json < CASES\n"
    "Verifies the a=identity of a session description (RFC 8827) and prints the identity, or the reason.\n\n";

options::options_description verify_options() {
    options::options_description all("Options");
    auto add = all.add_options();
    add("sdp", options::value<std::string>()->value_name("FILE"), "the offer or answer");
    add("idp", options::value<std::string>()->value_name("FILE"),
        "JSON: an identity provider or an array of them: domain, protocols, issuer, binding (contents, "
        "nonce, dpop, "
        "introspection), typ, name_claim, audiences, may_assert, algs, max_age, skew, require_claims");
    add("jwks", options::value<std::vector<std::string>>()->value_name("DOMAIN=FILE"),
        "keys of the provider of that domain; repeatable");
    add("introspection", options::value<std::string>()->value_name("FILE"),
        "what the provider's introspection endpoint answered");
    add("dtls", options::value<std::string>()->value_name("\"sha-256 AA:..\""),
        "the certificate used in DTLS");
    add("now", options::value<std::int64_t>()->value_name("EPOCH"),
        "seconds since 1970; the present when missing");
    add("json", "answer in JSON; without --sdp: a case per line on standard input, an answer per line");
    add("help", "this text");
    return all;
}

std::string needed_file(const options::variables_map& given, const std::string& name) {
    if (!given.contains(name)) throw options::error("--" + name + " is missing");
    return file_text(given[name].as<std::string>());
}

std::vector<identity::IdentityProvider> given_providers(const options::variables_map& given) {
    // Wrapped, for an array is no object to the strict reader.
    const auto wrapped = jose::parse_object("{\"idps\":" + needed_file(given, "idp") + "}");
    if (!wrapped) throw options::error("--idp: " + wrapped.error().detail);
    auto providers = providers_in(wrapped->at("idps"));
    if (!providers) throw options::error("--idp: " + providers.error().detail);
    return *std::move(providers);
}

std::map<std::string, identity::KeySet> given_keys(const options::variables_map& given) {
    std::map<std::string, identity::KeySet> sets;
    if (!given.contains("jwks")) return sets;
    for (const std::string& pair : given["jwks"].as<std::vector<std::string>>()) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos) throw options::error("--jwks wants DOMAIN=FILE");
        auto keys = identity::KeySet::from_jwks(file_text(pair.substr(equals + 1)));
        if (!keys) throw options::error("--jwks " + pair + ": " + keys.error().detail);
        sets.insert_or_assign(pair.substr(0, equals), *std::move(keys));
    }
    return sets;
}

std::optional<identity::Fingerprint> given_dtls(const options::variables_map& given) {
    if (!given.contains("dtls")) return std::nullopt;
    const std::string text = given["dtls"].as<std::string>();
    const std::size_t space = text.find(' ');
    if (space == std::string::npos) throw options::error("--dtls wants \"ALGORITHM DIGEST\"");
    return identity::Fingerprint{text.substr(0, space), text.substr(space + 1)};
}

std::int64_t given_now(const options::variables_map& given) {
    if (given.contains("now")) return given["now"].as<std::int64_t>();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

AssertionVerdict verdict_on_files(const options::variables_map& given) {
    const std::string sdp = needed_file(given, "sdp");
    const auto providers = given_providers(given);
    const auto key_sets = given_keys(given);
    const std::string introspection =
        given.contains("introspection") ? needed_file(given, "introspection") : "";
    identity::AssertionRequest request;
    request.sdp = sdp;
    request.now = given_now(given);
    request.dtls = given_dtls(given);
    identity::KeySet keys;
    if (const auto* provider = identity::provider_of(identity::claim_of(sdp), providers)) {
        const auto found = key_sets.find(provider->domain);
        const bool asks = provider->binding == identity::Binding::introspection;
        if (asks && introspection.empty()) throw options::error("--introspection is missing");
        if (!asks && found == key_sets.end())
            throw options::error("--jwks " + provider->domain + "=FILE is missing");
        if (found != key_sets.end()) keys = found->second;
    }
    return identity::verify_assertion(request, providers, keys, introspection, nullptr);
}

int print(const AssertionVerdict& verdict, bool json, std::ostream& out) {
    const bool valid = verdict.result == AssertionVerdict::Result::valid;
    if (json) {
        out << answer_of(verdict) << '\n';
    } else if (valid) {
        out << verdict.identity << '\n';
    } else {
        out << word_for(verdict.result) << (verdict.why.empty() ? "" : ": ") << reason_of(verdict) << '\n';
    }
    return valid ? kValid : kInvalid;
}

int answer_cases(std::istream& in, std::ostream& out) {
    for (std::string line; std::getline(in, line);) out << answer_case(line) << '\n';
    return kValid;
}

int verify(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out) {
    const auto known = verify_options();
    options::variables_map given;
    // Without abbreviations: what works today must not be ambiguous tomorrow.
    const int style =
        options::command_line_style::default_style & ~options::command_line_style::allow_guessing;
    const options::positional_options_description no_positions;
    options::store(
        options::command_line_parser(arguments).options(known).positional(no_positions).style(style).run(),
        given);
    if (given.contains("help")) {
        out << kHelp << known;
        return kValid;
    }
    const bool json = given.contains("json");
    if (json && !given.contains("sdp")) return answer_cases(in, out);
    return print(verdict_on_files(given), json, out);
}

}  // namespace

int run_assertion(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
                  std::ostream& errors) {
    const std::string command = arguments.empty() ? "" : arguments.front();
    if (command == "--help") {
        out << kHelp << verify_options();
        return kValid;
    }
    if (command != "verify") {
        errors << "causeway assertion: the command is verify.\n";
        return kUsage;
    }
    try {
        return verify({arguments.begin() + 1, arguments.end()}, in, out);
    } catch (const options::error& error) {
        errors << "causeway assertion verify: " << error.what() << '\n';
        return kUsage;
    }
}

}  // namespace causeway::tools
