// Who a softphone is: passwords as digests, tokens, and what is not believed.
#include "gateway/softphone/login.hpp"

#include <gmock/gmock.h>

#include "core/digest/digest.hpp"

namespace causeway::softphone {
namespace {

using namespace std::chrono_literals;
using Result = Login::Result;

constexpr const char* kUri = "sip:gw.example";

config::Snapshot two_users() {
    auto config = std::make_shared<config::Config>();
    config->sip.domain = "gw.example";
    config->users.resize(3);
    config->users[0].name = "alice";
    config->users[0].token = "alices-token";
    config->users[1].name = "bob";
    config->users[1].token = "bobs-token";
    config->users[2].name = "carol";  // has a password for the page only
    return config;
}

class LoginTest : public testing::Test {
  protected:
    static std::string param(const std::string& challenge, const std::string& name) {
        const auto at = challenge.find(name + "=\"");
        const auto begin = at + name.size() + 2;
        return challenge.substr(begin, challenge.find('"', begin) - begin);
    }
    std::string nonce() { return param(login.challenges(false, now).front(), "nonce"); }

    static std::string answer(const std::string& nonce, const std::string& user, const std::string& password,
                              digest::Algorithm algorithm = digest::Algorithm::md5,
                              const char* nc = "00000001", const std::string& realm = "gw.example",
                              const std::string& uri = kUri) {
        digest::Exchange exchange;
        exchange.algorithm = algorithm;
        exchange.username = user;
        exchange.realm = realm;
        exchange.nonce = nonce;
        exchange.uri = uri;
        exchange.qop = "auth";
        exchange.nc = nc;
        exchange.cnonce = "abc";
        return "Digest username=\"" + user + "\", realm=\"" + realm + "\", nonce=\"" + nonce + "\", uri=\"" +
               uri + "\", qop=auth, nc=" + nc +
               ", cnonce=\"abc\", algorithm=" + std::string(name(algorithm)) + ", response=\"" +
               digest::response(exchange, password, "REGISTER") + '"';
    }
    Login::Verdict check(const std::vector<std::string>& authorization) {
        return login.check({"REGISTER", kUri, authorization, *SocketAddress::parse("192.0.2.1", 5000)}, now);
    }
    Result result(const std::string& authorization) { return check({authorization}).result; }

