#include "scenario.hpp"

#include <gtest/gtest.h>

#include "core/jose/base64.hpp"
#include "core/jose/jws.hpp"

namespace causeway::identity::test {
namespace {

namespace json = boost::json;

std::string spoilt(const Change& change, std::string text) {
    return change ? change(std::move(text)) : text;
}

std::string hash(const std::string& text) {
    return jose::encode_base64url(jose::sha256(text));
}

json::object jwk_of(const jose::SigningKey& key) {
    return json::parse(key.verify_key().jwk()).as_object();
}

}  // namespace

std::string Token::text() const {
    const std::string head = spoilt(spoil_header, json::serialize(header));
    const std::string body = spoilt(spoil_claims, json::serialize(claims));
    return spoilt(spoil, jose::sign(key, algorithm, head, body));
}

std::string Scenario::contents_text() const {
    return json::serialize(contents);
}

std::string Scenario::assertion() const {
    Token signed_token = token;
    Token signed_proof = proof;
    const std::string sent = spoilt(spoil_contents, contents_text());
    switch (provider.binding) {
        case Binding::contents:
            if (token.claims.contains("contents")) signed_token.claims["contents"] = sent;
            return signed_token.text();
        case Binding::oidc_nonce:
            if (token.claims.contains("nonce")) signed_token.claims["nonce"] = hash(contents_text());
            return json::serialize(json::object{{"id_token", signed_token.text()}, {"contents", sent}});
        case Binding::dpop: {
            const std::string access = signed_token.text();
            if (proof.claims.contains("ath")) signed_proof.claims["ath"] = hash(access);
            if (proof.claims.contains("nonce")) signed_proof.claims["nonce"] = hash(contents_text());
            return json::serialize(
                json::object{{"access_token", access}, {"dpop", signed_proof.text()}, {"contents", sent}});
        }
        case Binding::introspection:
            break;
    }
    return json::serialize(json::object{{"token", "opaque"}, {"contents", sent}});
}

std::string Scenario::line() const {
    const json::object envelope{{"idp", idp}, {"assertion", spoilt(spoil_assertion, assertion())}};
    const std::string text = spoilt(spoil_envelope, json::serialize(envelope));
    return spoilt(spoil_line, jose::encode_base64(text));
}

std::string Scenario::sdp() const {
    std::string text = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
    for (const std::string& each : session_lines) text += each + "\r\n";
    text += "a=identity:" + line() + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
    for (const std::string& each : media_lines) text += each + "\r\n";
    return text;
}

std::string Scenario::jwks() const {
    return json::serialize(json::object{{"keys", json::array(keys.begin(), keys.end())}});
}

AssertionVerdict Scenario::verdict(ReplayCache* replays) const {
    const std::string text = sdp();
    AssertionRequest request;
    request.sdp = text;
    request.now = now;
    request.dtls = dtls;
    request.session = session;
    json::object answered = answer;
    if (answered.contains("nonce") && answered["nonce"].is_null()) answered["nonce"] = hash(contents_text());
    const auto set = KeySet::from_jwks(jwks());
    EXPECT_TRUE(set.has_value());
    return verify_assertion(request, {provider}, *set, json::serialize(answered), replays);
}

Scenario good(Binding binding) {
    Scenario scenario;
    scenario.provider.domain = "idp.example.org";
    scenario.provider.protocols = {"es256"};
    scenario.provider.issuer = "https://idp.example.org";
    scenario.provider.binding = binding;
    scenario.idp = {{"domain", "idp.example.org"}, {"protocol", "es256"}};
    scenario.contents = {
        {"fingerprint", json::array{json::object{{"algorithm", "sha-256"}, {"digest", kDigest}}}}};
    scenario.session_lines = {"a=fingerprint:sha-256 " + kDigest};

    scenario.token.header = {{"alg", "ES256"}, {"kid", "k1"}, {"typ", "webrtc-identity+jwt"}};
    scenario.token.claims = {{"iss", "https://idp.example.org"},
                             {"sub", "alice@idp.example.org"},
                             {"iat", kNow - 10},
                             {"exp", kNow + 50},
                             {"jti", "once"},
                             {"contents", ""}};
    json::object key = jwk_of(scenario.token.key);
    key["kid"] = "k1";
    scenario.keys = {key};

    if (binding == Binding::oidc_nonce || binding == Binding::dpop) {
        scenario.provider.audiences = {"https://gw.example.net/calls"};
        scenario.token.claims.erase("contents");
        scenario.token.claims["aud"] = "https://gw.example.net/calls";
    }
    if (binding == Binding::oidc_nonce) {
        scenario.token.header["typ"] = "JWT";
        scenario.token.claims["nonce"] = "";
    }
    if (binding == Binding::dpop) {
        scenario.token.header["typ"] = "at+jwt";
        scenario.token.claims["iat"] = kNow - 3000;
        scenario.token.claims["cnf"] = {{"jkt", scenario.proof.key.verify_key().thumbprint()}};
        scenario.proof.header = {{"alg", "ES256"}, {"typ", "dpop+jwt"}, {"jwk", jwk_of(scenario.proof.key)}};
        scenario.proof.claims = {{"jti", "proof"}, {"htm", "GET"}, {"htu", "https://gw.example.net/calls"},
                                 {"iat", kNow},    {"ath", ""},    {"nonce", ""}};
    }
    if (binding == Binding::introspection)
        scenario.answer = {{"active", true}, {"sub", "alice@idp.example.org"}, {"nonce", nullptr}};
    return scenario;
}

Change with_member(const std::string& member) {
    return [member](const std::string& text) { return "{" + member + "," + text.substr(1); };
}

void check(Binding binding, const std::vector<Vector>& vectors) {
    for (const Vector& vector : vectors) {
        SCOPED_TRACE(vector.name);
        Scenario scenario = good(binding);
        vector.change(scenario);
        const AssertionVerdict verdict = scenario.verdict();
        EXPECT_EQ(verdict.why, vector.why);
        if (vector.why.empty()) {
            EXPECT_EQ(verdict.result, AssertionVerdict::Result::valid);
            EXPECT_EQ(verdict.fault, AssertionFault::none);
            EXPECT_EQ(verdict.identity, vector.identity);
        } else {
            EXPECT_EQ(verdict.result, AssertionVerdict::Result::invalid);
            EXPECT_EQ(verdict.fault, vector.fault);
            EXPECT_EQ(verdict.identity, "");
            EXPECT_EQ(verdict.cap, Attestation::none);
        }
    }
}

}  // namespace causeway::identity::test
