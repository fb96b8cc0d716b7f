// `causeway passport sign`: an Identity header field, and the Date that goes with it.
#include <boost/json.hpp>
#include <ostream>

#include "core/base/random.hpp"
#include "gateway/identity/passport/passport_signer.hpp"
#include "gateway/tools/commands.hpp"
#include "gateway/tools/passport_command_files.hpp"

namespace causeway::tools {
namespace {

namespace json = boost::json;
namespace options = boost::program_options;
using identity::Attestation;
using identity::PassportClaims;
using identity::PassportKind;
using identity::PassportSigner;

constexpr const char* kHelp =
    "Usage: causeway passport sign --key PEM --cert PEM --x5u URL --orig NUMBER --dest NUMBER... --attest "
    "A|B|C\n"
    "                              [options]\n"
    "Signs a PASSporT (RFC 8225) and prints the Identity header field in full form, and Date. Exit status: "
    "0\n"
    "signed, 1 key, certificate and claims do not fit together, 2 wrong use.\n\n";

options::options_description sign_options() {
    const auto text = [](const char* name) { return options::value<std::string>()->value_name(name); };
    const auto texts = [](const char* name) {
        return options::value<std::vector<std::string>>()->value_name(name);
    };
    const auto time = [] { return options::value<std::int64_t>()->value_name("EPOCH"); };
    options::options_description all("Options");
    auto add = all.add_options();
    add("key", text("PEM"), "file with the private key, on P-256");
    add("cert", text("PEM"), "file with the certificate and its chain");
    add("x5u", text("URL"), "where the chain can be fetched, https");
    add("ppt", text("KIND"), "shaken (the default), base or div");
    add("orig", text("NUMBER"), "the calling number");
    add("orig-uri", text("URI"), "the caller's URI in place of a number (base and div)");
    add("dest", texts("NUMBER"), "the called number; repeatable");
    add("dest-uri", texts("URI"), "the called URI; repeatable");
    add("attest", text("A|B|C"), "attestation (shaken)");
    add("origid", text("UUID"), "origination identifier (shaken); random when missing");
    add("div", text("NUMBER"), "the number that diverted the call (div)");
    add("mky", text("FILE"), "the session description whose fingerprints are signed");
    add("iat", time(), "when it is signed, seconds since 1970; --now when missing");
    add("now", time(), "the present; the certificate must be valid then");
    add("json", "print {\"identity\",\"date\"}");
    add("help", "this text");
    return all;
}

PassportKind kind_in(const std::string& word) {
    if (word.empty() || word == "shaken") return PassportKind::shaken;
    if (word == "base") return PassportKind::base;
    if (word == "div") return PassportKind::div;
    throw options::error("--ppt wants shaken, base or div");
}

Attestation attestation_in(const std::string& word) {
    if (word.empty()) return Attestation::none;
    if (word == "A") return Attestation::a;
    if (word == "B") return Attestation::b;
    if (word == "C") return Attestation::c;
    throw options::error("--attest wants A, B or C");
}

/// An option of another kind would be dropped in silence.
void demand_fitting_options(const GivenOptions& given, PassportKind kind) {
    const auto demand = [&](const char* name, bool fits) {
        if (!fits && given.count(name) != 0)
            throw options::error(std::string("--") + name + " does not go with this --ppt");
    };
    demand("attest", kind == PassportKind::shaken);
    demand("origid", kind == PassportKind::shaken);
    demand("orig-uri", kind != PassportKind::shaken);
    demand("div", kind == PassportKind::div);
}

PassportClaims given_claims(const GivenOptions& given, std::int64_t now) {
    PassportClaims claims;
    claims.kind = kind_in(option_text(given, "ppt"));
    demand_fitting_options(given, claims.kind);
    claims.origin_number = option_text(given, "orig");
    claims.origin_uri = option_text(given, "orig-uri");
    claims.destination_numbers = option_texts(given, "dest");
    claims.destination_uris = option_texts(given, "dest-uri");
    claims.attestation = attestation_in(option_text(given, "attest"));
    claims.origid = given.count("origid") != 0 ? option_text(given, "origid")
                                               : identity::make_origid(random_token(32), "passport sign");
    claims.diverted_number = option_text(given, "div");
    if (given.count("mky") != 0) claims.media_keys = sdp_fingerprints(option_text(given, "mky"));
    claims.issued_at = given.count("iat") != 0 ? option_time(given, "iat") : now;
    return claims;
}

Result<std::string> signed_value(const GivenOptions& given, const PassportClaims& claims, std::int64_t now) {
    auto key = jose::SigningKey::from_pem(file_text(needed_text(given, "key")));
    if (!key) return Error{"--key: " + key.error().detail};
    auto chain = jose::CertificateChain::from_pem(file_text(needed_text(given, "cert")));
    if (!chain) return Error{"--cert: " + chain.error().detail};
    const auto signer =
        PassportSigner::make(*std::move(key), *std::move(chain), needed_text(given, "x5u"), now);
    if (!signer) return signer.error();
    return signer->sign(claims);
}

}  // namespace

int sign_passport(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& errors) {
    const auto known = sign_options();
    const GivenOptions given = read_options(arguments, known);
    if (given.count("help") != 0) {
        out << kHelp << known;
        return kValid;
    }
    const std::int64_t now = option_time(given, "now");
    const PassportClaims claims = given_claims(given, now);
    const auto value = signed_value(given, claims, now);
    if (!value) {
        errors << "causeway passport sign: " << value.error().detail << '\n';
        return kInvalid;
    }
    const std::string date = identity::sip_date(claims.issued_at);
    if (given.count("json") != 0) {
        out << json::serialize(json::object{{"identity", *value}, {"date", date}}) << '\n';
    } else {
        out << "Identity: " << *value << "\nDate: " << date << '\n';
    }
    return kValid;
}

}  // namespace causeway::tools
