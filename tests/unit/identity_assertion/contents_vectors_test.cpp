// Every accept and reject path of native assertions (RFC 8827), each with its reason.
#include <gtest/gtest.h>

#include "core/jose/base64.hpp"
#include "scenario.hpp"

namespace causeway::identity::test {
namespace {

namespace json = boost::json;

Change replaced_by(std::string text) {
    return [text = std::move(text)](const std::string&) { return text; };
}

/// base64url text with another last-but-one character, still canonical.
std::string other_character(std::string text, std::size_t at) {
    text[at] = text[at] == 'A' ? 'B' : 'A';
    return text;
}

json::object jwk(const jose::SigningKey& key, const std::string& kid) {
    json::object object = json::parse(key.verify_key().jwk()).as_object();
    object["kid"] = kid;
    return object;
}

json::value print(const std::string& algorithm, const std::string& digest) {
    return json::object{{"algorithm", algorithm}, {"digest", digest}};
}

void cover(Scenario& s, const json::array& prints) {
    s.contents["fingerprint"] = prints;
}

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

constexpr std::size_t kLongestValue = 16384;

TEST(NativeAssertion, the_line_is_read_strictly) {
    check(
        Binding::contents,
        {
            {"good", "", [](Scenario&) {}},
            {"extensions", "",
             [](Scenario& s) { s.spoil_line = [](std::string v) { return v + " a=b c"; }; }},
            {"no padding", "base64",
             [](Scenario& s) {
                 s.spoil_envelope = [](std::string v) {
                     return v + std::string((4 - v.size() % 3) % 3, ' ');
                 };
                 s.spoil_line = [](const std::string& v) { return v.substr(0, v.find('=')); };
             }},
            {"URL alphabet", "base64",
             [](Scenario& s) { s.spoil_line = [](std::string v) { return "-_-_" + v; }; }},
            {"leading space", "base64",
             [](Scenario& s) { s.spoil_line = [](std::string v) { return " " + v; }; }},
            {"empty", "base64", [](Scenario& s) { s.spoil_line = replaced_by(""); }},
            {"longest", "",
             [](Scenario& s) {
                 s.spoil_line = [](std::string v) {
                     return v + " " + std::string(kLongestValue - 1 - v.size(), 'x');
                 };
             }},
            {"too long", "too long",
             [](Scenario& s) {
                 s.spoil_line = [](std::string v) {
                     return v + " " + std::string(kLongestValue - v.size(), 'x');
                 };
             }},
            {"no JSON", "malformed JSON", [](Scenario& s) { s.spoil_envelope = replaced_by("alice"); }},
            {"array", "malformed JSON", [](Scenario& s) { s.spoil_envelope = replaced_by("[]"); }},
            {"text behind", "malformed JSON",
             [](Scenario& s) { s.spoil_envelope = [](std::string v) { return v + "x"; }; }},
            {"not UTF-8", "malformed JSON",
             [](Scenario& s) { s.spoil_envelope = with_member("\"x\":\"\xC3\x28\""); }},
            {"nested", "malformed JSON",
             [](Scenario& s) {
                 s.spoil_envelope = with_member("\"x\":" + std::string(2000, '[') + std::string(2000, ']'));
             }},
            {"duplicate idp", "duplicate member",
             [](Scenario& s) { s.spoil_envelope = with_member("\"idp\":1"); }},
            {"duplicate deeper", "duplicate member",
             [](Scenario& s) { s.spoil_envelope = with_member(R"("x":[{"y":1,"y":2}])"); }},
            {"other member", "", [](Scenario& s) { s.spoil_envelope = with_member(R"("x":{"y":null})"); }},
            {"no idp", "malformed JSON",
             [](Scenario& s) { s.spoil_envelope = replaced_by(R"({"assertion":"x"})"); }},
            {"idp a string", "malformed JSON",
             [](Scenario& s) {
                 s.spoil_envelope = replaced_by(R"({"idp":"idp.example.org","assertion":"x"})");
             }},
            {"no domain", "malformed JSON", [](Scenario& s) { s.idp.erase("domain"); }},
            {"domain a number", "malformed JSON", [](Scenario& s) { s.idp["domain"] = 1; }},
            {"protocol a number", "malformed JSON", [](Scenario& s) { s.idp["protocol"] = 1; }},
            {"protocol null", "malformed JSON", [](Scenario& s) { s.idp["protocol"] = nullptr; }},
            {"protocol empty", "protocol", [](Scenario& s) { s.idp["protocol"] = ""; }},
            {"protocol with /", "protocol", [](Scenario& s) { s.idp["protocol"] = "../es256"; }},
            {"protocol with \\", "protocol", [](Scenario& s) { s.idp["protocol"] = "x\\es256"; }},
            {"protocol with %2F", "protocol", [](Scenario& s) { s.idp["protocol"] = "x%2Fes256"; }},
            {"protocol with %5c", "protocol", [](Scenario& s) { s.idp["protocol"] = "x%5ces256"; }},
            {"no assertion", "malformed JSON",
             [](Scenario& s) { s.spoil_envelope = replaced_by(R"({"idp":{"domain":"idp.example.org"}})"); }},
            {"assertion an object", "malformed JSON",
             [](Scenario& s) {
                 s.spoil_envelope =
                     replaced_by(R"({"idp":{"domain":"idp.example.org","protocol":"es256"},"assertion":{}})");
             }},
            {"domain in upper case", "", [](Scenario& s) { s.idp["domain"] = "IDP.Example.ORG"; }},
            {"domain with port", "", [](Scenario& s) { s.idp["domain"] = "idp.example.org:8443"; }},
            {"domain with user", "",
             [](Scenario& s) { s.idp["domain"] = "idp.evil.example@idp.example.org"; }},
            {"default protocol", "",
             [](Scenario& s) {
                 s.idp.erase("protocol");
                 s.provider.protocols = {"es256", "default"};
             }},
        });
}

TEST(NativeAssertion, the_header_is_held_to_the_providers_row) {
    check(
        Binding::contents,
        {
            {"two parts", "malformed JWS", [](Scenario& s) { s.spoil_assertion = replaced_by("e30.e30"); }},
            {"four parts", "malformed JWS",
             [](Scenario& s) { s.spoil_assertion = [](std::string v) { return v + ".AA"; }; }},
            {"base64 in the token", "base64",
             [](Scenario& s) { s.spoil_assertion = [](std::string v) { return v + "="; }; }},
            {"header no JSON", "malformed JSON",
             [](Scenario& s) { s.token.spoil_header = replaced_by("{"); }},
            {"header an array", "malformed JSON",
             [](Scenario& s) { s.token.spoil_header = replaced_by("[]"); }},
            {"header duplicate", "duplicate member",
             [](Scenario& s) { s.token.spoil_header = with_member(R"("alg":"none")"); }},
            {"alg missing", "alg", [](Scenario& s) { s.token.header.erase("alg"); }},
            {"alg a number", "alg", [](Scenario& s) { s.token.header["alg"] = 256; }},
            {"alg none", "alg",
             [](Scenario& s) {
                 s.token.header["alg"] = "none";
                 s.token.spoil = [](std::string v) { return v.substr(0, v.rfind('.') + 1); };
             }},
            {"alg HS256 with the public key", "alg",
             [](Scenario& s) {
                 s.token.header["alg"] = "HS256";
                 s.token.key = *jose::SigningKey::from_secret(s.token.key.verify_key().jwk());
                 s.token.algorithm = jose::Algorithm::hs256;
             }},
            {"alg HS256 even if allowed", "alg",
             [](Scenario& s) {
                 s.token.header["alg"] = "HS256";
                 s.provider.algorithms = {jose::Algorithm::hs256};
             }},
            {"alg in lower case", "alg", [](Scenario& s) { s.token.header["alg"] = "es256"; }},
            {"alg not allowed", "alg", [](Scenario& s) { s.provider.algorithms = {jose::Algorithm::es384}; }},
            {"alg that is not the key's", "alg",
             [](Scenario& s) {
                 s.token.header["alg"] = "ES384";
                 s.provider.algorithms = {jose::Algorithm::es256, jose::Algorithm::es384};
             }},
            {"crit", "crit", [](Scenario& s) { s.token.header["crit"] = {"exp"}; }},
            {"crit empty", "crit", [](Scenario& s) { s.token.header["crit"] = json::array(); }},
            {"typ missing", "typ", [](Scenario& s) { s.token.header.erase("typ"); }},
            {"typ of an id_token", "typ", [](Scenario& s) { s.token.header["typ"] = "JWT"; }},
            {"typ of a PASSporT", "typ", [](Scenario& s) { s.token.header["typ"] = "passport"; }},
            {"typ null", "typ", [](Scenario& s) { s.token.header["typ"] = nullptr; }},
            {"typ with its prefix", "",
             [](Scenario& s) { s.token.header["typ"] = "application/webrtc-identity+jwt"; }},
            {"typ in upper case", "", [](Scenario& s) { s.token.header["typ"] = "WebRTC-Identity+JWT"; }},
            {"typ of the row", "",
             [](Scenario& s) {
                 s.provider.type = "own+jwt";
                 s.token.header["typ"] = "own+jwt";
             }},
            {"typ not of the row", "typ", [](Scenario& s) { s.provider.type = "own+jwt"; }},
            {"kid a number", "kid", [](Scenario& s) { s.token.header["kid"] = 1; }},
            {"kid unknown", "kid", [](Scenario& s) { s.token.header["kid"] = "k2"; },
             AssertionFault::unknown_key},
            {"no key at all", "kid", [](Scenario& s) { s.keys.clear(); }, AssertionFault::unknown_key},
            {"no kid, one key", "", [](Scenario& s) { s.token.header.erase("kid"); }},
            {"no kid, several keys", "kid",
             [](Scenario& s) {
                 s.token.header.erase("kid");
                 s.keys.insert(s.keys.begin(), jwk(jose::SigningKey::generate(), "k0"));
             }},
            {"two keys of one kid", "",
             [](Scenario& s) { s.keys.insert(s.keys.begin(), jwk(jose::SigningKey::generate(), "k1")); }},
            {"key for encryption", "kid", [](Scenario& s) { s.keys[0].as_object()["use"] = "enc"; },
             AssertionFault::unknown_key},
            {"signed by another key", "signature",
             [](Scenario& s) { s.token.key = jose::SigningKey::generate(); }},
            {"signed by the key of another kid", "signature",
             [](Scenario& s) {
                 s.keys.emplace_back(jwk(jose::SigningKey::generate(), "k2"));
                 s.token.header["kid"] = "k2";
             }},
            {"key in the header", "signature",
             [](Scenario& s) {
                 s.token.key = jose::SigningKey::generate();
                 s.token.header["jwk"] = jwk(s.token.key, "k1");
             }},
            {"signature changed", "signature",
             [](Scenario& s) {
                 s.token.spoil = [](std::string v) { return other_character(v, v.size() - 5); };
             }},
            {"payload changed", "signature",
             [](Scenario& s) {
                 s.token.spoil = [](std::string v) { return other_character(v, v.find('.') + 30); };
             }},
            {"no signature", "signature",
             [](Scenario& s) {
                 s.token.spoil = [](std::string v) { return v.substr(0, v.rfind('.') + 1); };
             }},
        });
}

TEST(NativeAssertion, the_claims_are_held_to_the_providers_row) {
    check(
        Binding::contents,
        {
            {"claims no JSON", "malformed JSON",
             [](Scenario& s) { s.token.spoil_claims = replaced_by("alice"); }},
            {"claims duplicate", "duplicate member",
             [](Scenario& s) { s.token.spoil_claims = with_member(R"("sub":"bob@idp.example.org")"); }},
            {"other issuer", "iss", [](Scenario& s) { s.token.claims["iss"] = "https://idp.example.org/"; }},
            {"no issuer", "iss", [](Scenario& s) { s.token.claims.erase("iss"); }},
            {"no audience demanded", "", [](Scenario& s) { s.token.claims["aud"] = "anybody"; }},
            {"audience", "",
             [](Scenario& s) {
                 s.provider.audiences = {"web", "calls"};
                 s.token.claims["aud"] = "calls";
             }},
            {"audience among others", "",
             [](Scenario& s) {
                 s.provider.audiences = {"calls"};
                 s.token.claims["aud"] = {"other", "calls"};
             }},
            {"no audience", "aud", [](Scenario& s) { s.provider.audiences = {"calls"}; }},
            {"other audience", "aud",
             [](Scenario& s) {
                 s.provider.audiences = {"calls"};
                 s.token.claims["aud"] = "calls2";
             }},
            {"other audiences", "aud",
             [](Scenario& s) {
                 s.provider.audiences = {"calls"};
                 s.token.claims["aud"] = {"a", 1, "b"};
             }},
            {"audience an object", "aud",
             [](Scenario& s) {
                 s.provider.audiences = {"calls"};
                 s.token.claims["aud"] = {{"calls", true}};
             }},
            {"no exp", "expired", [](Scenario& s) { s.token.claims.erase("exp"); }, AssertionFault::expired},
            {"exp a string", "expired", [](Scenario& s) { s.token.claims["exp"] = "1900000000"; },
             AssertionFault::expired},
            {"exp within the skew", "", [](Scenario& s) { s.token.claims["exp"] = kNow - 29; }},
            {"exp beyond the skew", "expired", [](Scenario& s) { s.token.claims["exp"] = kNow - 30; },
             AssertionFault::expired},
            {"no iat", "iat", [](Scenario& s) { s.token.claims.erase("iat"); }},
            {"iat a string", "iat", [](Scenario& s) { s.token.claims["iat"] = "1800000000"; }},
            {"iat within the skew", "", [](Scenario& s) { s.token.claims["iat"] = kNow + 30; }},
            {"iat in the future", "iat", [](Scenario& s) { s.token.claims["iat"] = kNow + 31; }},
            {"old", "", [](Scenario& s) { s.token.claims["iat"] = kNow - 330; }},
            {"too old", "expired", [](Scenario& s) { s.token.claims["iat"] = kNow - 331; },
             AssertionFault::expired},
            {"too old for the row", "expired", [](Scenario& s) { s.provider.max_age = -31; },
             AssertionFault::expired},
            {"nbf within the skew", "", [](Scenario& s) { s.token.claims["nbf"] = kNow + 30; }},
            {"nbf in the future", "nbf", [](Scenario& s) { s.token.claims["nbf"] = kNow + 31; }},
            {"nbf a string", "nbf", [](Scenario& s) { s.token.claims["nbf"] = "0"; }},
            {"required claim", "",
             [](Scenario& s) {
                 s.provider.required_claims = {{"staff", "true"}, {"rooms", "[1, 2]"}};
                 s.token.claims["staff"] = true;
                 s.token.claims["rooms"] = {1, 2};
             }},
            {"required claim missing", "required claim",
             [](Scenario& s) {
                 s.provider.required_claims = {{"staff", "true"}};
             }},
            {"required claim of another type", "required claim",
             [](Scenario& s) {
                 s.provider.required_claims = {{"staff", "true"}};
                 s.token.claims["staff"] = "true";
             }},
            {"one of two required claims", "required claim",
             [](Scenario& s) {
                 s.provider.required_claims = {{"sub", "\"alice@idp.example.org\""}, {"staff", "true"}};
             }},
            {"required null", "required claim",
             [](Scenario& s) {
                 s.provider.required_claims = {{"staff", "null"}};
             }},
            {"required claim that is no JSON", "required claim",
             [](Scenario& s) {
                 s.provider.required_claims = {{"staff", "nul"}};
                 s.token.claims["staff"] = nullptr;
             }},
        });
}

TEST(NativeAssertion, the_name_is_one_that_the_provider_may_assert) {
    const auto named = [](std::string name, std::string why, std::string identity = "") {
        return Vector{name, std::move(why), [name](Scenario& s) { s.token.claims["sub"] = name; },
                      AssertionFault::invalid, std::move(identity)};
    };
    check(
        Binding::contents,
        {
            named("bob@idp.example.org", "", "bob@idp.example.org"),
            named("+12155551212@IDP.example.org", "", "+12155551212@idp.example.org"),
            named("user%40133@idp.example.org", "", "user%40133@idp.example.org"),
            named("100%25@idp.example.org", "", "100%25@idp.example.org"),
            named("j\xC3\xBCrgen@idp.example.org", "", "j\xC3\xBCrgen@idp.example.org"),
            named("mi\xE2\x80\x8Cna@idp.example.org", "", "mi\xE2\x80\x8Cna@idp.example.org"),
            named("\xE4\xB8\xAD@idp.example.org", "", "\xE4\xB8\xAD@idp.example.org"),
            named("\xE2\x80\xAF@idp.example.org", "", "\xE2\x80\xAF@idp.example.org"),
            named("alice", "identity form"),
            named("@idp.example.org", "identity form"),
            named("alice@", "identity form"),
            named("alice@victim.example@idp.example.org", "identity form"),
            named("al%69ce@idp.example.org", "identity form"),
            named("alice%4@idp.example.org", "identity form"),
            named("alice%@idp.example.org", "identity form"),
            named("al\r\nice@idp.example.org", "identity form"),
            named("al\x7Fice@idp.example.org", "identity form"),
            named("al\xC2\x85ice@idp.example.org", "identity form"),
            named("al\xD8\x9Cice@idp.example.org", "identity form"),
            named("al\xE2\x80\x8Bice@idp.example.org", "identity form"),
            named("al\xE2\x80\x8Eice@idp.example.org", "identity form"),
            named("al\xE2\x80\x8Fice@idp.example.org", "identity form"),
            named("al\xE2\x80\xA8ice@idp.example.org", "identity form"),
            named("al\xE2\x80\xAEice@idp.example.org", "identity form"),
            named("al\xE2\x81\xA0ice@idp.example.org", "identity form"),
            named("al\xE2\x81\xA9ice@idp.example.org", "identity form"),
            named("al\xEF\xBB\xBFice@idp.example.org", "identity form"),
            named(std::string("al\0ice@idp.example.org", 22), "identity form"),
            named(std::string(496, 'a') + "@idp.example.org", "", std::string(496, 'a') + "@idp.example.org"),
            named(std::string(497, 'a') + "@idp.example.org", "identity form"),
            named("alice@example.org", "domain"),
            named("alice@sub.idp.example.org", "domain"),
            named("alice@idp.example.org.", "domain"),
            named("alice@idp.example.org:443", "domain"),
            named("alice@victim.example", "domain"),
            named("alice@idp.ex\xC3\xA4mple.org", "domain"),
            {"no name", "identity form", [](Scenario& s) { s.token.claims.erase("sub"); }},
            {"name a number", "identity form", [](Scenario& s) { s.token.claims["sub"] = 1; }},
            {"delegated", "",
             [](Scenario& s) {
                 s.provider.may_assert = {"other.example", "Corp.example"};
                 s.token.claims["sub"] = "alice@corp.EXAMPLE";
             },
             AssertionFault::none, "alice@corp.example"},
            {"below what is delegated", "domain",
             [](Scenario& s) {
                 s.provider.may_assert = {"corp.example"};
                 s.token.claims["sub"] = "alice@sub.corp.example";
             }},
            {"U-label for an A-label", "",
             [](Scenario& s) {
                 s.provider.may_assert = {"xn--bcher-kva.example"};
                 s.token.claims["sub"] =
                     "alice@B\xC3\xBC"
                     "cher.example";
             },
             AssertionFault::none, "alice@xn--bcher-kva.example"},
            {"name in another claim", "",
             [](Scenario& s) {
                 s.provider.name_claim = "name";
                 s.token.claims["name"] = "carol@idp.example.org";
             },
             AssertionFault::none, "carol@idp.example.org"},
            {"a bare name in another claim", "identity form",
             [](Scenario& s) {
                 s.provider.name_claim = "name";
                 s.token.claims["name"] = "carol";
             }},
        });
}

TEST(NativeAssertion, every_fingerprint_must_be_covered) {
    const auto fault = AssertionFault::fingerprint;
    const std::string why = kNotCovered;
    check(
        Binding::contents,
        {
            {"no contents", why, [](Scenario& s) { s.token.claims.erase("contents"); }, fault},
            {"contents an object", why,
             [](Scenario& s) {
                 s.token.spoil_claims = [](std::string v) {
                     return v.replace(v.find("\"contents\":"), 11, R"("contents":{},"x":)");
                 };
             },
             fault},
            {"contents no JSON", "malformed JSON",
             [](Scenario& s) { s.spoil_contents = replaced_by("sha-256"); }},
            {"contents duplicate", "duplicate member",
             [](Scenario& s) { s.spoil_contents = with_member(R"("fingerprint":[])"); }},
            {"no list", why, [](Scenario& s) { s.contents.erase("fingerprint"); }, fault},
            {"list an object", why,
             [](Scenario& s) { s.contents["fingerprint"] = print("sha-256", kDigest); }, fault},
            {"empty list", why, [](Scenario& s) { cover(s, {}); }, fault},
            {"other digest", why, [](Scenario& s) { cover(s, {print("sha-256", kOtherDigest)}); }, fault},
            {"other algorithm", why, [](Scenario& s) { cover(s, {print("sha-512", kDigest)}); }, fault},
            {"half a digest", why, [](Scenario& s) { cover(s, {print("sha-256", kDigest.substr(0, 47))}); },
             fault},
            {"more than the description's", "",
             [](Scenario& s) {
                 cover(s, {1, print("sha-256", kOtherDigest), print("sha-256", kDigest)});
             }},
            {"other members", "",
             [](Scenario& s) {
                 s.contents["more"] = {1, 2};
                 s.contents.at("fingerprint").as_array()[0].as_object()["note"] = "x";
             }},
            {"lower-case digest, upper-case algorithm", "",
             [](Scenario& s) { cover(s, {print("SHA-256", lower(kDigest))}); }},
            {"lower-case digest in the description", "",
             [](Scenario& s) { s.session_lines = {"a=fingerprint:SHA-256 " + lower(kDigest)}; }},
            {"media level", "", [](Scenario& s) { s.media_lines = std::exchange(s.session_lines, {}); }},
            {"media level not covered", why,
             [](Scenario& s) { s.media_lines = {"a=fingerprint:sha-256 " + kOtherDigest}; }, fault},
            {"second of the session not covered", why,
             [](Scenario& s) { s.session_lines.push_back("a=fingerprint:sha-256 " + kOtherDigest); }, fault},
            {"one of two media not covered", why,
             [](Scenario& s) {
                 s.media_lines = {"a=fingerprint:sha-256 " + kDigest, "m=video 9 UDP/TLS/RTP/SAVPF 96",
                                  "a=fingerprint:sha-256 " + kOtherDigest};
             },
             fault},
            {"both covered", "",
             [](Scenario& s) {
                 s.media_lines = {"a=fingerprint:sha-256 " + kOtherDigest};
                 cover(s, {print("sha-256", kDigest), print("sha-256", kOtherDigest)});
             }},
            {"no fingerprint", why, [](Scenario& s) { s.session_lines.clear(); }, fault},
            {"malformed fingerprint", why,
             [](Scenario& s) {
                 s.session_lines.push_back("a=fingerprint:sha-256 XX");
                 cover(s, {print("sha-256", kDigest), print("sha-256", "XX")});
             },
             fault},
            {"fingerprint without value", why,
             [](Scenario& s) {
                 s.session_lines.push_back("a=fingerprint");
                 cover(s, {print("sha-256", kDigest), print("", "")});
             },
             fault},
            {"digest a number", why,
             [](Scenario& s) {
                 cover(s, {json::object{{"algorithm", "sha-256"}, {"digest", 1}}});
             },
             fault},
            {"algorithm missing", why,
             [](Scenario& s) {
                 s.session_lines = {"a=fingerprint: " + kDigest};
                 cover(s, {json::object{{"digest", kDigest}}});
             },
             fault},
            {"DTLS as asserted", "",
             [](Scenario& s) {
                 s.dtls = Fingerprint{"SHA-256", lower(kDigest)};
             }},
            {"DTLS with another certificate", why,
             [](Scenario& s) {
                 s.dtls = Fingerprint{"sha-256", kOtherDigest};
             },
             fault},
            {"DTLS by another algorithm", why,
             [](Scenario& s) {
                 s.dtls = Fingerprint{"sha-1", kDigest};
             },
             fault},
        });
}

TEST(NativeAssertion, a_description_without_one_is_none) {
    const std::string sdp =
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 " + kDigest + "\r\n";
    AssertionRequest request;
    request.sdp = sdp;
    const auto verdict = verify_assertion(request, {good(Binding::contents).provider}, {}, {}, nullptr);
    EXPECT_EQ(verdict.result, AssertionVerdict::Result::none);
    EXPECT_EQ(verdict.fault, AssertionFault::none);
    EXPECT_EQ(verdict.why, "");
}

TEST(NativeAssertion, a_refusal_tells_operators_what_about_the_check) {
    Scenario aged = good(Binding::contents);
    aged.token.claims["iat"] = kNow - 331;
    EXPECT_EQ(aged.verdict().detail, "iat too old for max_age");
    Scenario bare = good(Binding::contents);
    bare.token.claims.erase("contents");
    EXPECT_EQ(bare.verdict().detail, "no claim contents");
    Scenario broken = good(Binding::contents);
    broken.spoil_contents = [](const std::string&) { return "x"; };
    EXPECT_EQ(broken.verdict().detail, "contents, fingerprint not covered");
    Scenario doubled = good(Binding::contents);
    doubled.token.spoil_claims = with_member(R"("sub":"mallory@idp.example.org")");
    EXPECT_EQ(doubled.verdict().why, "duplicate member");
    EXPECT_EQ(doubled.verdict().detail, "JWS payload");
    Scenario forged = good(Binding::contents);
    forged.token.key = jose::SigningKey::generate();
    EXPECT_EQ(forged.verdict().why, "signature");
    EXPECT_EQ(forged.verdict().detail, "");
    EXPECT_EQ(good(Binding::contents).verdict().detail, "");
}

TEST(NativeAssertion, a_provider_is_known_by_domain_and_protocol_together) {
    for (const auto& [domain, protocol] :
         {std::pair("idp.example.com", "es256"), std::pair("idp.example.org", "ES256"),
          std::pair("idp.example.org.", "es256"), std::pair("", "es256")}) {
        Scenario scenario = good(Binding::contents);
        scenario.idp = {{"domain", domain}, {"protocol", protocol}};
        const auto verdict = scenario.verdict();
        EXPECT_EQ(verdict.result, AssertionVerdict::Result::unknown_idp) << domain << " " << protocol;
        EXPECT_EQ(verdict.why, "unknown idp");
        EXPECT_EQ(verdict.detail, "no provider has this domain and protocol");
        EXPECT_EQ(verdict.provider, "");
    }
}

TEST(NativeAssertion, an_unknown_key_is_named_so_that_the_set_can_be_fetched_anew) {
    Scenario scenario = good(Binding::contents);
    scenario.token.header["kid"] = "rotated";
    const auto verdict = scenario.verdict();
    EXPECT_EQ(verdict.fault, AssertionFault::unknown_key);
    EXPECT_EQ(verdict.kid, "rotated");
    EXPECT_EQ(verdict.provider, "idp.example.org");
}

TEST(NativeAssertion, the_providers_cap_is_the_verdicts) {
    Scenario scenario = good(Binding::contents);
    EXPECT_EQ(scenario.verdict().cap, Attestation::a);
    scenario.provider.cap = Attestation::c;
    const auto verdict = scenario.verdict();
    EXPECT_EQ(verdict.cap, Attestation::c);
    EXPECT_EQ(verdict.binding, Binding::contents);
    EXPECT_EQ(verdict.provider, "idp.example.org");
}

TEST(NativeAssertion, it_may_be_used_again_only_by_its_session_with_its_fingerprints) {
    ReplayCache replays;
    Scenario first = good(Binding::contents);
    cover(first, {print("sha-256", kDigest), print("sha-256", kOtherDigest)});
    EXPECT_EQ(first.verdict(&replays).result, AssertionVerdict::Result::valid);
    EXPECT_EQ(first.verdict(&replays).result, AssertionVerdict::Result::valid);

    Scenario thief = first;
    thief.session = "two";
    EXPECT_EQ(thief.verdict(&replays).why, "replay");
    EXPECT_EQ(thief.verdict(&replays).fault, AssertionFault::replay);

    Scenario changed = first;
    changed.session_lines = {"a=fingerprint:sha-256 " + kOtherDigest};
    EXPECT_EQ(changed.verdict(&replays).why, "replay");
}

TEST(NativeAssertion, it_is_remembered_as_long_as_it_would_be_accepted) {
    Scenario first = good(Binding::contents);
    first.token.claims["iat"] = kNow + 30;
    first.token.claims["exp"] = kNow + 1000;
    ReplayCache replays;
    EXPECT_EQ(first.verdict(&replays).why, "");
    first.session = "two";
    first.now = kNow + 360;
    EXPECT_EQ(first.verdict(&replays).why, "replay");
    first.now = kNow + 361;
    EXPECT_EQ(first.verdict(&replays).why, "expired");
}

TEST(NativeAssertion, without_jti_what_was_signed_is_used_once) {
    ReplayCache replays;
    Scenario first = good(Binding::contents);
    first.token.claims.erase("jti");
    const std::string assertion = first.assertion();
    first.spoil_assertion = replaced_by(assertion);
    EXPECT_EQ(first.verdict(&replays).why, "");
    Scenario other = first;
    other.session = "two";
    EXPECT_EQ(other.verdict(&replays).why, "replay");
    other.spoil_assertion = nullptr;
    EXPECT_NE(other.assertion(), assertion) << "ECDSA signs anew each time";
    EXPECT_EQ(other.verdict(&replays).why, "replay") << "by whatever signature";
    other.token.claims["iat"] = kNow - 9;
    EXPECT_EQ(other.verdict(&replays).why, "");
}

TEST(NativeAssertion, what_was_refused_is_not_used_up) {
    ReplayCache replays;
    Scenario copied = good(Binding::contents);
    copied.session_lines = {"a=fingerprint:sha-256 " + kOtherDigest};
    copied.session = "two";
    EXPECT_EQ(copied.verdict(&replays).why, kNotCovered);
    copied.session_lines = {"a=fingerprint:sha-256 " + kDigest};
    copied.session = "one";
    EXPECT_EQ(copied.verdict(&replays).why, "");
}

}  // namespace
}  // namespace causeway::identity::test
