// Every way in which a PASSporT is refused: one change to a call that is in order, the status (RFC 8224
// §6.2.2) and the words that name the check.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <ostream>

#include "core/jose/base64.hpp"
#include "core/jose/jws.hpp"
#include "gateway/identity/passport/passport_signer.hpp"
#include "tests/unit/identity_passport/passport_world.hpp"

namespace causeway::identity::test {
namespace {

namespace json = boost::json;
using causeway::test::CertificateWish;
using causeway::test::TestCertificate;

struct Vector {
    const char* name;
    int code;
    const char* why;  ///< how the reason begins
    World (*call)();
    void (*change)(World&);
};

std::ostream& operator<<(std::ostream& out, const Vector& vector) {
    return out << vector.name;
}

void replace(std::string& text, const std::string& old_part, const std::string& new_part) {
    const std::size_t at = text.find(old_part);
    if (at == std::string::npos) throw std::logic_error("nothing to replace: " + old_part);
    text.replace(at, old_part.size(), new_part);
}

void set_x5u(World& world, const char* url) {
    world.row().header["x5u"] = url;
    world.row().parameters = std::string(";info=<") + url + ">;ppt=shaken";
    world.served[url] = certificates().provider.chain_pem();
}

json::object& member(World& world, const char* name, std::size_t row = 0) {
    return world.rows[row].payload[name].as_object();
}

std::string with_signature(const std::string& token, const std::string& signature) {
    return token.substr(0, token.rfind('.') + 1) + jose::encode_base64url(signature);
}

std::string signature_of(const std::string& token) {
    return jose::split(token)->signature;
}

const Vector kSyntax[] = {
    {"a row is longer than 8 KiB", 438, "too long", shaken_call,
     [](World& w) { w.row().parameters += ";x=" + std::string(8192, 'a'); }},
    {"there are nine rows, each of them good", 438, "too long", shaken_call,
     [](World& w) { w.rows.assign(9, w.row()); }},
    {"there are nine rows in one comma list", 438, "too long", shaken_call,
     [](World& w) {
         std::string list = w.row().value();
         for (int i = 0; i < 8; ++i) list += ", " + w.row().value();
         w.rows.clear();
         w.request.identity = {list};
     }},
    {"the value is empty", 438, "info", shaken_call,
     [](World& w) {
         w.rows.clear();
         w.request.identity = {""};
     }},
    {"the info parameter is missing", 438, "info: missing", shaken_call,
     [](World& w) { w.row().parameters = ";alg=ES256;ppt=shaken"; }},
    {"info is not in angle brackets", 438, "info: not a URI", shaken_call,
     [](World& w) { replace(w.row().parameters, "<https://cert.example.org/provider.pem>", "https://a/b"); }},
    {"info is empty", 438, "info: not a URI", shaken_call,
     [](World& w) { replace(w.row().parameters, "<https://cert.example.org/provider.pem>", "<>"); }},
    {"info holds a blank", 438, "info: not a URI", shaken_call,
     [](World& w) { replace(w.row().parameters, "provider", "pro vider"); }},
    {"info is there twice", 438, "info: duplicate", shaken_call,
     [](World& w) { w.row().parameters += ";info=<https://cert.example.org/provider.pem>"; }},
    {"alg is there twice, in two spellings", 438, "alg: duplicate", shaken_call,
     [](World& w) { w.row().parameters += ";ALG=ES256"; }},
    {"ppt is there twice", 438, "ppt: duplicate", shaken_call,
     [](World& w) { w.row().parameters += ";ppt=shaken"; }},
    {"a parameter has no name", 438, "malformed parameter", shaken_call,
     [](World& w) { w.row().parameters += ";=1"; }},
    {"a parameter's name is no token", 438, "malformed parameter", shaken_call,
     [](World& w) { w.row().parameters += ";a:=1"; }},
    {"a parameter's name has a bracket", 438, "malformed parameter", shaken_call,
     [](World& w) { w.row().parameters += ";a[=1"; }},
    {"a parameter's name has a brace", 438, "malformed parameter", shaken_call,
     [](World& w) { w.row().parameters += ";a{=1"; }},
    {"info begins without a bracket", 438, "info: not a URI", shaken_call,
     [](World& w) { replace(w.row().parameters, "<", ""); }},
    {"info ends without a bracket", 438, "info: not a URI", shaken_call,
     [](World& w) { w.row().parameters = ";ppt=shaken;info=<https://cert.example.org/provider.pem"; }},
    {"info has a bracket inside", 438, "info: not a URI", shaken_call,
     [](World& w) { replace(w.row().parameters, "provider", "pro>vider"); }},
    {"info has a delete character", 438, "info: not a URI", shaken_call,
     [](World& w) { replace(w.row().parameters, "provider", "pro\x7fvider"); }},
    {"the alg parameter is not ES256", 438, "alg", shaken_call,
     [](World& w) { replace(w.row().parameters, "ES256", "RS256"); }},
    {"the alg parameter is no token", 438, "alg: the parameter", shaken_call,
     [](World& w) { replace(w.row().parameters, "ES256", ""); }},
    {"the ppt parameter is no token", 438, "ppt: the parameter", shaken_call,
     [](World& w) { replace(w.row().parameters, "ppt=shaken", "ppt=\"\""); }},
    {"the compact form", 438, "compact form", shaken_call,
     [](World& w) {
         w.row().mangle = [](const std::string& token) { return ".." + token.substr(token.rfind('.') + 1); };
     }},
    {"two parts", 438, "parts", shaken_call,
     [](World& w) {
         w.row().mangle = [](const std::string& token) { return token.substr(0, token.rfind('.')); };
     }},
    {"four parts", 438, "parts", shaken_call,
     [](World& w) { w.row().mangle = [](const std::string& token) { return token + ".AA"; }; }},
    {"padding behind the signature", 438, "base64", shaken_call,
     [](World& w) { w.row().mangle = [](const std::string& token) { return token + "=="; }; }},
    {"a character of the other base64 alphabet", 438, "base64", shaken_call,
     [](World& w) { w.row().mangle = [](const std::string& token) { return "+" + token.substr(1); }; }},
    {"the header is no JSON", 438, "malformed JSON: syntax error in the header", shaken_call,
     [](World& w) { w.row().header_text = "{alg:ES256}"; }},
    {"the header is no object", 438, "not an object in the header", shaken_call,
     [](World& w) { w.row().header_text = "[]"; }},
    {"the header has a duplicate member", 438, "duplicate member in the header", shaken_call,
     [](World& w) {
         const std::string text = json::serialize(w.row().header);
         w.row().header_text = text.substr(0, text.size() - 1) + R"(,"alg":"ES256"})";
     }},
    {"the payload is no JSON", 438, "malformed JSON: syntax error in the payload", shaken_call,
     [](World& w) { w.row().payload_text = "orig"; }},
    {"the payload is no object", 438, "not an object in the payload", shaken_call,
     [](World& w) { w.row().payload_text = "\"orig\""; }},
    {"the payload has a duplicate member", 438, "duplicate member in the payload", shaken_call,
     [](World& w) {
         const std::string text = json::serialize(w.row().payload);
         w.row().payload_text = text.substr(0, text.size() - 1) + R"(,"attest":"A"})";
     }},
    {"orig has a duplicate member", 438, "duplicate member in the payload", shaken_call,
     [](World& w) {
         std::string text = json::serialize(w.row().payload);
         replace(text, R"({"tn":"12155551212"})", R"({"tn":"12155551212","tn":"12155551212"})");
         w.row().payload_text = text;
     }},
    {"something stands behind the payload's object", 438, "malformed JSON: extra data in the payload",
     shaken_call, [](World& w) { w.row().payload_text = json::serialize(w.row().payload) + "{}"; }},
};

const Vector kHeader[] = {
    {"typ is missing", 438, "typ", shaken_call, [](World& w) { w.row().header.erase("typ"); }},
    {"typ is JWT", 438, "typ", shaken_call, [](World& w) { w.row().header["typ"] = "JWT"; }},
    {"typ is no string", 438, "typ", shaken_call, [](World& w) { w.row().header["typ"] = 1; }},
    {"alg is missing", 438, "alg", shaken_call, [](World& w) { w.row().header.erase("alg"); }},
    {"alg is none", 438, "alg", shaken_call, [](World& w) { w.row().header["alg"] = "none"; }},
    {"alg is none and there is no signature", 438, "alg", shaken_call,
     [](World& w) {
         w.row().header["alg"] = "none";
         w.row().mangle = [](const std::string& token) { return token.substr(0, token.rfind('.') + 1); };
     }},
    {"alg is HS256", 438, "alg", shaken_call, [](World& w) { w.row().header["alg"] = "HS256"; }},
    {"alg is es256", 438, "alg", shaken_call, [](World& w) { w.row().header["alg"] = "es256"; }},
    {"crit is there", 438, "crit", shaken_call,
     [](World& w) { w.row().header["crit"] = json::array{"exp"}; }},
    {"the header lacks the ppt of the parameter", 438, "ppt", shaken_call,
     [](World& w) { w.row().header.erase("ppt"); }},
    {"the header has another ppt", 438, "ppt", shaken_call, [](World& w) { w.row().header["ppt"] = "div"; }},
    {"the header has an unknown ppt, the parameter a known one", 438, "ppt", shaken_call,
     [](World& w) { w.row().header["ppt"] = "rcd"; }},
    {"ppt in the header is no string", 438, "ppt", base_call, [](World& w) { w.row().header["ppt"] = 1; }},
    {"the parameter lacks the ppt of the header", 438, "ppt", shaken_call,
     [](World& w) { replace(w.row().parameters, ";ppt=shaken", ""); }},
    {"x5u is missing", 438, "x5u: missing", shaken_call, [](World& w) { w.row().header.erase("x5u"); }},
    {"x5u is no string", 438, "x5u: missing", shaken_call,
     [](World& w) { w.row().header["x5u"] = json::array{}; }},
    {"x5u differs from info", 438, "x5u: differs from info", shaken_call,
     [](World& w) { w.row().header["x5u"] = "https://cert.example.org/other.pem"; }},
    {"x5u differs from info in the case of a letter", 438, "x5u: differs from info", shaken_call,
     [](World& w) { w.row().header["x5u"] = "https://cert.example.org/Provider.pem"; }},
    {"x5u is http", 436, "x5u: no https", shaken_call,
     [](World& w) { set_x5u(w, "http://cert.example.org/provider.pem"); }},
    {"x5u is file", 436, "x5u: no https", shaken_call, [](World& w) { set_x5u(w, "file:///etc/passwd"); }},
    {"x5u has no host", 436, "x5u: no https", shaken_call, [](World& w) { set_x5u(w, "https:///x.pem"); }},
    {"x5u has user information", 436, "x5u: no https", shaken_call,
     [](World& w) { set_x5u(w, "https://cert.example.org@127.0.0.1/x.pem"); }},
    {"x5u has a backslash", 436, "x5u: no https", shaken_call,
     [](World& w) { set_x5u(w, "https://cert.example.org\\@127.0.0.1/x.pem"); }},
};

const Vector kClaims[] = {
    {"iat is missing", 438, "iat", shaken_call, [](World& w) { w.row().payload.erase("iat"); }},
    {"iat is a string", 438, "iat", shaken_call,
     [](World& w) { w.row().payload["iat"] = std::to_string(kNow); }},
    {"orig is missing", 438, "orig", shaken_call, [](World& w) { w.row().payload.erase("orig"); }},
    {"orig is a string", 438, "orig", shaken_call, [](World& w) { w.row().payload["orig"] = "12155551212"; }},
    {"orig has neither tn nor uri", 438, "orig", shaken_call,
     [](World& w) { w.row().payload["orig"] = json::object{}; }},
    {"orig has both tn and uri", 438, "orig: not one", shaken_call,
     [](World& w) { member(w, "orig")["uri"] = "sip:12155551212@carrier.example"; }},
    {"orig has an array", 438, "orig: not one", shaken_call,
     [](World& w) { member(w, "orig")["tn"] = json::array{"12155551212"}; }},
    {"orig has a number in JSON", 438, "orig: not one", shaken_call,
     [](World& w) { member(w, "orig")["tn"] = 12155551212; }},
    {"orig is written with a plus", 438, "orig: not one", shaken_call,
     [](World& w) { member(w, "orig")["tn"] = "+12155551212"; }},
    {"orig is written with separators", 438, "orig: not one", shaken_call,
     [](World& w) { member(w, "orig")["tn"] = "1-215-555-1212"; }},
    {"orig has an empty number", 438, "orig: not one", shaken_call,
     [](World& w) { member(w, "orig")["tn"] = ""; }},
    {"orig has no URI", 438, "orig: not one", uri_call,
     [](World& w) { member(w, "orig")["uri"] = "alice at example"; }},
    {"orig has a uri that is no string", 438, "orig: not one", uri_call,
     [](World& w) { member(w, "orig")["uri"] = 1; }},
    {"dest is missing", 438, "dest", shaken_call, [](World& w) { w.row().payload.erase("dest"); }},
    {"dest is no object", 438, "dest: not arrays", shaken_call,
     [](World& w) { w.row().payload["dest"] = json::array{"12155551213"}; }},
    {"dest has no array", 438, "dest: not arrays", shaken_call,
     [](World& w) { member(w, "dest")["tn"] = "12155551213"; }},
    {"dest is empty", 438, "dest: not arrays", shaken_call,
     [](World& w) { w.row().payload["dest"] = json::object{}; }},
    {"dest has an empty array beside a good one", 438, "dest: not arrays", shaken_call,
     [](World& w) { member(w, "dest")["uri"] = json::array{}; }},
    {"dest has an element that is no string", 438, "dest: not arrays", shaken_call,
     [](World& w) { member(w, "dest")["tn"].as_array().push_back(1); }},
    {"dest has an element with a plus", 438, "dest: not arrays", shaken_call,
     [](World& w) { member(w, "dest")["tn"].as_array().push_back("+12155551214"); }},
    {"attest is missing", 438, "attest", shaken_call, [](World& w) { w.row().payload.erase("attest"); }},
    {"attest is D", 438, "attest", shaken_call, [](World& w) { w.row().payload["attest"] = "D"; }},
    {"attest is in lower case", 438, "attest", shaken_call,
     [](World& w) { w.row().payload["attest"] = "a"; }},
    {"origid is missing", 438, "origid", shaken_call, [](World& w) { w.row().payload.erase("origid"); }},
    {"origid is no UUID", 438, "origid", shaken_call, [](World& w) { w.row().payload["origid"] = "call 1"; }},
    {"origid has a letter that is no hexadecimal digit", 438, "origid", shaken_call,
     [](World& w) { w.row().payload["origid"] = "g23e4567-e89b-42d3-a456-426614174000"; }},
    {"origid has a hyphen for a digit", 438, "origid", shaken_call,
     [](World& w) { w.row().payload["origid"] = "-23e4567-e89b-42d3-a456-426614174000"; }},
    {"origid has its hyphens elsewhere", 438, "origid", shaken_call,
     [](World& w) { w.row().payload["origid"] = "123e45678-e89-42d3-a456-426614174000"; }},
    {"SHAKEN for a URI", 438, "orig: SHAKEN", shaken_call,
     [](World& w) {
         w.row().payload["orig"] = json::object{{"uri", "sip:alice@example.com"}};
     }},
    {"mky is no array", 438, "mky: not an array", shaken_call,
     [](World& w) {
         w.row().payload["mky"] = json::object{{"alg", "sha-256"}, {"dig", "AA"}};
     }},
    {"mky is empty", 438, "mky: not an array", shaken_call,
     [](World& w) { w.row().payload["mky"] = json::array{}; }},
    {"mky has an element that is no object", 438, "mky: not an array", shaken_call,
     [](World& w) { w.row().payload["mky"] = json::array{"sha-256 AA"}; }},
    {"mky lacks alg", 438, "mky: not an array", shaken_call,
     [](World& w) {
         w.row().payload["mky"] = json::array{json::object{{"dig", "AA"}}};
     }},
    {"mky lacks dig", 438, "mky: not an array", shaken_call,
     [](World& w) {
         w.row().payload["mky"] = json::array{json::object{{"alg", "sha-256"}}};
     }},
    {"mky has an empty digest", 438, "mky: not an array", shaken_call,
     [](World& w) {
         w.row().payload["mky"] = json::array{json::object{{"alg", "sha-256"}, {"dig", ""}}};
     }},
    {"mky has colons in its digest", 438, "mky: not an array", shaken_call,
     [](World& w) {
         w.request.sdp_fingerprints = {{"sha-256", "AA:BB"}};
         w.row().payload["mky"] = json::array{json::object{{"alg", "sha-256"}, {"dig", "AA:BB"}}};
     }},
};

const Vector kSignalling[] = {
    {"From is another number", 438, "orig: is not", shaken_call,
     [](World& w) { replace(w.request.from, "+12155551212", "+12155551299"); }},
    {"From has no URI", 438, "orig: is not", shaken_call, [](World& w) { w.request.from = "Alice"; }},
    {"From is anonymous", 438, "orig: is not", shaken_call,
     [](World& w) { w.request.from = "\"Anonymous\" <sip:anonymous@anonymous.invalid>"; }},
    {"PAI is believed and another number", 438, "orig: is not", shaken_call,
     [](World& w) {
         w.policy.origin = OriginSource::pai;
         w.request.pai = "<sip:+12155551299@carrier.example>";
     }},
    {"From differs while PAI, which fits, is not believed", 438, "orig: is not", shaken_call,
     [](World& w) {
         w.request.pai = "<sip:+12155551212@carrier.example>";
         replace(w.request.from, "+12155551212", "+12155551299");
     }},
    {"From is another user", 438, "orig: is not", uri_call,
     [](World& w) { w.request.from = "<sip:mallory@example.com>"; }},
    {"From is a user of another domain", 438, "orig: is not", uri_call,
     [](World& w) { w.request.from = "<sip:alice@example.org>"; }},
    {"From is sips, orig is sip", 438, "orig: is not", uri_call,
     [](World& w) { w.request.from = "<sips:alice@example.com>"; }},
    {"a telephone number is signed as a URI of the caller's domain", 438, "orig: is not", uri_call,
     [](World& w) {
         w.request.from = "<sip:+12155551212@example.com>";
         member(w, "orig")["uri"] = "sip:+12155551212@example.com";
     }},
    {"a number with user=phone is signed as a URI", 438, "orig: is not", uri_call,
     [](World& w) {
         w.request.from = "<sip:12155551212@example.com;user=phone>";
         member(w, "orig")["uri"] = "sip:12155551212@example.com";
     }},
    {"To is another number", 438, "dest: does not hold To", shaken_call,
     [](World& w) { replace(w.request.to, "+12155551213", "+12155551299"); }},
    {"To has a digit more", 438, "dest: does not hold To", shaken_call,
     [](World& w) { replace(w.request.to, "+12155551213", "+121555512130"); }},
    {"To is another URI", 438, "dest: does not hold To", uri_call,
     [](World& w) { w.request.to = "sip:carol@example.net"; }},
    {"iat is 61 seconds old", 403, "iat: Stale Date, it is too old", shaken_call,
     [](World& w) { w.row().payload["iat"] = kNow - 61; }},
    {"iat is 61 seconds in the future", 403, "iat: Stale Date, it is in the future", shaken_call,
     [](World& w) { w.row().payload["iat"] = kNow + 61; }},
    {"iat is before all time", 403, "iat: Stale Date", shaken_call,
     [](World& w) { w.row().payload["iat"] = -(std::int64_t{1} << 53); }},
    {"iat is stale and there is no Date", 403, "iat: Stale Date", shaken_call,
     [](World& w) {
         w.request.date.reset();
         w.row().payload["iat"] = kNow - 61;
     }},
    {"the freshness is shorter by policy", 403, "iat: Stale Date", shaken_call,
     [](World& w) {
         w.policy.freshness = 5;
         w.row().payload["iat"] = kNow - 6;
     }},
    {"Date is 61 seconds old", 403, "Date: Stale Date, it is not now", shaken_call,
     [](World& w) { w.request.date = sip_date(kNow - 61); }},
    {"Date is 61 seconds in the future", 403, "Date: Stale Date, it is not now", shaken_call,
     [](World& w) { w.request.date = sip_date(kNow + 61); }},
    {"Date cannot be read", 403, "Date: Stale Date, no date", shaken_call,
     [](World& w) { w.request.date = "yesterday"; }},
    {"mky is of another certificate", 438, "mky: differs", shaken_call,
     [](World& w) {
         w.request.sdp_fingerprints = {{"sha-256", "AA:BB"}};
         w.row().payload["mky"] = json::array{json::object{{"alg", "sha-256"}, {"dig", "AACC"}}};
     }},
    {"mky is of another algorithm", 438, "mky: differs", shaken_call,
     [](World& w) {
         w.request.sdp_fingerprints = {{"sha-256", "AA:BB"}};
         w.row().payload["mky"] = json::array{json::object{{"alg", "sha-1"}, {"dig", "AABB"}}};
     }},
    {"mky holds one of two fingerprints", 438, "mky: differs", shaken_call,
     [](World& w) {
         w.request.sdp_fingerprints = {{"sha-256", "AA:BB"}, {"sha-1", "CC"}};
         w.row().payload["mky"] = json::array{json::object{{"alg", "sha-256"}, {"dig", "AABB"}}};
     }},
    {"mky is there and the SDP has no fingerprint", 438, "mky: differs", shaken_call,
     [](World& w) {
         w.row().payload["mky"] = json::array{json::object{{"alg", "sha-256"}, {"dig", "AABB"}}};
     }},
    {"a base PASSporT lacks mky although the SDP has a fingerprint", 438, "mky: missing", base_call,
     [](World& w) {
         w.request.sdp_fingerprints = {{"sha-256", "AA:BB"}};
     }},
};

const Vector kCredential[] = {
    {"the certificate cannot be fetched", 436, "certificate could not be fetched", shaken_call,
     [](World& w) { w.served.clear(); }},
    {"all certificates cannot be fetched", 436, "certificate could not be fetched", diverted_call,
     [](World& w) { w.served.clear(); }},
    {"what was fetched is no certificate", 437, "certificate: no certificate in PEM", shaken_call,
     [](World& w) { w.served["https://cert.example.org/provider.pem"] = "<html>"; }},
    {"no root is trusted", 437, "certificate: no root", shaken_call, [](World& w) { w.roots.clear(); }},
    {"the root is another", 437, "certificate chain does not lead", shaken_call,
     [](World& w) { w.roots = certificates().stranger.pem(); }},
    {"the intermediate is missing", 437, "certificate chain does not lead", shaken_call,
     [](World& w) { w.served["https://cert.example.org/provider.pem"] = certificates().provider.pem(); }},
    {"the certificate is self-signed", 437, "certificate chain does not lead", shaken_call,
     [](World& w) {
         w.row().signer = certificates().stranger;
         w.served["https://cert.example.org/provider.pem"] = certificates().stranger.pem();
     }},
    {"the certificate expired before iat", 437, "certificate expired", shaken_call,
     [](World& w) {
         CertificateWish wish;
         wish.not_after = kNow - 1;
         w.sign_with(certificates().leaf(wish));
     }},
    {"the certificate is valid from after iat", 437, "certificate not yet valid", shaken_call,
     [](World& w) {
         CertificateWish wish;
         wish.not_before = kNow + 10;
         w.sign_with(certificates().leaf(wish));
     }},
    {"the certificate is revoked", 437, "certificate revoked", shaken_call,
     [](World& w) {
         w.crls = certificates().root.crl_pem({}) + certificates().intermediate.crl_pem({*w.row().signer});
     }},
    {"the certificate's key is on P-384", 437, "certificate: its key", shaken_call,
     [](World& w) {
         CertificateWish wish;
         wish.key_type = "P-384";
         w.served["https://cert.example.org/provider.pem"] = certificates().leaf(wish).chain_pem();
     }},
    {"the certificate's key is RSA", 437, "certificate: its key", shaken_call,
     [](World& w) {
         CertificateWish wish;
         wish.key_type = "RSA2048";
         w.served["https://cert.example.org/provider.pem"] = certificates().leaf(wish).chain_pem();
     }},
    {"signed with another key", 438, "signature", shaken_call,
     [](World& w) { w.row().signer = certificates().other_provider; }},
    {"the signature has one bit changed", 438, "signature", shaken_call,
     [](World& w) {
         w.row().mangle = [](const std::string& token) {
             std::string signature = signature_of(token);
             signature[40] = static_cast<char>(signature[40] ^ 1);
             return with_signature(token, signature);
         };
     }},
    {"the signature is empty", 438, "signature", shaken_call,
     [](World& w) { w.row().mangle = [](const std::string& token) { return with_signature(token, ""); }; }},
    {"r and s are zero", 438, "signature", shaken_call,
     [](World& w) {
         w.row().mangle = [](const std::string& token) {
             return with_signature(token, std::string(64, '\0'));
         };
     }},
    {"the signature is an octet too long", 438, "signature", shaken_call,
     [](World& w) {
         w.row().mangle = [](const std::string& token) {
             return with_signature(token, signature_of(token) + std::string(1, '\0'));
         };
     }},
    {"the payload was changed after it was signed", 438, "signature", shaken_call,
     [](World& w) {
         const std::string forged = jose::encode_base64url(json::serialize(w.row().payload));
         w.row().payload["attest"] = "C";
         w.row().mangle = [forged](const std::string& token) {
             return token.substr(0, token.find('.') + 1) + forged + token.substr(token.rfind('.'));
         };
     }},
    {"the certificate is a CA's, for certificates and revocation lists only", 437,
     "certificate: its keyUsage", shaken_call,
     [](World& w) {
         CertificateWish wish;
         wish.is_ca = true;
         w.sign_with(certificates().leaf(wish));
     }},
    {"the certificate has no TNAuthList", 437, "TNAuthList: the certificate has none", shaken_call,
     [](World& w) { w.sign_with(certificates().intermediate.issue({})); }},
    {"the TNAuthList is malformed", 437, "TNAuthList: malformed", shaken_call,
     [](World& w) { w.sign_with(certificates().with_list("\x30\x02\x05")); }},
    {"the TNAuthList holds one other number", 437, "TNAuthList: does not hold 12155551212", shaken_call,
     [](World& w) {
         w.sign_with(certificates().with_list(causeway::test::tn_auth_list_number("12155551213")));
     }},
    {"the TNAuthList's range ends before the number", 437, "TNAuthList: does not hold", shaken_call,
     [](World& w) {
         w.sign_with(certificates().with_list(causeway::test::tn_auth_list_range("12155551202", 10)));
     }},
    {"the TNAuthList's range begins after the number", 437, "TNAuthList: does not hold", shaken_call,
     [](World& w) {
         w.sign_with(certificates().with_list(causeway::test::tn_auth_list_range("12155551213", 10)));
     }},
    {"a certificate for numbers signs a URI", 437, "certificate: subjectAltName", uri_call,
     [](World& w) { w.sign_with(certificates().provider); }},
    {"the certificate is for another domain", 437, "certificate: subjectAltName", uri_call,
     [](World& w) {
         CertificateWish wish;
         wish.dns_names = {"example.org", "xexample.com", "com", "sub.example.com"};
         w.sign_with(certificates().intermediate.issue(wish));
     }},
    {"the certificate has a wildcard for the domain", 437, "certificate: subjectAltName", uri_call,
     [](World& w) {
         w.request.from = "<sip:alice@a.example.com>";
         member(w, "orig")["uri"] = "sip:alice@a.example.com";
         CertificateWish wish;
         wish.dns_names = {"*.example.com"};
         w.sign_with(certificates().intermediate.issue(wish));
     }},
    {"the certificate has the domain as DNS name beside a SIP URI of another", 437,
     "certificate: subjectAltName", uri_call,
     [](World& w) {
         CertificateWish wish;
         wish.dns_names = {"example.com"};
         wish.uri_names = {"sip:example.org"};
         w.sign_with(certificates().intermediate.issue(wish));
     }},
    {"the certificate names a user of the domain", 437, "certificate: subjectAltName", uri_call,
     [](World& w) {
         CertificateWish wish;
         wish.uri_names = {"sip:bob@example.com"};
         w.sign_with(certificates().intermediate.issue(wish));
     }},
    {"a URI without a domain is signed by a certificate with a broken DNS name", 437,
     "certificate: subjectAltName", uri_call,
     [](World& w) {
         w.request.from = "<urn:x:y>";
         member(w, "orig")["uri"] = "urn:x:y";
         CertificateWish wish;
         wish.dns_names = {";"};
         w.sign_with(certificates().intermediate.issue(wish));
     }},
    {"JWTClaimConstraints are malformed", 437, "JWTClaimConstraints: malformed", shaken_call,
     [](World& w) { w.sign_with(certificates().with_constraints("\x30\x01")); }},
    {"a claim of mustInclude is missing", 437, "JWTClaimConstraints: mustInclude rcd", shaken_call,
     [](World& w) {
         w.sign_with(certificates().with_constraints(
             der(0x30, der(0xa0, der(0x30, der(0x16, "iat") + der(0x16, "rcd"))))));
     }},
    {"a claim has none of the permittedValues", 437, "JWTClaimConstraints: permittedValues attest",
     shaken_call,
     [](World& w) {
         const std::string values = der(0x30, der(0x0c, "B") + der(0x0c, "C"));
         w.sign_with(certificates().with_constraints(
             der(0x30, der(0xa1, der(0x30, der(0x30, der(0x16, "attest") + values))))));
     }},
    {"a claim of mustExclude is there", 437, "JWTClaimConstraints: mustExclude origid", shaken_call,
     [](World& w) {
         w.sign_with(
             certificates().with_constraints(der(0x30, der(0xa2, der(0x30, der(0x16, "origid")))), true));
     }},
    {"the enhanced constraints are malformed", 437, "JWTClaimConstraints: malformed", shaken_call,
     [](World& w) { w.sign_with(certificates().with_constraints("\x05", true)); }},
};

const Vector kDiversion[] = {
    {"div stands alone", 438, "div: no PASSporT", diverted_call,
     [](World& w) { w.rows.erase(w.rows.begin()); }},
    {"div is missing", 438, "div: not one", diverted_call, [](World& w) { w.rows[1].payload.erase("div"); }},
    {"div is an array", 438, "div: not one", diverted_call,
     [](World& w) { w.rows[1].payload["div"] = json::array{"12155551213"}; }},
    {"div is not what was called before", 438, "div: no PASSporT", diverted_call,
     [](World& w) { member(w, "div", 1)["tn"] = "12155551298"; }},
    {"orig of the diversion is another", 438, "orig: is not", diverted_call,
     [](World& w) { member(w, "orig", 1)["tn"] = "12155551298"; }},
    {"the diversion changed orig, and both are in P-Asserted-Identity", 438, "orig: changed", diverted_call,
     [](World& w) {
         w.policy.origin = OriginSource::pai;
         w.request.pai = "<sip:+12155551212@carrier.example>, <tel:+12155551298>";
         member(w, "orig", 1)["tn"] = "12155551298";
     }},
    {"dest of the diversion is not the Request-URI", 438, "dest: does not hold the Request-URI",
     diverted_call, [](World& w) { w.request.request_uri = "sip:+12155551299@gw.example"; }},
    {"the diversion diverts itself", 438, "div: no PASSporT", diverted_call,
     [](World& w) {
         w.rows.erase(w.rows.begin());
         member(w, "div")["tn"] = "12155551214";
     }},
    {"the diversion leads back to where it began", 438, "dest: does not hold the Request-URI", diverted_call,
     [](World& w) {
         w.rows[1].payload["dest"] = json::object{{"tn", json::array{"12155551213"}}};
     }},
    {"the middle of the chain is missing", 438, "div: no PASSporT", twice_diverted_call,
     [](World& w) { w.rows.erase(w.rows.begin() + 1); }},
    {"the diversions go in a circle", 438, "dest: does not hold To", twice_diverted_call,
     [](World& w) {
         w.rows[0].payload["dest"] = json::object{{"tn", json::array{"12155551299"}}};
         member(w, "div", 1)["tn"] = "12155551215";
     }},
    {"the diversion is stale", 403, "iat", diverted_call,
     [](World& w) { w.rows[1].payload["iat"] = kNow - 61; }},
    {"what was diverted is stale", 403, "iat", diverted_call,
     [](World& w) { w.row().payload["iat"] = kNow - 61; }},
    {"the diversion is signed with another key", 438, "signature", diverted_call,
     [](World& w) { w.rows[1].signer = certificates().provider; }},
    {"what was diverted is signed with another key", 438, "signature", diverted_call,
     [](World& w) { w.rows[0].signer = certificates().other_provider; }},
    {"the middle of the chain is signed with another key", 438, "signature", twice_diverted_call,
     [](World& w) { w.rows[1].signer = certificates().provider; }},
    {"the diversion's certificate cannot be fetched", 436, "certificate could not", diverted_call,
     [](World& w) { w.served.erase("https://cert.example.org/other.pem"); }},
    {"the diversion's certificate covers the caller, not the number that diverted", 437,
     "TNAuthList: does not hold 12155551213", diverted_call,
     [](World& w) {
         w.sign_with(certificates().with_list(causeway::test::tn_auth_list_number("12155551212")), 1);
     }},
    {"what was diverted is tampered with, and To is where the call now goes", 438, "signature", diverted_call,
     [](World& w) {
         w.request.to = w.request.request_uri;
         w.rows[0].signer = certificates().other_provider;
     }},
    {"the diversion is tampered with, and what was diverted was for both but not for To", 438, "signature",
     diverted_call,
     [](World& w) {
         w.request.to = "sip:+12155551299@gw.example";
         w.rows[0].payload["dest"] = json::object{{"tn", json::array{"12155551213", "12155551214"}}};
         w.rows[1].signer = certificates().provider;
     }},
    {"the diversion names itself as what was diverted", 438, "div: no PASSporT", diverted_call,
     [](World& w) {
         w.rows.erase(w.rows.begin());
         w.rows[0].payload["dest"] = json::object{{"tn", json::array{"12155551213", "12155551214"}}};
     }},
    {"the diversion comes first and what was diverted is faulty", 438, "div: no PASSporT", diverted_call,
     [](World& w) {
         std::swap(w.rows[0], w.rows[1]);
         w.rows[1].payload["origid"] = "x";
     }},
    {"the diversion changed orig, and a row for somebody else stands behind", 438, "orig: changed",
     diverted_call,
     [](World& w) {
         w.policy.origin = OriginSource::pai;
         w.request.pai = "<sip:+12155551212@carrier.example>, <tel:+12155551298>";
         member(w, "orig", 1)["tn"] = "12155551298";
         w.rows.push_back(w.rows[0]);
         w.rows[2].payload["dest"] = json::object{{"tn", json::array{"12155551299"}}};
         std::swap(w.rows[0], w.rows[1]);
     }},
    {"two diversions lead to one another", 438, "d", diverted_call,
     [](World& w) {
         w.rows[0] = w.rows[1];
         w.rows[0].payload["div"] = json::object{{"tn", "12155551214"}};
         w.rows[0].payload["dest"] = json::object{{"tn", json::array{"12155551213"}}};
     }},
    {"mky of the diversion differs", 438, "mky: differs", diverted_call,
     [](World& w) {
         w.rows[1].payload["mky"] = json::array{json::object{{"alg", "sha-256"}, {"dig", "AABB"}}};
     }},
};

const Vector kSeveral[] = {
    {"the first of two faults is told", 438, "attest", shaken_call,
     [](World& w) {
         w.rows.push_back(w.row());
         w.row().payload["attest"] = "D";
         w.rows[1].payload["iat"] = kNow - 100;
     }},
    {"a failed fetch is told only when nothing else is known", 438, "attest", shaken_call,
     [](World& w) {
         w.rows.push_back(w.row());
         w.rows[1].payload["attest"] = "D";
         w.served.clear();
     }},
};

class RejectedPassport : public testing::TestWithParam<Vector> {};

TEST_P(RejectedPassport, is_refused_with_its_status_and_reason) {
    World world = GetParam().call();
    ASSERT_EQ(world.verdict().result, PassportVerdict::Result::valid) << "the call must be in order before";
    GetParam().change(world);
    const PassportVerdict verdict = world.verdict();
    EXPECT_EQ(verdict.result, PassportVerdict::Result::invalid);
    EXPECT_EQ(verdict.code, GetParam().code);
    EXPECT_EQ(verdict.why.substr(0, std::string(GetParam().why).size()), GetParam().why) << verdict.why;
    EXPECT_EQ(verdict.attestation, Attestation::none);
    EXPECT_EQ(verdict.origin, "");
}

std::string name_of(const testing::TestParamInfo<Vector>& info) {
    std::string name = info.param.name;
    for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(syntax, RejectedPassport, testing::ValuesIn(kSyntax), name_of);
INSTANTIATE_TEST_SUITE_P(header, RejectedPassport, testing::ValuesIn(kHeader), name_of);
INSTANTIATE_TEST_SUITE_P(claims, RejectedPassport, testing::ValuesIn(kClaims), name_of);
INSTANTIATE_TEST_SUITE_P(signalling, RejectedPassport, testing::ValuesIn(kSignalling), name_of);
INSTANTIATE_TEST_SUITE_P(credential, RejectedPassport, testing::ValuesIn(kCredential), name_of);
INSTANTIATE_TEST_SUITE_P(diversion, RejectedPassport, testing::ValuesIn(kDiversion), name_of);
INSTANTIATE_TEST_SUITE_P(several, RejectedPassport, testing::ValuesIn(kSeveral), name_of);

}  // namespace
}  // namespace causeway::identity::test
