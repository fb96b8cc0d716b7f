// Callers from pages: whose keys are fetched, how often, and what is said when they cannot be had;
// permissions.
#include <unistd.h>

#include "core/jose/base64.hpp"
#include "core/jose/jws.hpp"
#include "gateway/identity/capability/capability_token.hpp"
#include "tests/integration/app/desk_fixture.hpp"

namespace causeway::app {
namespace {

namespace json = boost::json;
using call::CallerChecked;
using identity::AssertionFault;
using Result = identity::AssertionVerdict::Result;

constexpr const char* kDigest =
    "61:E3:32:A4:FD:FC:EF:F9:F2:31:AE:62:90:A1:0C:63:25:F5:D9:53:CA:F2:72:BE:57:F2:CA:4C:F2:1E:BB:49";

class CallerDesk : public Desk {
  protected:
    CallerDesk() : server_(library()) {
        config::IdentityProvider provider;
        provider.domain = "idp.example";
        provider.issuer = server_->url("");
        provider.jwks_uri = server_->url("/jwks.json");
        config_->identity_providers = {provider};
        publish({{"k1", &key_}});
    }

    config::IdentityProvider& provider() { return config_->identity_providers.front(); }

    void publish(const std::map<std::string, const jose::SigningKey*>& keys) {
        json::array list;
        for (const auto& [kid, key] : keys) {
            json::object jwk = json::parse(key->verify_key().jwk()).as_object();
            jwk["kid"] = kid;
            list.push_back(jwk);
        }
        put("/jwks.json", json::serialize(json::object{{"keys", list}}));
    }

    static std::string contents() {
        return json::serialize(
            json::object{{"fingerprint", {json::object{{"algorithm", "sha-256"}, {"digest", kDigest}}}}});
    }
    static std::string offer(const std::string& assertion, const std::string& domain = "idp.example") {
        const json::object claim{{"idp", {{"domain", domain}}}, {"assertion", assertion}};
        const std::string line = "a=identity:" + jose::encode_base64(json::serialize(claim)) + "\r\n";
        return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + (assertion.empty() ? "" : line) +
               "a=fingerprint:sha-256 " + kDigest + "\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n";
    }
    std::string assertion(const std::string& kid, const jose::SigningKey& key) {
        const json::object header{{"alg", "ES256"}, {"kid", kid}, {"typ", "webrtc-identity+jwt"}};
        const json::object claims{{"iss", provider().issuer}, {"sub", "alice@idp.example"},
                                  {"contents", contents()},   {"iat", now()},
                                  {"exp", now() + 60},        {"jti", std::to_string(++assertions_)}};
        return jose::sign(key, jose::Algorithm::es256, json::serialize(header), json::serialize(claims));
    }
    void asks(const std::string& sdp, const std::string& capability = {}, const std::string& to = "911") {
        const auto before = answers_.size();
        desk_->check_caller(CallId{++calls_}, {sdp, "session", capability, to, "https://shop.example/"});
        EXPECT_EQ(answers_.size(), before) << "never before it returns";
    }
    const CallerChecked& asked(const std::string& sdp, const std::string& capability = {},
                               const std::string& to = "911") {
        asks(sdp, capability, to);
        run_until_answers(calls_);
        return answer<CallerChecked>(calls_ - 1);
    }

    std::string permission(identity::Capability capability) {
        if (capability.issuer.empty()) capability.issuer = "shop";
        if (capability.callees.empty()) capability.callees = {"9*"};
        if (capability.expires_at == 0) capability.expires_at = now() + 60;
        if (capability.issued_at == 0) capability.issued_at = now();
        return mint(capability, token_key_, jose::Algorithm::es256);
    }
    void let_shop_mint() {
        config_->tokens = {{.name = "shop",
                            .public_key = {},
                            .secret = {},
                            .api_key = "key",
                            .longest_life = std::chrono::seconds(3600)}};
    }