    Login login{two_users(), "a secret of the gateway"};
    WallTime now = WallTime{} + 1'700'000'000s;
};

TEST_F(LoginTest, who_says_nothing_is_challenged) {
    EXPECT_EQ(check({}).result, Result::none);
}

TEST_F(LoginTest, the_better_comes_first_and_md5_last_since_browsers_libraries_keep_the_last) {
    const auto challenges = login.challenges(false, now);
    ASSERT_EQ(challenges.size(), 3U);
    EXPECT_THAT(challenges[0], testing::HasSubstr("algorithm=SHA-256"));
    EXPECT_EQ(challenges[1], "Bearer realm=\"gw.example\"");
    EXPECT_THAT(challenges[2], testing::HasSubstr("algorithm=MD5"));
    EXPECT_THAT(challenges[0], testing::Not(testing::HasSubstr("stale")));
    EXPECT_THAT(login.challenges(true, now)[0], testing::HasSubstr("stale=true"));
}

TEST_F(LoginTest, the_token_is_the_password_with_both_algorithms) {
    const auto verdict = check({answer(nonce(), "alice", "alices-token")});
    ASSERT_EQ(verdict.result, Result::good);
    EXPECT_EQ(verdict.user->name, "alice");
    EXPECT_EQ(result(answer(nonce(), "bob", "bobs-token", digest::Algorithm::sha256)), Result::good);
}

TEST_F(LoginTest, a_bearer_token_is_its_owner) {
    const auto verdict = check({"Bearer bobs-token"});
    ASSERT_EQ(verdict.result, Result::good);
    EXPECT_EQ(verdict.user->name, "bob");
    EXPECT_EQ(result("bearer  alices-token "), Result::good);
    EXPECT_EQ(result("Bearer alices-tokem"), Result::wrong);
    EXPECT_EQ(result("Bearer "), Result::wrong);
}

TEST_F(LoginTest, nobody_without_a_token_can_log_in) {
    EXPECT_EQ(result(answer(nonce(), "carol", "")), Result::wrong);
}

TEST_F(LoginTest, wrong_passwords_users_uris_and_schemes_are_wrong) {
    EXPECT_EQ(result(answer(nonce(), "alice", "bobs-token")), Result::wrong);
    EXPECT_EQ(result(answer(nonce(), "nobody", "alices-token")), Result::wrong);
    EXPECT_EQ(result(answer(nonce(), "alice", "alices-token", digest::Algorithm::md5, "00000001",
                            "gw.example", "sip:other.example")),
              Result::wrong);
    EXPECT_EQ(result("Basic YWxpY2U6YQ=="), Result::wrong);
    EXPECT_EQ(result("Digest username"), Result::wrong);
}

TEST_F(LoginTest, what_is_meant_for_another_server_says_nothing_here) {
    const std::string foreign =
        answer("n", "alice", "x", digest::Algorithm::md5, "00000001", "other.example");
    EXPECT_EQ(result(foreign), Result::none);
    EXPECT_EQ(check({foreign, answer(nonce(), "alice", "alices-token")}).result, Result::good);
}

TEST_F(LoginTest, a_count_of_a_nonce_is_taken_once) {
    const std::string nonce = this->nonce();
    EXPECT_EQ(result(answer(nonce, "alice", "alices-token")), Result::good);
    EXPECT_EQ(result(answer(nonce, "alice", "alices-token")), Result::wrong);
    EXPECT_EQ(result(answer(nonce, "alice", "alices-token", digest::Algorithm::md5, "00000005")),
              Result::good);
    EXPECT_EQ(result(answer(nonce, "alice", "alices-token", digest::Algorithm::md5, "00000004")),
              Result::wrong);
}

TEST_F(LoginTest, old_and_invented_nonces_are_stale_not_wrong) {
    const std::string old = nonce();
    now += 11min;
    EXPECT_EQ(result(answer(old, "alice", "alices-token")), Result::stale);
    EXPECT_EQ(result(answer("invented", "alice", "alices-token")), Result::stale);
    EXPECT_EQ(result(answer(old.substr(0, old.size() - 1) + "!", "alice", "alices-token")), Result::stale);
    EXPECT_EQ(result(answer("invented", "alice", "wrong")), Result::wrong);
}

TEST_F(LoginTest, nonces_differ_within_one_second) {
    EXPECT_NE(nonce(), nonce());
}

TEST_F(LoginTest, who_guesses_passwords_must_wait) {
    for (int i = 0; i < 10; ++i) EXPECT_EQ(result("Bearer guess"), Result::wrong);
    EXPECT_EQ(result("Bearer alices-token"), Result::slow);
    EXPECT_EQ(
        login.check({"REGISTER", kUri, {"Bearer alices-token"}, *SocketAddress::parse("192.0.2.2", 1)}, now)
            .result,
        Result::good);
    now += 31s;
    EXPECT_EQ(result("Bearer alices-token"), Result::good);
}

TEST_F(LoginTest, a_forgotten_nonce_cannot_be_used_again) {
    const std::string first = nonce();
    EXPECT_EQ(result(answer(first, "alice", "alices-token")), Result::good);
    for (int i = 0; i < 20'000; ++i) {
        now += 1ms;
        EXPECT_EQ(result(answer(nonce(), "alice", "alices-token")), Result::good);
    }
    EXPECT_EQ(result(answer(first, "alice", "alices-token")), Result::stale);
}

}  // namespace
}  // namespace causeway::softphone
