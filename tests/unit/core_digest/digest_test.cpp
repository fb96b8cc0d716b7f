// Digest arithmetic by the vectors of the RFCs, and what is not taken for credentials.
#include <gmock/gmock.h>

#include "core/digest/digest.hpp"

namespace causeway::digest {
namespace {

/// RFC 7616 §3.9.1.
Exchange mufasa(Algorithm algorithm) {
    Exchange exchange;
    exchange.algorithm = algorithm;
    exchange.username = "Mufasa";
    exchange.realm = "http-auth@example.org";
    exchange.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    exchange.uri = "/dir/index.html";
    exchange.qop = "auth";
    exchange.nc = "00000001";
    exchange.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    return exchange;
}

TEST(Digest, md5_gives_what_rfc_7616_gives) {
    EXPECT_EQ(response(mufasa(Algorithm::md5), "Circle of Life", "GET"), "8ca523f5e9506fed4657c9700eebdbec");
}

TEST(Digest, sha_256_gives_what_rfc_7616_gives) {
    EXPECT_EQ(response(mufasa(Algorithm::sha256), "Circle of Life", "GET"),
              "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST(Digest, without_qop_it_is_as_in_rfc_2069) {
    Exchange exchange;
    exchange.username = "Mufasa";
    exchange.realm = "testrealm@host.com";
    exchange.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
    exchange.uri = "/dir/index.html";
    // RFC 2617's HA1 and HA2, put together as RFC 2069 does.
    EXPECT_EQ(response(exchange, "Circle Of Life", "GET"), "670fd8c2df070c60b045671b8b24ff02");
}

TEST(Digest, a_softphones_header_is_read) {
    const auto read = parse_credentials(
        R"(Digest algorithm=MD5, username="alice", realm="gw.example", nonce="abc", uri="sip:gw.example", )"
        R"(response="0123456789ABCDEF0123456789abcdef", opaque="o\"p", qop=auth, cnonce="xyz", nc=0000000a)");
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read->exchange.username, "alice");
    EXPECT_EQ(read->exchange.uri, "sip:gw.example");
    EXPECT_EQ(read->response, "0123456789abcdef0123456789abcdef");
    EXPECT_EQ(read->opaque, "o\"p");
    EXPECT_EQ(read->count, 10U);
    EXPECT_EQ(read->exchange.algorithm, Algorithm::md5);
}

TEST(Digest, names_and_the_scheme_know_no_case) {
    const auto read = parse_credentials(
        R"(DIGEST USERNAME="a", Realm="r", nonce="n", uri="u", response="d", algorithm=sha-256)");
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read->exchange.algorithm, Algorithm::sha256);
}

class NoCredentials : public testing::TestWithParam<const char*> {};

TEST_P(NoCredentials, are_refused) {
    EXPECT_FALSE(parse_credentials(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Digest, NoCredentials,
    testing::Values(
        "", "Digest", "Digest username", R"(username="a)", R"(username="a\)",
        R"(username="a", realm="r", nonce="n", uri="u")",
        R"(username="a", username="b", realm="r", nonce="n", uri="u", response="d")",
        R"(username="a" realm="r", nonce="n", uri="u", response="d")",
        R"(username="a", realm="r", nonce="n", uri="u", response="d", algorithm=MD5-sess)",
        R"(username="a", realm="r", nonce="n", uri="u", response="d", qop=auth-int, nc=00000001, cnonce="c")",
        R"(username="a", realm="r", nonce="n", uri="u", response="d", qop=auth, nc=1, cnonce="c")",
        R"(username="a", realm="r", nonce="n", uri="u", response="d", qop=auth, nc=0000000g, cnonce="c")",
        R"(username="a", realm="r", nonce="n", uri="u", response="d", qop=auth, nc=00000000, cnonce="c")",
        R"(username="a", realm="r", nonce="n", uri="u", response="d", qop=auth, nc=00000001)",
        "username=\"a\nb\", realm=\"r\", nonce=\"n\", uri=\"u\", response=\"d\""));

TEST(Digest, endless_headers_are_refused) {
    EXPECT_FALSE(parse_credentials("Digest username=\"" + std::string(5000, 'a') + '"'));
    std::string many = R"(username="a", realm="r", nonce="n", uri="u", response="d")";
    for (int i = 0; i < 40; ++i) many += ", x" + std::to_string(i) + "=1";
    EXPECT_FALSE(parse_credentials(many));
}

TEST(Digest, nothing_equals_an_empty_expectation) {
    EXPECT_FALSE(equal("", ""));
    EXPECT_FALSE(equal("a", ""));
    EXPECT_FALSE(equal("", "a"));
    EXPECT_FALSE(equal("ab", "a"));
    EXPECT_TRUE(equal("secret", "secret"));
}

TEST(Digest, what_is_quoted_can_be_read_again) {
    const auto read = parse_credentials("username=" + quoted("a\"b\\c") +
                                        R"(, realm="r", nonce="n", uri="u", response="d")");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->exchange.username, "a\"b\\c");
}

}  // namespace
}  // namespace causeway::digest
