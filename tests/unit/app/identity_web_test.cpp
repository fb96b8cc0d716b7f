// The paths of identity at the browser door: who may ask what, and what is answered.
#include "gateway/app/identity_web.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <fstream>
#include <stdexcept>

#include "core/jose/base64.hpp"
#include "gateway/app/identity_settings.hpp"
#include "gateway/call/call_registry.hpp"
#include "gateway/identity/capability/capability_token.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::app {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

std::int64_t now_seconds() {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

std::string field(const http::WebAnswer& answer, const std::string& name) {
    for (const auto& [key, value] : answer.headers) {
        if (key == name) return value;
    }
    return {};
}

class IdentityPaths : public testing::Test {
  protected:
    IdentityPaths() {
        config_->tokens.push_back({.name = "shop",
                                   .public_key = {},
                                   .secret = {},
                                   .api_key = "shops-key",
                                   .longest_life = std::chrono::seconds(100)});
        config_->tokens.push_back({.name = "bank",
                                   .public_key = {},
                                   .secret = "0123456789abcdef0123456789abcdef",
                                   .api_key = {},
                                   .longest_life = std::chrono::seconds(100)});
        config_->http.operator_token = "operators-token";
        book_->assertions = std::make_shared<const identity::AssertionMaker>(
            identity::GatewayIdentitySettings{"gw.example", "sipgw1"}, jose::SigningKey::generate());
    }

    std::optional<http::WebAnswer> ask(const std::string& method, const std::string& path,
                                       const std::string& body = {}, const std::string& authorization = {}) {
        const IdentityWeb web(config_, book_, token_key_, calls_, [this] { return running_; });
        return web.serve({method, path, body, authorization});
    }
    http::WebAnswer mint(const std::string& body, const std::string& authorization = "Bearer shops-key") {
        return *ask("POST", "/v1/tokens", body, authorization);
    }
    identity::ReadCapability read(const http::WebAnswer& answer, std::int64_t now) {
        const std::string token(json::parse(answer.body).at("token").as_string());
        return identity::read_token(token, capability_issuers(*config_, token_key_), now);
    }

    std::shared_ptr<config::Config> config_ = std::make_shared<config::Config>();
    std::shared_ptr<call::IdentityBook> book_ = std::make_shared<call::IdentityBook>();
    jose::SigningKey token_key_ = jose::SigningKey::generate();
    RecentCalls calls_;
    std::vector<call::RunningCall> running_;
};

TEST_F(IdentityPaths, others_are_not_its_own) {
    for (const char* path : {"/", "/v1", "/v1/tokens/", "/identity", "/.well-known/idp-proxy/default",
                             "/stir/certificate.pem"}) {
        EXPECT_FALSE(ask("GET", path)) << path;
    }
    book_->assertions.reset();
    for (const char* path : {"/.well-known/idp-proxy/sipgw1", "/identity/verify", "/identity/jwks.json"}) {
        EXPECT_FALSE(ask("GET", path)) << path << " without identity.enabled";
    }
}

TEST_F(IdentityPaths, each_takes_its_method_only) {
    struct Case {
        const char* path;
        const char* right;
        const char* wrong;
    };
    for (const Case& one :
         {Case{"/.well-known/idp-proxy/sipgw1", "GET", "POST"}, Case{"/identity/jwks.json", "GET", "PUT"},
          Case{"/identity/verify", "POST", "GET"}, Case{"/v1/tokens", "POST", "GET"},
          Case{"/v1/calls", "GET", "DELETE"}}) {
        const auto refused = ask(one.wrong, one.path);
        ASSERT_TRUE(refused) << one.path;
        EXPECT_EQ(refused->status, 405) << one.path;
        EXPECT_EQ(field(*refused, "Allow"), one.right) << one.path;
        EXPECT_NE(ask(one.right, one.path)->status, 405) << one.path;
    }
}

TEST_F(IdentityPaths, the_gateway_is_an_identity_provider_for_browsers) {
    const auto script = ask("GET", "/.well-known/idp-proxy/sipgw1");
    EXPECT_EQ(script->status, 200);
    EXPECT_THAT(script->content_type, HasSubstr("javascript"));
    EXPECT_THAT(script->body, HasSubstr("rtcIdentityProvider.register"));
    EXPECT_THAT(script->body, HasSubstr("https://gw.example/identity/verify"));
    const auto keys = ask("GET", "/identity/jwks.json");
    EXPECT_EQ(keys->status, 200);
    EXPECT_EQ(json::parse(keys->body).at("keys").as_array().size(), 1u);
}

TEST_F(IdentityPaths, an_assertion_of_its_own_is_confirmed_and_nobody_elses) {
    const std::string line =
        book_->assertions->make("+12155551212", {{"sha-256", "AA:BB"}}, now_seconds(), "c1");
    const auto claim = json::parse(*jose::decode_base64(line));
    const auto said = ask("POST", "/identity/verify", std::string(claim.at("assertion").as_string()));
    EXPECT_EQ(said->status, 200);
    EXPECT_EQ(json::parse(said->body).at("identity").as_string(), "+12155551212@gw.example");
    EXPECT_EQ(field(*said, "Cache-Control"), "no-store");
    for (const std::string body : {"", "nonsense", "a.b.c"}) {
        EXPECT_EQ(ask("POST", "/identity/verify", body)->status, 403) << body;
    }
}

TEST_F(IdentityPaths, a_permission_is_minted_for_an_application_server_only) {
    const std::string wish = R"({"callees":["9*"],"ttl":60})";
    for (const char* authorization :
         {"", "Bearer ", "Bearer wrong", "Basic shops-key", "shops-key", "Bearer  shops-key"}) {
        const auto refused = mint(wish, authorization);
        EXPECT_EQ(refused.status, 401) << authorization;
        EXPECT_EQ(field(refused, "WWW-Authenticate"), "Bearer");
        EXPECT_EQ(refused.body.find("token\":"), std::string::npos);
    }
    EXPECT_EQ(mint(wish).status, 201);
    EXPECT_EQ(mint(wish, "bearer shops-key").status, 201) << "RFC 9110 §11.1";
}

TEST_F(IdentityPaths, what_was_minted_is_read_until_its_time_is_over) {
    const std::int64_t before = now_seconds();
    const auto answer = mint(R"({"callees":["9*"],"ttl":60,"number":"+12155550000","max_uses":2})");
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(field(answer, "Cache-Control"), "no-store");
    const auto good = read(answer, before);
    ASSERT_TRUE(good.capability) << good.refusal.why;
    EXPECT_EQ(good.capability->issuer, "shop");
    EXPECT_EQ(good.capability->callees, std::vector<std::string>{"9*"});
    EXPECT_EQ(good.capability->number, "+12155550000");
    EXPECT_EQ(good.capability->max_uses, 2);
    EXPECT_EQ(good.capability->expires_at - good.capability->issued_at, 60);
    EXPECT_NE(good.capability->id, "");
    EXPECT_EQ(json::parse(answer.body).at("permission").at("callees").as_array().size(), 1u);
    EXPECT_NE(read(mint(R"({"callees":["9*"],"ttl":60})"), before).capability->id, good.capability->id);

    const auto late = read(answer, now_seconds() + 60 + identity::kCapabilitySkew);
    EXPECT_FALSE(late.capability);
    EXPECT_EQ(late.refusal.fault, identity::CapabilityFault::expired);
}

TEST_F(IdentityPaths, a_permission_lives_no_longer_than_its_application_server_may_give) {
    EXPECT_EQ(mint(R"({"callees":["9*"],"ttl":100})").status, 201);
    const auto refused = mint(R"({"callees":["9*"],"ttl":101})");
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body, HasSubstr("ttl"));
}

