// Accept and reject paths of the bindings by OpenID Connect nonce, DPoP and introspection.
#include <gtest/gtest.h>

#include "core/jose/base64.hpp"
#include "scenario.hpp"

namespace causeway::identity::test {
namespace {

namespace json = boost::json;

Change replaced_by(std::string text) {
    return [text = std::move(text)](const std::string&) { return text; };
}

/// The assertion without that part, or with another value for it.
Change part(const std::string& name, const json::value& value) {
    return [=](const std::string& text) {
        json::object parts = json::parse(text).as_object();
        if (value.is_null())
            parts.erase(name);
        else
            parts[name] = value;
        return json::serialize(parts);
    };
}

json::object jwk(const jose::SigningKey& key, const std::string& kid) {
    json::object object = json::parse(key.verify_key().jwk()).as_object();
    object["kid"] = kid;
    return object;
}

void use_second_key(Scenario& s) {
    s.token.header.erase("kid");
    s.keys.emplace_back(jwk(jose::SigningKey::generate(), "k2"));
}

const std::string kUs = "https://gw.example.net/calls";

TEST(OidcAssertion, its_parts_are_read_strictly) {
    check(
        Binding::oidc_nonce,
        {
            {"good", "", [](Scenario&) {}},
            {"no JSON", "malformed JSON", [](Scenario& s) { s.spoil_assertion = replaced_by("e30.e30.AA"); }},
            {"duplicate", "duplicate member",
             [](Scenario& s) { s.spoil_assertion = with_member(R"("contents":"")"); }},
            {"no id_token", "malformed JSON",
             [](Scenario& s) { s.spoil_assertion = part("id_token", nullptr); }},
            {"no contents", "malformed JSON",
             [](Scenario& s) { s.spoil_assertion = part("contents", nullptr); }},
            {"contents an object", "malformed JSON",
             [](Scenario& s) { s.spoil_assertion = part("contents", json::object()); }},
            {"other parts", "", [](Scenario& s) { s.spoil_assertion = part("more", 1); }},
        });
}

TEST(OidcAssertion, the_id_token_is_validated_as_openid_connect_says) {
    check(
        Binding::oidc_nonce,
        {
            {"typ missing", "", [](Scenario& s) { s.token.header.erase("typ"); }},
            {"typ of an access token", "typ", [](Scenario& s) { s.token.header["typ"] = "at+jwt"; }},
            {"typ empty", "typ", [](Scenario& s) { s.token.header["typ"] = ""; }},
            {"typ demanded by the row", "typ",
             [](Scenario& s) {
                 s.provider.type = "JWT";
                 s.token.header.erase("typ");
             }},
            {"signature", "signature", [](Scenario& s) { s.token.key = jose::SigningKey::generate(); }},
            {"no kid, one key", "", [](Scenario& s) { s.token.header.erase("kid"); }},
            {"no kid, several keys", "kid", use_second_key},
            {"kid, several keys", "",
             [](Scenario& s) {
                 use_second_key(s);
                 s.token.header["kid"] = "k1";
             }},
            {"iss", "iss", [](Scenario& s) { s.token.claims["iss"] = "https://idp.example.com"; }},
            {"aud", "aud", [](Scenario& s) { s.token.claims["aud"] = "other"; }},
            {"no aud", "aud", [](Scenario& s) { s.token.claims.erase("aud"); }},
            {"aud an array", "", [](Scenario& s) { s.token.claims["aud"] = json::array{json::string(kUs)}; }},
            {"several aud, no azp", "",
             [](Scenario& s) {
                 s.token.claims["aud"] = {kUs, "other"};
             }},
            {"several aud, azp ours", "",
             [](Scenario& s) {
                 s.token.claims["aud"] = {kUs, "other"};
                 s.token.claims["azp"] = kUs;
             }},
            {"azp another's", "azp", [](Scenario& s) { s.token.claims["azp"] = "other"; }},
            {"azp a number", "azp", [](Scenario& s) { s.token.claims["azp"] = 1; }},
            {"azp without audiences in the row", "",
             [](Scenario& s) {
                 s.provider.audiences.clear();
                 s.token.claims["azp"] = "other";
             }},
            {"exp", "expired", [](Scenario& s) { s.token.claims["exp"] = kNow - 30; },
             AssertionFault::expired},
            {"iat", "iat", [](Scenario& s) { s.token.claims["iat"] = kNow + 31; }},
            {"too old", "expired", [](Scenario& s) { s.token.claims["iat"] = kNow - 331; },
             AssertionFault::expired},
            {"no nonce", "nonce", [](Scenario& s) { s.token.claims.erase("nonce"); }},
            {"nonce of other contents", "nonce",
             [](Scenario& s) { s.spoil_contents = [](std::string v) { return v + " "; }; }},
            {"email", "",
             [](Scenario& s) {
                 s.provider.name_claim = "email";
                 s.token.claims["email"] = "bob@idp.example.org";
             },
             AssertionFault::none, "bob@idp.example.org"},
            {"email without domain", "identity form",
             [](Scenario& s) {
                 s.provider.name_claim = "email";
                 s.token.claims["email"] = "bob";
             }},
            {"email of another domain", "domain",
             [](Scenario& s) {
                 s.provider.name_claim = "email";
                 s.token.claims["email"] = "bob@example.com";
             }},
            {"name without domain is the provider's", "",
             [](Scenario& s) {
                 s.provider.name_claim = "preferred_username";
                 s.token.claims["preferred_username"] = "50%off";
             },
             AssertionFault::none, "50%25off@idp.example.org"},
            {"sub without domain", "identity form",
             [](Scenario& s) { s.token.claims["sub"] = "248289761001"; }},
            {"email that the provider did not verify", "required claim",
             [](Scenario& s) {
                 s.provider.name_claim = "email";
                 s.token.claims["email"] = "bob@idp.example.org";
                 s.token.claims["email_verified"] = false;
             }},
            {"email that the provider verified", "",
             [](Scenario& s) {
                 s.provider.name_claim = "email";
                 s.token.claims["email"] = "bob@idp.example.org";
                 s.token.claims["email_verified"] = true;
             },
             AssertionFault::none, "bob@idp.example.org"},
            {"empty name", "identity form", [](Scenario& s) { s.token.claims["sub"] = ""; }},
            {"email not verified", "required claim",
             [](Scenario& s) {
                 s.provider.required_claims = {{"email_verified", "true"}};
                 s.token.claims["email_verified"] = false;
             }},
            {"fingerprint", kNotCovered,
             [](Scenario& s) { s.session_lines = {"a=fingerprint:sha-256 " + kOtherDigest}; },
             AssertionFault::fingerprint},
        });
}

TEST(DpopAssertion, the_access_token_is_validated) {
    check(Binding::dpop,
          {
              {"good", "", [](Scenario&) {}},
              {"no JSON", "malformed JSON", [](Scenario& s) { s.spoil_assertion = replaced_by("x"); }},
              {"no access token", "malformed JSON",
               [](Scenario& s) { s.spoil_assertion = part("access_token", nullptr); }},
              {"no proof", "malformed JSON", [](Scenario& s) { s.spoil_assertion = part("dpop", nullptr); }},
              {"no contents", "malformed JSON",
               [](Scenario& s) { s.spoil_assertion = part("contents", nullptr); }},
              {"typ", "typ", [](Scenario& s) { s.token.header["typ"] = "JWT"; }},
              {"typ missing", "typ", [](Scenario& s) { s.token.header.erase("typ"); }},
              {"signature", "signature", [](Scenario& s) { s.token.key = jose::SigningKey::generate(); }},
              {"kid", "kid", [](Scenario& s) { s.token.header["kid"] = "k2"; }, AssertionFault::unknown_key},
              {"no kid, several keys", "kid", use_second_key},
              {"iss", "iss", [](Scenario& s) { s.token.claims["iss"] = "https://idp.example.com"; }},
              {"aud", "aud", [](Scenario& s) { s.token.claims["aud"] = "https://gw.example.net/"; }},
              {"several aud", "",
               [](Scenario& s) {
                   s.token.claims["aud"] = {"other", kUs};
               }},
              {"exp", "expired", [](Scenario& s) { s.token.claims["exp"] = kNow - 30; },
               AssertionFault::expired},
              {"no iat", "iat", [](Scenario& s) { s.token.claims.erase("iat"); }},
              {"not bound", "cnf", [](Scenario& s) { s.token.claims.erase("cnf"); }},
              {"bound to a certificate", "cnf",
               [](Scenario& s) {
                   s.token.claims["cnf"] = {{"x5t#S256", "x"}};
               }},
              {"cnf a string", "cnf", [](Scenario& s) { s.token.claims["cnf"] = "x"; }},
              {"bound to another key", "jkt",
               [](Scenario& s) {
                   s.token.claims["cnf"] = {{"jkt", jose::SigningKey::generate().verify_key().thumbprint()}};
               }},
              {"fingerprint", kNotCovered,
               [](Scenario& s) { s.session_lines = {"a=fingerprint:sha-256 " + kOtherDigest}; },
               AssertionFault::fingerprint},
              {"domain", "domain", [](Scenario& s) { s.token.claims["sub"] = "alice@example.com"; }},
          });
}

TEST(DpopAssertion, the_proof_is_checked_as_rfc_9449_says) {
    check(
        Binding::dpop,
        {
            {"malformed", "malformed JWS", [](Scenario& s) { s.proof.spoil = replaced_by("x"); }},
            {"typ", "typ", [](Scenario& s) { s.proof.header["typ"] = "JWT"; }},
            {"alg none", "alg", [](Scenario& s) { s.proof.header["alg"] = "none"; }},
            {"crit", "crit", [](Scenario& s) { s.proof.header["crit"] = {"x"}; }},
            {"no key", "jwk", [](Scenario& s) { s.proof.header.erase("jwk"); }},
            {"key a string", "jwk", [](Scenario& s) { s.proof.header["jwk"] = "x"; }},
            {"key unusable", "jwk",
             [](Scenario& s) {
                 s.proof.header["jwk"] = {{"kty", "oct"}, {"k", "AAAA"}};
             }},
            {"private key", "jwk", [](Scenario& s) { s.proof.header.at("jwk").as_object()["d"] = "AA"; }},
            {"signed by another key", "signature",
             [](Scenario& s) {
                 const json::value own = s.proof.header.at("jwk");
                 s.proof.key = jose::SigningKey::generate();
                 s.proof.header["jwk"] = own;
             }},
            {"key of a thief", "jkt",
             [](Scenario& s) {
                 s.proof.key = jose::SigningKey::generate();
                 s.proof.header["jwk"] = jwk(s.proof.key, "x");
             }},
            {"no jti", "jti", [](Scenario& s) { s.proof.claims.erase("jti"); }},
            {"empty jti", "jti", [](Scenario& s) { s.proof.claims["jti"] = ""; }},
            {"no htm", "htm", [](Scenario& s) { s.proof.claims.erase("htm"); }},
            {"htm", "htm", [](Scenario& s) { s.proof.claims["htm"] = "POST"; }},
            {"no htu", "htu", [](Scenario& s) { s.proof.claims.erase("htu"); }},
            {"htu", "htu", [](Scenario& s) { s.proof.claims["htu"] = "https://gw.example.net/other"; }},
            {"htu with query and fragment", "", [](Scenario& s) { s.proof.claims["htu"] = kUs + "?a=b#c"; }},
            {"htu no URI", "htu",
             [](Scenario& s) {
                 s.provider.audiences = {"calls"};
                 s.token.claims["aud"] = "calls";
                 s.proof.claims["htu"] = "calls";
             }},
            {"audience no URI", "",
             [](Scenario& s) {
                 s.provider.audiences = {"calls"};
                 s.token.claims["aud"] = "calls";
             }},
            {"no iat", "iat", [](Scenario& s) { s.proof.claims.erase("iat"); }},
            {"iat in the future", "iat", [](Scenario& s) { s.proof.claims["iat"] = kNow + 31; }},
            {"too old", "expired", [](Scenario& s) { s.proof.claims["iat"] = kNow - 331; },
             AssertionFault::expired},
            {"no ath", "ath", [](Scenario& s) { s.proof.claims.erase("ath"); }},
            {"ath of another token", "ath",
             [](Scenario& s) {
                 Scenario other = s;
                 other.token.claims["jti"] = "other";
                 s.spoil_assertion = part("access_token", json::string(other.token.text()));
             }},
            {"no nonce", "nonce", [](Scenario& s) { s.proof.claims.erase("nonce"); }},
            {"nonce of other contents", "nonce",
             [](Scenario& s) { s.spoil_contents = [](std::string v) { return v + " "; }; }},
        });
}

TEST(DpopAssertion, the_proof_is_what_is_used_once) {
    ReplayCache replays;
    Scenario scenario = good(Binding::dpop);
    EXPECT_EQ(scenario.verdict(&replays).why, "");
    scenario.session = "two";
    EXPECT_EQ(scenario.verdict(&replays).why, "replay");
    scenario.now += 330;
    scenario.token.claims["exp"] = kNow + 3600;
    EXPECT_EQ(scenario.verdict(&replays).why, "replay");
    scenario.proof.claims["jti"] = "another proof of the same token";
    EXPECT_EQ(scenario.verdict(&replays).why, "");
}

TEST(IntrospectedAssertion, the_answer_decides) {
    check(
        Binding::introspection,
        {
            {"good", "", [](Scenario&) {}},
            {"good without keys", "", [](Scenario& s) { s.keys.clear(); }},
            {"not active", "active", [](Scenario& s) { s.answer["active"] = false; }},
            {"active a string", "active", [](Scenario& s) { s.answer["active"] = "true"; }},
            {"active missing", "active", [](Scenario& s) { s.answer.erase("active"); }},
            {"iss", "iss", [](Scenario& s) { s.answer["iss"] = "https://idp.example.com"; }},
            {"iss ours", "", [](Scenario& s) { s.answer["iss"] = "https://idp.example.org"; }},
            {"aud", "aud",
             [](Scenario& s) {
                 s.provider.audiences = {"calls"};
                 s.answer["aud"] = "other";
             }},
            {"no aud", "", [](Scenario& s) { s.provider.audiences = {"calls"}; }},
            {"exp", "expired", [](Scenario& s) { s.answer["exp"] = kNow - 30; }, AssertionFault::expired},
            {"exp a string", "expired", [](Scenario& s) { s.answer["exp"] = "x"; }, AssertionFault::expired},
            {"iat long ago", "", [](Scenario& s) { s.answer["iat"] = kNow - 100000; }},
            {"iat in the future", "iat", [](Scenario& s) { s.answer["iat"] = kNow + 31; }},
            {"iat a string", "iat", [](Scenario& s) { s.answer["iat"] = "x"; }},
            {"nbf", "nbf", [](Scenario& s) { s.answer["nbf"] = kNow + 31; }},
            {"no name", "identity form", [](Scenario& s) { s.answer.erase("sub"); }},
            {"username", "",
             [](Scenario& s) {
                 s.provider.name_claim = "username";
                 s.answer["username"] = "bob";
             },
             AssertionFault::none, "bob@idp.example.org"},
            {"domain", "domain", [](Scenario& s) { s.answer["sub"] = "alice@example.com"; }},
            {"assertion no JSON", "malformed JSON",
             [](Scenario& s) { s.spoil_assertion = replaced_by("opaque"); }},
            {"no contents", kNotCovered, [](Scenario& s) { s.spoil_assertion = part("contents", nullptr); },
             AssertionFault::fingerprint},
            {"nonce of other contents", "nonce",
             [](Scenario& s) { s.spoil_contents = [](std::string v) { return v + " "; }; }},
            {"nonce a number", "nonce", [](Scenario& s) { s.answer["nonce"] = 1; }},
            {"contents by the provider", "",
             [](Scenario& s) {
                 s.answer["contents"] = s.contents_text();
                 s.spoil_assertion = replaced_by("opaque");
             }},
            {"contents by the provider do not cover", kNotCovered,
             [](Scenario& s) { s.answer["contents"] = R"({"fingerprint":[]})"; },
             AssertionFault::fingerprint},
            {"fingerprint", kNotCovered,
             [](Scenario& s) { s.session_lines = {"a=fingerprint:sha-256 " + kOtherDigest}; },
             AssertionFault::fingerprint},
        });
}

TEST(IntrospectedAssertion, a_broken_answer_is_no_permission) {
    Scenario scenario = good(Binding::introspection);
    const std::string sdp = scenario.sdp();
    AssertionRequest request;
    request.sdp = sdp;
    request.now = kNow;
    EXPECT_EQ(verify_assertion(request, {scenario.provider}, {}, "", nullptr).why, "malformed JSON");
    EXPECT_EQ(
        verify_assertion(request, {scenario.provider}, {}, R"({"active":false,"active":true})", nullptr).why,
        "duplicate member");
}

TEST(IntrospectedAssertion, a_bearer_token_alone_is_worth_b_at_most) {
    Scenario scenario = good(Binding::introspection);
    EXPECT_EQ(scenario.verdict().cap, Attestation::a);
    scenario.answer.erase("nonce");
    EXPECT_EQ(scenario.verdict().cap, Attestation::b);
    scenario.provider.cap = Attestation::c;
    EXPECT_EQ(scenario.verdict().cap, Attestation::c);
    scenario.provider.cap = Attestation::a;
    scenario.answer["contents"] = scenario.contents_text();
    EXPECT_EQ(scenario.verdict().cap, Attestation::a);
}

TEST(IntrospectedAssertion, it_is_remembered_as_long_as_the_token_lives) {
    ReplayCache replays;
    Scenario scenario = good(Binding::introspection);
    scenario.answer["exp"] = kNow + 3600;
    EXPECT_EQ(scenario.verdict(&replays).why, "");
    scenario.session = "two";
    scenario.now = kNow + 3599;
    EXPECT_EQ(scenario.verdict(&replays).why, "replay");
    scenario.answer.erase("exp");
    scenario.now = kNow + 4000;
    EXPECT_EQ(scenario.verdict(&replays).why, "");
    scenario.session = "three";
    scenario.now = kNow + 4330;
    EXPECT_EQ(scenario.verdict(&replays).why, "replay");
}

}  // namespace
}  // namespace causeway::identity::test
