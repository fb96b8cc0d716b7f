// The parts of an assertion by themselves: names, descriptions, key sets; and a real browser's offer.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "gateway/identity/assertion/identity_name.hpp"
#include "gateway/identity/assertion/provider_documents.hpp"
#include "scenario.hpp"

namespace causeway::identity::test {
namespace {

std::string file(const std::string& name) {
    std::ifstream stream(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(DomainName, becomes_lower_case_a_labels) {
    EXPECT_EQ(a_labels("IDP.Example.org"), "idp.example.org");
    EXPECT_EQ(a_labels("b\xC3\xBC"
                       "cher.example"),
              "xn--bcher-kva.example");
    EXPECT_EQ(a_labels("M\xC3\xBCnchen.b\xC3\xBC"
                       "cher"),
              "xn--mnchen-3ya.xn--bcher-kva");
    // RFC 3492 §7.1 (A), (B), (L).
    EXPECT_EQ(a_labels("\xD9\x84\xD9\x8A\xD9\x87\xD9\x85\xD8\xA7\xD8\xA8\xD8\xAA\xD9\x83\xD9\x84\xD9\x85\xD9"
                       "\x88\xD8\xB4\xD8\xB9"
                       "\xD8\xB1\xD8\xA8\xD9\x8A\xD8\x9F"),
              "xn--egbpdaj6bu4bxfgehfvwxn");
    EXPECT_EQ(a_labels("\xE4\xBB\x96\xE4\xBB\xAC\xE4\xB8\xBA\xE4\xBB\x80\xE4\xB9\x88\xE4\xB8\x8D\xE8\xAF\xB4"
                       "\xE4\xB8\xAD\xE6\x96\x87"),
              "xn--ihqwcrb4cv8a8dqg056pqjye");
    EXPECT_EQ(a_labels("3\xE5\xB9\xB4"
                       "b\xE7\xB5\x84\xE9\x87\x91\xE5\x85\xAB\xE5\x85\x88\xE7\x94\x9F"),
              "xn--3b-ww4c5e180e575a65lsy2b");
    EXPECT_EQ(a_labels("\xF0\x9F\x98\x80.example"), "xn--e28h.example");
}

TEST(DomainName, stays_as_it_is_when_it_is_no_name) {
    EXPECT_EQ(a_labels(""), "");
    EXPECT_EQ(a_labels("a\xFF.example"), "a\xFF.example");
    EXPECT_EQ(a_labels("a\xC3"), "a\xC3");
    EXPECT_EQ(a_labels("a\xC3("), "a\xC3(");
    std::string longest;
    for (int i = 0; i < 200; ++i) longest += "\xC3\xBC";
    EXPECT_EQ(a_labels(longest), longest);
    std::string long_one = "\xC3\xBC" + std::string(62, 'a');
    EXPECT_EQ(a_labels(long_one), long_one);
}

TEST(DomainName, of_an_authority_has_neither_user_nor_port) {
    EXPECT_EQ(host_of("idp.example.org"), "idp.example.org");
    EXPECT_EQ(host_of("Idp.Example.org:443"), "idp.example.org");
    EXPECT_EQ(host_of("user:secret@idp.example.org:8443"), "idp.example.org");
    EXPECT_EQ(host_of("a@b@idp.example.org"), "idp.example.org");
    EXPECT_EQ(host_of("[2001:db8::1]"), "[2001:db8::1]");
    EXPECT_EQ(host_of("[2001:db8::1]:443"), "[2001:db8::1]");
    EXPECT_EQ(host_of("idp.example.org:port"), "idp.example.org:port");
    EXPECT_EQ(host_of("localhost:36959"), "localhost");
}

TEST(UserName, is_escaped_as_rfc_8827_says_and_no_further) {
    EXPECT_EQ(escaped_user("user@133"), "user%40133");
    EXPECT_EQ(escaped_user("100%"), "100%25");
    EXPECT_EQ(escaped_user("+1 215/\xC3\xBC"), "+1 215/\xC3\xBC");
}

TEST(IdentityName, that_is_no_UTF_8_has_no_form) {
    const IdentityProvider provider = good(Binding::contents).provider;
    EXPECT_EQ(identity_fault("alice@idp.example.org", provider), std::nullopt);
    EXPECT_EQ(identity_fault("al\xFFice@idp.example.org", provider), "identity form");
}

TEST(Discovery, tells_where_the_keys_of_that_issuer_are) {
    const std::string issuer = "https://idp.example.org";
    const auto found =
        jwks_uri_of(R"({"issuer":"https://idp.example.org","jwks_uri":"https://a/b"})", issuer);
    EXPECT_EQ(found.value(), "https://a/b");
    // OIDC Discovery §4.3: the issuer must be exactly the one that was asked.
    for (const char* text :
         {R"({"issuer":"https://idp.example.org/","jwks_uri":"https://a/b"})",
          R"({"issuer":"https://evil.example","jwks_uri":"https://a/b"})", R"({"jwks_uri":"https://a/b"})"}) {
        EXPECT_EQ(jwks_uri_of(text, issuer).error().detail, "the discovery names another issuer") << text;
    }
    for (const char* text : {R"({"issuer":"https://idp.example.org"})",
                             R"({"issuer":"https://idp.example.org","jwks_uri":1})"}) {
        EXPECT_EQ(jwks_uri_of(text, issuer).error().detail, "the discovery has no jwks_uri") << text;
    }
    for (const char* text : {"", "[]", "{", R"({"issuer":"a","issuer":"a"})"}) {
        EXPECT_FALSE(jwks_uri_of(text, issuer).has_value()) << text;
    }
}

TEST(DescriptionClaim, is_the_first_of_the_session_level) {
    const Scenario scenario = good(Binding::contents);
    const std::string line = "a=identity:" + scenario.line() + "\r\n";
    const std::string head = "v=0\r\ns=-\r\n";
    EXPECT_EQ(claim_of(head + line + "a=identity:####\r\n").state, AssertionClaim::State::present);
    EXPECT_EQ(claim_of(head + "a=identity:####\r\n" + line).state, AssertionClaim::State::malformed);
    EXPECT_EQ(claim_of(head + "a=identity\r\n" + line).why, "base64: a=identity");
    EXPECT_EQ(claim_of(head + "a=identity-x:####\r\n" + line).state, AssertionClaim::State::present);
    EXPECT_EQ(claim_of(head + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" + line).state, AssertionClaim::State::none);
    EXPECT_EQ(claim_of("v=0\ns=-\na=identity:" + scenario.line()).state, AssertionClaim::State::present);
    EXPECT_EQ(claim_of("").state, AssertionClaim::State::none);
}

TEST(DescriptionClaim, names_provider_protocol_and_assertion) {
    Scenario scenario = good(Binding::contents);
    scenario.idp = {{"domain", "Me@IDP.example.org:444"}};
    scenario.spoil_assertion = [](const std::string&) { return "opaque"; };
    const AssertionClaim claim = claim_of(scenario.sdp());
    EXPECT_EQ(claim.domain, "idp.example.org");
    EXPECT_EQ(claim.protocol, "default");
    EXPECT_EQ(claim.assertion, "opaque");
}

TEST(DescriptionClaim, finds_the_provider_of_domain_and_protocol) {
    IdentityProvider a;
    a.domain = "idp.example.org";
    a.protocols = {"x"};
    IdentityProvider b = a;
    b.protocols = {"y", "z"};
    IdentityProvider c = a;
    c.domain =
        "b\xC3\xBC"
        "cher.example:8443";
    const std::vector<IdentityProvider> all{a, b, c};
    AssertionClaim claim;
    claim.domain = "idp.example.org";
    claim.protocol = "z";
    EXPECT_EQ(provider_of(claim, all), &all[1]);
    claim.domain = "xn--bcher-kva.example";
    EXPECT_EQ(provider_of(claim, all), nullptr);
    claim.protocol = "x";
    EXPECT_EQ(provider_of(claim, all), &all[2]);
}

TEST(DescriptionFingerprints, come_from_both_levels_once_each) {
    const std::string sdp =
        "v=0\r\na=fingerprint:SHA-256 aa:bb\r\na=fingerprint:sha-256 AA:BB\r\n"
        "m=audio 9 X 0\na=fingerprint:sha-1  CC \na=fingerprints:sha-1 EE\na=setup:actpass";
    const std::vector<Fingerprint> wanted{{"sha-256", "AA:BB"}, {"sha-1", "CC"}};
    EXPECT_EQ(fingerprints_of(sdp), wanted);
    EXPECT_TRUE(fingerprints_of("").empty());
}

TEST(ProviderKeys, pass_over_what_cannot_be_used) {
    const Scenario scenario = good(Binding::contents);
    const std::string key = boost::json::serialize(scenario.keys[0]);
    const auto with = [&](const std::string& member) { return "{" + member + "," + key.substr(1); };
    const auto set = KeySet::from_jwks(
        "{\"keys\":[1,{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"kid\":"
        "\"secret\"}," +
        with("\"use\":\"enc\"") + "," + with("\"alg\":\"ES384\"") + "," + with("\"alg\":\"ES256\"") + "]}");
    ASSERT_TRUE(set.has_value());
    EXPECT_EQ(set->size(), 1U);
    EXPECT_TRUE(set->knows("k1"));
    EXPECT_FALSE(set->knows("secret"));
    EXPECT_FALSE(set->knows(""));
    EXPECT_EQ(set->find(std::nullopt).size(), 1U);
    EXPECT_EQ(set->find("k1").size(), 1U);
    EXPECT_TRUE(set->find("k2").empty());
}

TEST(ProviderKeys, must_be_a_set) {
    for (const char* text : {"", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[],\"keys\":[]}"})
        EXPECT_FALSE(KeySet::from_jwks(text).has_value()) << text;
}

// As Firefox ESR wrote it; its provider was a test's that signs nothing.
TEST(FirefoxOffer, is_read_as_firefox_wrote_it) {
    const std::string sdp = file("tests/data/sdp/firefox-identity.sdp");
    const AssertionClaim claim = claim_of(sdp);
    ASSERT_EQ(claim.state, AssertionClaim::State::present);
    EXPECT_EQ(claim.domain, "localhost");
    EXPECT_EQ(claim.protocol, "rig");
    EXPECT_EQ(fingerprints_of(sdp), (std::vector<Fingerprint>{{"sha-256", kDigest}}));
}

TEST(FirefoxOffer, takes_a_signed_assertion_in_the_place_of_its_own) {
    std::string sdp = file("tests/data/sdp/firefox-identity.sdp");
    const std::size_t begin = sdp.find("a=identity:") + 11;
    const Scenario scenario = good(Binding::contents);
    sdp.replace(begin, sdp.find_first_of("\r\n", begin) - begin, scenario.line());
    AssertionRequest request;
    request.sdp = sdp;
    request.now = kNow;
    const auto keys = KeySet::from_jwks(scenario.jwks());
    EXPECT_EQ(verify_assertion(request, {scenario.provider}, *keys, {}, nullptr).identity,
              "alice@idp.example.org");
}

}  // namespace
}  // namespace causeway::identity::test