    jose::SigningKey key_ = jose::SigningKey::generate();
    std::unique_ptr<test::HttpsServer> server_;
    std::uint64_t calls_ = 0;
    int assertions_ = 0;
};

TEST_F(CallerDesk, a_caller_without_anything_to_check_costs_no_fetch) {
    open();
    EXPECT_EQ(asked(offer("")).assertion.result, Result::none);
    EXPECT_EQ(asked(offer("x", "stranger.example")).assertion.result, Result::unknown_idp);
    EXPECT_EQ(server_->connections(), 0);
}

TEST_F(CallerDesk, keys_are_fetched_once_for_many_calls) {
    open();
    for (int i = 0; i < 20; ++i) asks(offer(assertion("k1", key_)));
    run_until_answers(20);
    EXPECT_EQ(asked(offer(assertion("k1", key_))).assertion.identity, "alice@idp.example");
    for (std::size_t i = 0; i < answers_.size(); ++i) {
        EXPECT_EQ(answers_[i].first, CallId{i + 1}) << "in order";
        EXPECT_EQ(answer<CallerChecked>(i).assertion.result, Result::valid)
            << answer<CallerChecked>(i).assertion.why;
    }
    EXPECT_EQ(server_->requests("/jwks.json"), 1);
    EXPECT_EQ(counted("identity_assertion_valid"), 21U);
}

TEST_F(CallerDesk, a_key_that_is_not_known_is_looked_for_once) {
    open();
    EXPECT_EQ(asked(offer(assertion("k1", key_))).assertion.result, Result::valid);
    const auto next_key = jose::SigningKey::generate();
    publish({{"k1", &key_}, {"k2", &next_key}});
    for (int i = 0; i < 5; ++i) asks(offer(assertion("k2", next_key)));
    asks(offer(assertion("k1", key_)));
    run_until_answers(calls_);
    for (std::size_t i = 0; i < answers_.size(); ++i) {
        EXPECT_EQ(answer<CallerChecked>(i).assertion.result, Result::valid)
            << answer<CallerChecked>(i).assertion.why;
    }
    EXPECT_EQ(server_->requests("/jwks.json"), 2);

    const auto strangers = jose::SigningKey::generate();
    for (int i = 0; i < 5; ++i) {
        const CallerChecked& refused = asked(offer(assertion("k" + std::to_string(10 + i), strangers)));
        EXPECT_EQ(refused.assertion.result, Result::invalid);
        EXPECT_EQ(refused.assertion.fault, AssertionFault::unknown_key);
        EXPECT_FALSE(refused.provider_unavailable);
    }
    EXPECT_EQ(server_->requests("/jwks.json"), 2) << "at most once a minute";
}

TEST_F(CallerDesk, keys_are_found_by_discovery) {
    provider().discovery = true;
    provider().jwks_uri.clear();
    put("/.well-known/openid-configuration",
        json::serialize(
            json::object{{"issuer", provider().issuer}, {"jwks_uri", server_->url("/jwks.json")}}));
    open();
    for (int i = 0; i < 5; ++i) asks(offer(assertion("k1", key_)));
    run_until_answers(5);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(answer<CallerChecked>(i).assertion.result, Result::valid);
    }
    EXPECT_EQ(server_->requests("/.well-known/openid-configuration"), 1);
    EXPECT_EQ(server_->requests("/jwks.json"), 1);
}

TEST_F(CallerDesk, a_discovery_that_speaks_for_another_issuer_is_not_followed) {
    provider().discovery = true;
    put("/.well-known/openid-configuration",
        json::serialize(
            json::object{{"issuer", "https://elsewhere.example"}, {"jwks_uri", server_->url("/jwks.json")}}));
    open();
    const CallerChecked& checked = asked(offer(assertion("k1", key_)));
    EXPECT_TRUE(checked.provider_unavailable);
    EXPECT_NE(checked.assertion.why.find("issuer"), std::string::npos) << checked.assertion.why;
    EXPECT_NE(checked.assertion.result, Result::valid);
    EXPECT_EQ(server_->requests("/jwks.json"), 0);
}

TEST_F(CallerDesk, a_provider_that_does_not_answer_or_not_with_keys_is_unavailable) {
    put("/jwks.json", "");
    open();
    EXPECT_TRUE(asked(offer(assertion("k1", key_))).provider_unavailable);
    EXPECT_EQ(answer<CallerChecked>(0).assertion.provider, "idp.example");

    put("/broken.json", "{}");
    provider().jwks_uri = server_->url("/broken.json");
    open();
    EXPECT_TRUE(asked(offer(assertion("k1", key_))).provider_unavailable);

    const std::string gone = server_->url("/jwks.json", "localhost");
    provider().jwks_uri = gone;
    open();
    server_.reset();
    EXPECT_TRUE(asked(offer(assertion("k1", key_))).provider_unavailable);
    EXPECT_EQ(counted("identity_provider_unavailable"), 3U);
}

TEST_F(CallerDesk, an_assertion_that_was_used_is_refused_to_another_session) {
    open();
    const std::string sdp = offer(assertion("k1", key_));
    EXPECT_EQ(asked(sdp).assertion.result, Result::valid);
    EXPECT_EQ(asked(sdp).assertion.result, Result::valid) << "RFC 8827 §5.1.4: the same session may";
    desk_->check_caller(CallId{++calls_}, {sdp, "thief", "", "911", ""});
    run_until_answers(calls_);
    EXPECT_EQ(answer<CallerChecked>(calls_ - 1).assertion.fault, AssertionFault::replay);
}

TEST_F(CallerDesk, an_opaque_token_is_asked_about_at_its_provider_each_time) {
    provider().binding = config::IdpBinding::introspection;
    provider().introspection_endpoint = server_->url("/introspect");
    provider().client_id = "causeway";
    provider().client_secret = "s:cret";
    put("/introspect", json::serialize(json::object{
                           {"active", true}, {"sub", "alice@idp.example"}, {"contents", contents()}}));
    open();
    const std::string handle =
        json::serialize(json::object{{"token", "opaque &=+ token"}, {"contents", contents()}});
    const CallerChecked& checked = asked(offer(handle));
    EXPECT_EQ(checked.assertion.result, Result::valid) << checked.assertion.why;
    const std::string request = last_request();
    EXPECT_TRUE(request.starts_with("POST /introspect HTTP/1.1\r\n")) << request;
    EXPECT_NE(request.find("\r\n\r\ntoken=opaque%20%26%3D%2B%20token"), std::string::npos) << request;
    EXPECT_NE(request.find("Authorization: Basic "), std::string::npos) << request;

    put("/introspect", R"({"active":false})");
    EXPECT_EQ(asked(offer(handle)).assertion.result, Result::invalid) << "revoked at once";
    EXPECT_EQ(server_->requests("/introspect"), 2);
    put("/introspect", "");
    EXPECT_TRUE(asked(offer(handle)).provider_unavailable);
}

TEST_F(CallerDesk, a_permission_is_read_counted_and_given_back) {
    let_shop_mint();
    open();
    const std::string token = permission({.id = "t1", .max_concurrent = 1, .max_uses = 2});
    const CallerChecked& first = asked(offer(""), token);
    ASSERT_TRUE(first.capability) << first.capability_refusal->why;
    EXPECT_EQ(first.capability->id, "t1");
    const CallerChecked& second = asked(offer(""), token);
    ASSERT_TRUE(second.capability_refusal);
    EXPECT_FALSE(second.capability);
    EXPECT_EQ(second.capability_refusal->fault, identity::CapabilityFault::too_many_calls);
    desk_->release_capability("t1");
    EXPECT_TRUE(asked(offer(""), token).capability);
    desk_->release_capability("t1");
    const CallerChecked& third = asked(offer(""), token);
    ASSERT_TRUE(third.capability_refusal);
    EXPECT_EQ(third.capability_refusal->fault, identity::CapabilityFault::used_up);
    EXPECT_EQ(counted("identity_permission_refused"), 2U);
}

TEST_F(CallerDesk, calls_that_are_checked_at_once_share_a_permissions_limit) {
    let_shop_mint();
    open();
    const std::string token = permission({.id = "t1", .max_concurrent = 1});
    asks(offer(assertion("k1", key_)), token);
    asks(offer(assertion("k1", key_)), token);
    run_until_answers(2);
    EXPECT_TRUE(answer<CallerChecked>(0).capability);
    EXPECT_FALSE(answer<CallerChecked>(1).capability);
    EXPECT_TRUE(answer<CallerChecked>(1).capability_refusal);
}

TEST_F(CallerDesk, a_permission_that_does_not_fit_is_refused_before_anything_is_fetched) {
    let_shop_mint();
    open();
    using identity::CapabilityFault;
    struct Case {
        std::string token;
        CapabilityFault fault;
    };
    const std::string good = permission({.id = "t1"});
    const std::vector<Case> cases{
        {"nonsense", CapabilityFault::invalid},
        {good.substr(0, good.size() - 2), CapabilityFault::invalid},
        {permission({.id = "t2", .issuer = "bank"}), CapabilityFault::invalid},
        {permission({.id = "t3", .issued_at = now() - 200, .expires_at = now() - 100}),
         CapabilityFault::expired},
        {permission({.id = "t4", .callees = {"8*"}}), CapabilityFault::callee},
        {permission({.id = "t5", .page = "https://elsewhere.example/*"}), CapabilityFault::page},
    };
    for (const Case& one : cases) {
        const CallerChecked& refused = asked(offer(assertion("k1", key_)), one.token);
        ASSERT_TRUE(refused.capability_refusal) << one.token;
        EXPECT_EQ(refused.capability_refusal->fault, one.fault) << refused.capability_refusal->why;
        EXPECT_FALSE(refused.capability);
    }
    EXPECT_EQ(server_->connections(), 0);
    EXPECT_TRUE(desk_->read_capability(good).capability);
}

TEST_F(CallerDesk, that_closes_while_it_fetches_answers_nobody) {
    const auto hanging = serve([](test::Wire& wire) { wire.hang(); });
    provider().jwks_uri = hanging->url("/jwks.json");
    open();
    asks(offer(assertion("k1", key_)));
    run_until([&] { return hanging->requests("/jwks.json") == 1; });
    asks(offer(""));  // its answer is on its way
    desk_.reset();
    io_.restart();
    io_.run_for(std::chrono::milliseconds(50));
    EXPECT_TRUE(answers_.empty());
}

}  // namespace
}  // namespace causeway::app