TEST_F(IdentityPaths, a_wish_that_is_none_is_told_what_is_wrong) {
    struct Case {
        const char* body;
        const char* why;
    };
    for (const Case& one :
         {Case{"", ""}, Case{"[]", ""}, Case{R"({"ttl":60})", "callees"},
          Case{R"({"callees":["9*"]})", "ttl"}, Case{R"({"callees":["9*"],"ttl":60,"admin":true})", "admin"},
          Case{R"({"callees":["9*"],"ttl":60,"iss":"bank"})", "iss"},
          Case{R"({"callees":["9*"],"ttl":60,"headers":{"From":"x"}})", "headers"}}) {
        const auto refused = mint(one.body);
        EXPECT_EQ(refused.status, 400) << one.body;
        EXPECT_THAT(refused.body, HasSubstr(one.why));
    }
}

TEST_F(IdentityPaths, calls_are_for_the_operator) {
    calls_.add({});
    running_.push_back({{}, call::Phase::ringing});
    EXPECT_EQ(ask("GET", "/v1/calls")->status, 401);
    EXPECT_EQ(ask("GET", "/v1/calls", "", "Bearer shops-key")->status, 401);
    const auto answer = ask("GET", "/v1/calls", "", "Bearer operators-token");
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(field(*answer, "Cache-Control"), "no-store");
    const json::value said = json::parse(answer->body);
    const json::array& calls = said.at("calls").as_array();
    ASSERT_EQ(calls.size(), 2u);
    EXPECT_EQ(calls.front().at("state").as_string(), "ringing");
    config_->http.operator_token.clear();
    EXPECT_EQ(ask("GET", "/v1/calls", "", "Bearer ")->status, 404) << "no token is no open door";
}

TEST_F(IdentityPaths, the_certificate_is_served_when_the_operator_says_so) {
    std::string path = testing::TempDir() + "causeway-certificate-XXXXXX";
    ::close(::mkstemp(path.data()));
    const std::string pem = test::TestCertificate::root().pem();
    std::ofstream(path) << pem;
    config_->stir.certificate = path;
    EXPECT_FALSE(ask("GET", "/stir/certificate.pem"));
    config_->stir.serve = true;
    const auto answer = ask("GET", "/stir/certificate.pem");
    ::unlink(path.c_str());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->content_type, "application/pem-certificate-chain");
    EXPECT_EQ(answer->body, pem);
    EXPECT_THAT(field(*answer, "Cache-Control"), HasSubstr("max-age"));
    EXPECT_THROW(ask("GET", "/"), std::runtime_error) << "the file is gone";
}

}  // namespace
}  // namespace causeway::app
