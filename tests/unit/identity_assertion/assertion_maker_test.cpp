#include "gateway/identity/assertion/assertion_maker.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "core/jose/base64.hpp"
#include "core/jose/jws.hpp"
#include "scenario.hpp"

namespace causeway::identity::test {
namespace {

namespace json = boost::json;

class GatewayAssertion : public testing::Test {
  protected:
    /// Signed by the gateway's key, with anything in it.
    std::string signed_with(const json::object& head, const json::object& body) const {
        return jose::sign(key, jose::Algorithm::es256, json::serialize(head), json::serialize(body));
    }
    std::string why(const std::string& assertion, std::int64_t now = kNow) const {
        const auto answer = maker.validate(assertion, now);
        return answer ? "" : answer.error().detail;
    }
    json::object opened(const std::string& value) const {
        return json::parse(*jose::decode_base64(value)).as_object();
    }
    std::string assertion() const { return std::string(opened(made()).at("assertion").as_string()); }
    std::string made() const {
        return maker.make("+12155551212", {{"sha-256", kDigest}, {"sha-1", "AA:BB"}}, kNow, "once");
    }

    const jose::SigningKey key = jose::SigningKey::generate();
    const std::string kid = key.verify_key().thumbprint();
    const AssertionMaker maker{{"gw.example.net:8443", "sipgw1"}, key};
    const json::object header{{"alg", "ES256"}, {"kid", kid}, {"typ", "webrtc-identity+jwt"}};
    const json::object claims{{"iss", "https://gw.example.net:8443"},
                              {"sub", "x@gw.example.net"},
                              {"contents", "{}"},
                              {"iat", kNow},
                              {"exp", kNow + 60}};
};

TEST_F(GatewayAssertion, is_what_firefox_reads) {
    const json::object value = opened(made());
    EXPECT_EQ(json::serialize(value.at("idp")), R"({"domain":"gw.example.net:8443","protocol":"sipgw1"})");
    const auto jws = jose::split(assertion());
    ASSERT_TRUE(jws.has_value());
    const json::object head = json::parse(jws->header).as_object();
    EXPECT_EQ(head, header);
    const json::object body = json::parse(jws->payload).as_object();
    EXPECT_EQ(body.at("iss"), "https://gw.example.net:8443");
    EXPECT_EQ(body.at("sub"), "+12155551212@gw.example.net");
    EXPECT_EQ(body.at("iat"), kNow);
    EXPECT_EQ(body.at("exp"), kNow + 60);
    EXPECT_EQ(body.at("jti"), "once");
    EXPECT_EQ(body.at("contents").as_string(), R"({"fingerprint":[{"algorithm":"sha-256","digest":")" +
                                                   kDigest +
                                                   R"("},{"algorithm":"sha-1","digest":"AA:BB"}]})");
}

TEST_F(GatewayAssertion, is_answered_with_identity_and_contents) {
    const auto answer = maker.validate(assertion(), kNow + 59);
    ASSERT_TRUE(answer.has_value());
    const json::object read = json::parse(*answer).as_object();
    EXPECT_EQ(read.at("identity"), "+12155551212@gw.example.net");
    EXPECT_EQ(read.at("contents"), json::parse(jose::split(assertion())->payload).at("contents"));
    EXPECT_EQ(read.size(), 2U);
}

TEST_F(GatewayAssertion, convinces_the_verifier_with_the_published_keys) {
    IdentityProvider provider;
    provider.domain = "gw.example.net";
    provider.protocols = {"sipgw1"};
    provider.issuer = "https://gw.example.net:8443";
    const std::string sdp = "v=0\r\na=fingerprint:sha-256 " + kDigest + "\r\na=identity:" + made() + "\r\n";
    AssertionRequest request;
    request.sdp = sdp;
    request.now = kNow;
    const auto keys = KeySet::from_jwks(maker.jwks());
    ASSERT_TRUE(keys.has_value());
    EXPECT_EQ(keys->size(), 1U);
    EXPECT_TRUE(keys->knows(kid));
    EXPECT_EQ(verify_assertion(request, {provider}, *keys, {}, nullptr).identity,
              "+12155551212@gw.example.net");
}

