// `causeway passport verify`: what a call with these Identity header fields would have got, from files and
// options, or from a table of JSON cases on standard input.
#include <iostream>
#include <map>
#include <optional>

#include "gateway/tools/commands.hpp"
#include "gateway/tools/passport_command_cases.hpp"
#include "gateway/tools/passport_command_files.hpp"

namespace causeway::tools {
namespace {

namespace options = boost::program_options;
using identity::PassportVerdict;

constexpr const char* kHelp =
    "Usage: causeway passport verify --from URI --to URI --identity VALUE... --root PEM --cert URL=PEM...\n"
    "                                [options]\n"
    "       causeway passport verify --json < CASES\n"
    "Verifies the Identity header fields of a request (RFC 8224) and prints the result, the reason, the SIP\n"
    "status, the attestation and the caller. Exit status: 0 valid, 1 not valid, 2 wrong use.\n\n";

options::options_description verify_options() {
    const auto text = [](const char* name) { return options::value<std::string>()->value_name(name); };
    const auto texts = [](const char* name) {
        return options::value<std::vector<std::string>>()->value_name(name);
    };
    options::options_description all("Options");
    auto add = all.add_options();
    add("from", text("URI"), "From");
    add("pai", text("URI"), "P-Asserted-Identity");
    add("to", text("URI"), "To");
    add("ruri", text("URI"), "Request-URI; that of To when missing");
    add("date", text("DATE"), "Date header field");
    add("sdp", text("FILE"), "the session description: its fingerprints are compared with mky");
    add("identity", texts("VALUE"), "Identity header field; repeatable");
    add("root", texts("PEM"), "file with trusted root certificates; repeatable");
    add("cert", texts("URL=PEM"), "file with the certificates that the URL serves; repeatable");
    add("crl", texts("PEM"), "file with revocation lists; repeatable");
    add("now", options::value<std::int64_t>()->value_name("EPOCH"),
        "seconds since 1970; the present when missing");
    add("policy", text("FILE|JSON"),
        "{\"require\":false,\"orig_from\":\"from\" or \"pai\",\"freshness\":60}");
    add("json",
        "answer in JSON; without --from and --identity: a case per line on standard input, an answer per "
        "line");
    add("help", "this text");
    return all;
}

std::string joined_files(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += file_text(name) + "\n";
    return text;
}

std::optional<jose::TrustStore> given_roots(const GivenOptions& given) {
    const auto roots = option_texts(given, "root");
    if (roots.empty()) return std::nullopt;
    auto store = jose::TrustStore::from_pem(joined_files(roots), joined_files(option_texts(given, "crl")));
    if (!store) throw options::error("--root: " + store.error().detail);
    return *std::move(store);
}

/// PEM texts by URL.
std::map<std::string, std::string> given_certificates(const GivenOptions& given) {
    std::map<std::string, std::string> certificates;
    for (const std::string& pair : option_texts(given, "cert")) {
        // The URL may have a query with a = of its own.
        const std::size_t equal = pair.rfind('=');
        if (equal == std::string::npos) throw options::error("--cert wants URL=PEM");
        certificates[pair.substr(0, equal)] = file_text(pair.substr(equal + 1));
    }
    return certificates;
}

identity::PassportPolicy given_policy(const GivenOptions& given) {
    std::string text = option_text(given, "policy");
    if (text.empty()) return {};
    if (text.front() != '{') text = file_text(text);
    const auto policy = passport_policy_in(text);
    if (!policy) throw options::error("--policy: " + policy.error().detail);
    return *policy;
}

identity::PassportRequest given_request(const GivenOptions& given) {
    identity::PassportRequest request;
    request.from = needed_text(given, "from");
    request.to = needed_text(given, "to");
    request.request_uri = given.count("ruri") != 0 ? option_text(given, "ruri") : request.to;
    if (given.count("pai") != 0) request.pai = option_text(given, "pai");
    if (given.count("date") != 0) request.date = option_text(given, "date");
    if (given.count("sdp") != 0) request.sdp_fingerprints = sdp_fingerprints(option_text(given, "sdp"));
    request.now = option_time(given, "now");
    request.identity = option_texts(given, "identity");
    return request;
}

PassportVerdict verdict_on_files(const GivenOptions& given) {
    const auto request = given_request(given);
    const auto policy = given_policy(given);
    const auto roots = given_roots(given);
    const auto certificates = given_certificates(given);
    const auto lookup = [&](const std::string& url) -> Result<jose::CertificateChain> {
        const auto found = certificates.find(url);
        if (found == certificates.end()) return Error{"no --cert for " + url};
        return identity::read_certificate(found->second);
    };
    return identity::verify_passports(request, policy, roots ? &*roots : nullptr, lookup, nullptr);
}

void print_line(std::ostream& out, const char* name, const std::string& value) {
    if (!value.empty()) out << name << ": " << value << '\n';
}

void print(const PassportVerdict& verdict, std::ostream& out) {
    const bool valid = verdict.result == PassportVerdict::Result::valid;
    out << "result: " << word_for(verdict) << '\n';
    if (verdict.code != 0) out << "code: " << verdict.code << '\n';
    print_line(out, "why", verdict.why);
    print_line(out, "attest", letter(verdict.attestation));
    print_line(out, "orig", verdict.origin);
    print_line(out, "origid", verdict.origid);
    if (valid) out << "mky: " << (verdict.mky ? "yes" : "no") << '\n';
    for (const auto& diversion : verdict.diversions) {
        out << "div: " << diversion.from << " to " << diversion.to << '\n';
    }
    print_line(out, "signer", verdict.signer);
    print_line(out, "x5u", verdict.x5u);
}

int answer_cases(std::istream& in, std::ostream& out) {
    for (std::string line; std::getline(in, line);) out << answer_passport_case(line) << std::endl;
    return kValid;
}

int verify_passport(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out) {
    const auto known = verify_options();
    const GivenOptions given = read_options(arguments, known);
    if (given.count("help") != 0) {
        out << kHelp << known;
        return kValid;
    }
    const bool json = given.count("json") != 0;
    if (json && given.count("from") == 0 && given.count("identity") == 0) return answer_cases(in, out);
    const PassportVerdict verdict = verdict_on_files(given);
    if (json) {
        out << answer_of(verdict) << '\n';
    } else {
        print(verdict, out);
    }
    return verdict.result == PassportVerdict::Result::valid ? kValid : kInvalid;
}

constexpr const char* kCommands =
    "Usage: causeway passport sign --help\n"
    "       causeway passport verify --help\n";

}  // namespace

int run_passport(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
                 std::ostream& errors) {
    const std::string command = arguments.empty() ? "" : arguments.front();
    if (command == "--help") {
        out << kCommands;
        return kValid;
    }
    if (command != "sign" && command != "verify") {
        errors << "causeway passport: the commands are sign and verify.\n" << kCommands;
        return kUsage;
    }
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    try {
        return command == "sign" ? sign_passport(rest, out, errors) : verify_passport(rest, in, out);
    } catch (const options::error& error) {
        errors << "causeway passport " << command << ": " << error.what() << '\n';
        return kUsage;
    }
}

}  // namespace causeway::tools
