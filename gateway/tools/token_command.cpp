// `causeway token mint` and `show`: permissions to call, made and read offline with an application server's
// key.
#include <boost/json.hpp>
#include <iostream>
#include <limits>
#include <optional>
#include <utility>

#include "gateway/identity/capability/capability_token.hpp"
#include "gateway/tools/commands.hpp"
#include "gateway/tools/passport_command_files.hpp"

namespace causeway::tools {
namespace {

namespace options = boost::program_options;
using identity::Capability;
using jose::Algorithm;

constexpr std::int64_t kLongestLife = 10LL * 365 * 86400;

constexpr const char* kMintHelp =
    "Usage: causeway token mint (--key PEM | --secret FILE) --issuer NAME --callee PATTERN... [options]\n"
    "Prints a signed permission to call. Exit status: 0 minted, 2 wrong use.\n\n";
constexpr const char* kShowHelp =
    "Usage: causeway token show TOKEN [--key PEM | --secret FILE] [options]\n"
    "Prints what a permission to call allows, and whether it is good now; TOKEN - reads it from standard\n"
    "input. Without key the signature is not checked. Exit status: 0 valid, 1 not valid, 2 wrong use.\n\n";
constexpr const char* kCommands =
    "Usage: causeway token mint --help\n"
    "       causeway token show --help\n";

auto text(const char* name) {
    return options::value<std::string>()->value_name(name);
}
auto texts(const char* name) {
    return options::value<std::vector<std::string>>()->value_name(name);
}
auto count() {
    return options::value<int>()->value_name("N");
}
auto time() {
    return options::value<std::int64_t>()->value_name("EPOCH");
}

options::options_description mint_options() {
    options::options_description all("Options");
    auto add = all.add_options();
    add("key", text("PEM"), "file with the private P-256 key (ES256)");
    add("secret", text("FILE"),
        "file with the secret shared with the gateway (HS256), at least 32 characters");
    add("issuer", text("NAME"), "the application server's name in the gateway's configuration");
    add("callee", texts("PATTERN"), "number that may be called, with * and ? or as /regex/; repeatable");
    add("number", text("NUMBER"), "caller number to present");
    add("identity", text("USER@DOMAIN"), "identity to present");
    add("display", text("NAME"), "name to present");
    add("header", texts("'X-NAME: VALUE'"), "header for the SIP side; repeatable");
    add("max-duration", count(), "seconds that each call may last");
    add("max-concurrent", count(), "calls at once");
    add("max-uses", count(), "calls in all");
    add("ttl", options::value<std::int64_t>()->value_name("SECONDS")->default_value(300), "time to live");
    add("page", text("PATTERN"), "address of the page that may call");
    add("recording", "calls may be recorded");
    add("id", text("ID"), "what records and logs show of the token; random when missing");
    add("now", time(), "seconds since 1970; the present when missing");
    add("json", "answer in JSON");
    add("help", "this text");
    return all;
}

options::options_description show_options() {
    options::options_description all("Options");
    auto add = all.add_options();
    add("key", text("PEM"), "file with the issuer's public or private key (ES256)");
    add("secret", text("FILE"), "file with the shared secret (HS256)");
    add("now", time(), "seconds since 1970; the present when missing");
    add("json", "answer in JSON");
    add("help", "this text");
    return all;
}

void refuse_both_keys(const GivenOptions& given) {
    if (given.count("key") != 0 && given.count("secret") != 0) {
        throw options::error("--key and --secret exclude each other");
    }
}

/// The line break at the end of a file is the editor's, not the secret's.
std::string secret_in(const std::string& file) {
    std::string secret = file_text(file);
    while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
    return secret;
}

template <class Key>
Key read_key(Result<Key> key, const std::string& option) {
    if (!key) throw options::error("--" + option + ": " + key.error().detail);
    return *std::move(key);
}

std::pair<std::string, std::string> header_in(const std::string& line) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) throw options::error("--header wants 'X-NAME: VALUE'");
    const auto start = line.find_first_not_of(' ', colon + 1);
    return {line.substr(0, colon), start == std::string::npos ? std::string() : line.substr(start)};
}

/// A name given twice would be one member of the token's `headers`, and the first value lost.
void add_header(Capability& capability, std::pair<std::string, std::string> header) {
    for (const auto& [name, value] : capability.headers)
        if (name == header.first) throw options::error("headers: a name twice");
    capability.headers.push_back(std::move(header));
}

std::optional<int> given_count(const GivenOptions& given, const std::string& name) {
    return given.count(name) != 0 ? std::optional<int>(given[name].as<int>()) : std::nullopt;
}

Capability wanted_capability(const GivenOptions& given) {
    Capability capability;
    capability.id = option_text(given, "id");
    capability.issuer = needed_text(given, "issuer");
    capability.issued_at = option_time(given, "now");
    const auto ttl = given["ttl"].as<std::int64_t>();
    if (ttl < 1 || ttl > kLongestLife) throw options::error("--ttl: not a time to live");
    capability.expires_at = capability.issued_at + ttl;
    capability.callees = option_texts(given, "callee");
    capability.number = option_text(given, "number");
    capability.identity = option_text(given, "identity");
    capability.display = option_text(given, "display");
    for (const auto& line : option_texts(given, "header")) add_header(capability, header_in(line));
    capability.max_duration_seconds = given_count(given, "max-duration");
    capability.max_concurrent = given_count(given, "max-concurrent");
    capability.max_uses = given_count(given, "max-uses");
    capability.recording_allowed = given.count("recording") != 0;
    capability.page = option_text(given, "page");
    return capability;
}

