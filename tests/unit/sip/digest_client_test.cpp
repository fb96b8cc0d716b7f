#include "sip/ua/digest_client.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace causeway::sip {
namespace {

std::optional<Challenge> read(std::vector<const char*> parameters) {
    parameters.push_back(nullptr);
    return read_challenge(parameters.data());
}

TEST(DigestClient, answers_the_example_of_the_specification_in_both_algorithms) {
    // RFC 7616 §3.9.1
    ChallengeAnswer answer;
    answer.username = "Mufasa";
    answer.password = "Circle of Life";
    answer.realm = "http-auth@example.org";
    answer.method = "GET";
    answer.uri = "/dir/index.html";
    answer.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    const auto md5 = read({"realm=\"http-auth@example.org\"", "qop=\"auth, auth-int\"", "algorithm=MD5",
                           "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\"",
                           "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""});
    ASSERT_TRUE(md5);
    const std::string first = authorization(*md5, answer);
    EXPECT_NE(first.find("response=\"8ca523f5e9506fed4657c9700eebdbec\""), std::string::npos) << first;
    EXPECT_NE(first.find("qop=auth, nc=00000001,"), std::string::npos) << first;
    EXPECT_NE(first.find("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""), std::string::npos);

    auto sha = *md5;
    sha.algorithm = digest::Algorithm::sha256;
    const std::string second = authorization(sha, answer);
    EXPECT_NE(second.find("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""),
              std::string::npos)
        << second;
    EXPECT_NE(second.find("algorithm=SHA-256"), std::string::npos);
}

TEST(DigestClient, without_qop_it_answers_as_the_old_ones_do) {
    const auto old = read({"realm=\"r\"", "nonce=\"n\""});
    ASSERT_TRUE(old);
    EXPECT_FALSE(old->qop_auth);
    const std::string value = authorization(*old, {"u", "p", "r", "INVITE", "sip:a@b", "c", 1});
    EXPECT_EQ(value.find("qop"), std::string::npos);
    EXPECT_EQ(value.find("cnonce"), std::string::npos);
    EXPECT_EQ(value.find("algorithm"), std::string::npos) << "as it was not named";
}

TEST(DigestClient, a_stale_nonce_is_seen) {
    EXPECT_TRUE(read({"nonce=\"n\"", "stale=TRUE"})->stale);
    EXPECT_FALSE(read({"nonce=\"n\"", "stale=false"})->stale);
}

TEST(DigestClient, what_it_cannot_answer_it_does_not_try) {
    EXPECT_FALSE(read({"nonce=\"n\"", "qop=\"auth-int\""}));
    EXPECT_FALSE(read({"nonce=\"n\"", "algorithm=SHA-512-256"}));
    EXPECT_FALSE(read({"nonce=\"n\"", "algorithm=MD5-sess"}));
    EXPECT_FALSE(read({"realm=\"r\""}));
    EXPECT_FALSE(read({"nonce=\"\""}));
    EXPECT_FALSE(read_challenge(nullptr));
    const std::string endless = "nonce=\"" + std::string(5000, 'x') + "\"";
    EXPECT_FALSE(read({endless.c_str()}));
    EXPECT_FALSE(read(std::vector<const char*>(1000, "x=y")));
}

TEST(DigestClient, quotes_in_names_and_nonces_stay_inside) {
    const auto challenge = read({"nonce=\"a\\\"b\""});
    ASSERT_TRUE(challenge);
    EXPECT_EQ(challenge->nonce, "a\"b");
    const std::string value = authorization(*challenge, {"u\"x", "p", "r", "INVITE", "sip:a@b", "c", 1});
    EXPECT_NE(value.find("username=\"u\\\"x\""), std::string::npos) << value;
    EXPECT_NE(value.find("nonce=\"a\\\"b\""), std::string::npos) << value;
}

}  // namespace
}  // namespace causeway::sip