TEST_F(GatewayAssertion, escapes_names) {
    const std::string value = maker.make("a@b%", {}, kNow, "x");
    const auto answer = maker.validate(opened(value).at("assertion").as_string(), kNow);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(json::parse(*answer).at("identity"), "a%40b%25@gw.example.net");
}

TEST_F(GatewayAssertion, is_confirmed_only_when_it_is_ours_and_fresh) {
    const auto with = [](json::object object, const char* name, const json::value& value) {
        if (value.is_null())
            object.erase(name);
        else
            object[name] = value;
        return object;
    };
    EXPECT_EQ(why(signed_with(header, claims)), "");
    EXPECT_EQ(why(assertion(), kNow + 60), "expired: exp");
    EXPECT_EQ(why(assertion(), kNow - 1), "iat: in the future");
    EXPECT_EQ(why("x"), "malformed JWS: not three parts");
    EXPECT_EQ(why(std::string(20000, 'x')), "too long: malformed JWS");
    std::string tampered = assertion();
    char& letter = tampered[tampered.find('.') + 20];
    letter = letter == 'A' ? 'B' : 'A';
    EXPECT_EQ(why(tampered), "signature");
    EXPECT_EQ(why(signed_with(with(header, "typ", "passport"), claims)), "typ");
    EXPECT_EQ(why(signed_with(with(header, "alg", "none"), claims)), "alg");
    EXPECT_EQ(why(signed_with(with(header, "crit", json::array()), claims)), "crit");
    EXPECT_EQ(why(signed_with(with(header, "kid", "other"), claims)), "kid");
    EXPECT_EQ(why(signed_with(with(header, "kid", nullptr), claims)), "kid");
    EXPECT_EQ(why(signed_with(header, with(claims, "iss", "https://gw.example.net"))), "iss");
    EXPECT_EQ(why(signed_with(header, with(claims, "exp", nullptr))), "expired: no exp");
    EXPECT_EQ(why(signed_with(header, with(claims, "exp", kNow))), "expired: exp");
    EXPECT_EQ(why(signed_with(header, with(claims, "sub", nullptr))),
              "malformed JSON: no strings sub and contents");
    EXPECT_EQ(why(signed_with(header, with(claims, "contents", nullptr))),
              "malformed JSON: no strings sub and contents");

    const AssertionMaker other{{"gw.example.net:8443", "sipgw1"}, jose::SigningKey::generate()};
    const std::string foreign(opened(other.make("x", {}, kNow, "x")).at("assertion").as_string());
    EXPECT_EQ(why(foreign), "kid");
}

TEST_F(GatewayAssertion, published_keys_hold_nothing_private) {
    const json::value set = json::parse(maker.jwks());
    const json::object published = set.at("keys").as_array().at(0).as_object();
    EXPECT_EQ(published.at("kid"), json::value(kid));
    EXPECT_EQ(published.at("alg"), "ES256");
    EXPECT_EQ(published.at("use"), "sig");
    EXPECT_FALSE(published.contains("d"));
}

TEST_F(GatewayAssertion, the_proxy_asks_its_own_origin_and_signs_for_nobody) {
    const std::string script = maker.proxy_script();
    EXPECT_LT(script.size(), 1024U);
    EXPECT_TRUE(std::all_of(script.begin(), script.end(),
                            [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    EXPECT_NE(script.find("rtcIdentityProvider.register("), std::string::npos);
    EXPECT_NE(script.find("\"https://gw.example.net:8443/identity/verify\""), std::string::npos);
    EXPECT_NE(script.find("Promise.reject"), std::string::npos);
}

}  // namespace
}  // namespace causeway::identity::test