int mint_token(const std::vector<std::string>& arguments, std::ostream& out) {
    const auto known = mint_options();
    const GivenOptions given = read_options(arguments, known);
    if (given.count("help") != 0) {
        out << kMintHelp << known;
        return kValid;
    }
    refuse_both_keys(given);
    const bool is_secret = given.count("secret") != 0;
    const auto key =
        is_secret ? read_key(jose::SigningKey::from_secret(secret_in(option_text(given, "secret"))), "secret")
                  : read_key(jose::SigningKey::from_pem(file_text(needed_text(given, "key"))), "key");
    const Algorithm algorithm = is_secret ? Algorithm::hs256 : Algorithm::es256;
    const Capability wanted = wanted_capability(given);
    const std::string token = identity::mint(wanted, key, algorithm);
    if (token.empty()) throw options::error("--key: not a private key for ES256");
    // A gateway must take it: what it would refuse is better told here.
    const auto read = identity::read_token(
        token, {{wanted.issuer, key.verify_key(), algorithm, std::numeric_limits<std::int64_t>::max()}},
        wanted.issued_at);
    if (!read.capability) throw options::error(read.refusal.why);
    if (given.count("json") != 0) {
        auto answer = boost::json::parse(identity::to_json(*read.capability)).as_object();
        answer["token"] = token;
        out << boost::json::serialize(answer) << '\n';
    } else {
        out << token << '\n';
    }
    return kValid;
}

/// Who minted has the private key at hand, and the public one is in it.
jose::VerifyKey public_key_in(const std::string& file) {
    const std::string pem = file_text(file);
    if (const auto own = jose::SigningKey::from_pem(pem)) return own->verify_key();
    return read_key(jose::VerifyKey::from_pem(pem), "key");
}

/// What is known of a token: its claims, and what is wrong with it.
struct Shown {
    std::optional<Capability> capability;
    bool signature_checked = false;
    std::string why;
};

Shown look_at(const std::string& token, const GivenOptions& given) {
    refuse_both_keys(given);
    Shown shown;
    const std::int64_t now = option_time(given, "now");
    const auto peeked = identity::peek_token(token);
    if (!peeked) {
        shown.why = peeked.error().detail;
        return shown;
    }
    shown.capability = *peeked;
    const bool is_secret = given.count("secret") != 0;
    shown.signature_checked = is_secret || given.count("key") != 0;
    if (shown.signature_checked) {
        auto key = is_secret ? read_key(jose::VerifyKey::from_secret(secret_in(option_text(given, "secret"))),
                                        "secret")
                             : public_key_in(option_text(given, "key"));
        const auto read = identity::read_token(
            token,
            {{peeked->issuer, std::move(key), is_secret ? Algorithm::hs256 : Algorithm::es256,
              std::numeric_limits<std::int64_t>::max()}},
            now);
        if (!read.capability) shown.why = read.refusal.why;
    } else if (peeked->issued_at > now + identity::kCapabilitySkew) {
        shown.why = "iat: in the future";
    } else if (now >= peeked->expires_at + identity::kCapabilitySkew) {
        shown.why = "exp: expired";
    }
    return shown;
}

void print(const Shown& shown, std::ostream& out) {
    const char* good = shown.signature_checked ? "valid" : "signature not checked";
    out << "result: " << (shown.why.empty() ? good : "invalid") << '\n';
    if (!shown.why.empty()) out << "why: " << shown.why << '\n';
    if (!shown.capability) return;
    const boost::json::value claims = boost::json::parse(identity::to_json(*shown.capability));
    for (const auto& member : claims.as_object()) {
        const boost::json::value& value = member.value();
        out << member.key() << ": ";
        if (value.is_string()) {
            out << value.as_string().c_str() << '\n';
        } else {
            out << boost::json::serialize(value) << '\n';
        }
    }
}

void print_json(const Shown& shown, std::ostream& out) {
    boost::json::object answer;
    answer["result"] = shown.why.empty() ? "valid" : "invalid";
    answer["why"] = shown.why;
    answer["signature_checked"] = shown.signature_checked;
    if (shown.capability) answer["claims"] = boost::json::parse(identity::to_json(*shown.capability));
    out << boost::json::serialize(answer) << '\n';
}

int show_token(std::vector<std::string> arguments, std::istream& in, std::ostream& out) {
    std::string token;
    if (!arguments.empty() && (arguments.front() == "-" || arguments.front().substr(0, 1) != "-")) {
        token = arguments.front();
        arguments.erase(arguments.begin());
    }
    const auto known = show_options();
    const GivenOptions given = read_options(arguments, known);
    if (given.count("help") != 0) {
        out << kShowHelp << known;
        return kValid;
    }
    if (token.empty()) throw options::error("TOKEN is missing");
    if (token == "-") in >> token;
    const Shown shown = look_at(token, given);
    if (given.count("json") != 0) {
        print_json(shown, out);
    } else {
        print(shown, out);
    }
    return shown.why.empty() ? kValid : kInvalid;
}

}  // namespace

int run_token(const std::vector<std::string>& arguments, std::istream& in, std::ostream& out,
              std::ostream& errors) {
    const std::string command = arguments.empty() ? "" : arguments.front();
    if (command == "--help") {
        out << kCommands;
        return kValid;
    }
    if (command != "mint" && command != "show") {
        errors << "causeway token: the commands are mint and show.\n" << kCommands;
        return kUsage;
    }
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    try {
        return command == "mint" ? mint_token(rest, out) : show_token(rest, in, out);
    } catch (const options::error& error) {
        errors << "causeway token " << command << ": " << error.what() << '\n';
        return kUsage;
    }
}

}  // namespace causeway::tools
