#include "gateway/identity/passport/passport_signer.hpp"

#include <gtest/gtest.h>

#include "core/jose/jws.hpp"
#include "gateway/identity/passport/sip_date.hpp"
#include "tests/unit/identity_passport/passport_world.hpp"

namespace causeway::identity::test {
namespace {

constexpr const char* kX5u = "https://cert.example.org/provider.pem";
constexpr const char* kOrigid = "123e4567-e89b-42d3-a456-426614174000";

Result<PassportSigner> signer_of(const causeway::test::TestCertificate& certificate,
                                 std::int64_t now = kNow) {
    return PassportSigner::make(certificate.key(), *jose::CertificateChain::from_pem(certificate.chain_pem()),
                                kX5u, now);
}

PassportSigner signer() {
    return *signer_of(certificates().provider);
}

PassportClaims shaken_claims() {
    PassportClaims claims;
    claims.origin_number = "+1 215 555 1212";
    claims.destination_numbers = {"+12155551213"};
    claims.issued_at = kNow;
    claims.attestation = Attestation::a;
    claims.origid = kOrigid;
    return claims;
}

PassportClaims base_claims() {
    PassportClaims claims = shaken_claims();
    claims.kind = PassportKind::base;
    return claims;
}

PassportClaims div_claims() {
    PassportClaims claims = shaken_claims();
    claims.kind = PassportKind::div;
    claims.diverted_number = "+12155551213";
    claims.destination_numbers = {"+12155551214"};
    return claims;
}

jose::CompactJws token_of(const std::string& value) {
    return *jose::split(value.substr(0, value.find(';')));
}

std::string parameters_of(const std::string& value) {
    return value.substr(value.find(';'));
}

std::string payload_of(const PassportClaims& claims) {
    const auto value = signer().sign(claims);
    return value ? token_of(*value).payload : "error " + value.error().detail;
}

TEST(PassportSigner, writes_shaken_in_full_form_and_canonical_order) {
    const auto value = signer().sign(shaken_claims());
    ASSERT_TRUE(value);
    EXPECT_EQ(parameters_of(*value), std::string(";info=<") + kX5u + ">;alg=ES256;ppt=shaken");
    const auto token = token_of(*value);
    EXPECT_EQ(
        token.header,
        R"({"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://cert.example.org/provider.pem"})");
    EXPECT_EQ(token.payload,
              R"({"attest":"A","dest":{"tn":["12155551213"]},"iat":1790000000,)"
              R"("orig":{"tn":"12155551212"},"origid":"123e4567-e89b-42d3-a456-426614174000"})");
}

TEST(PassportSigner, writes_a_base_passport_without_ppt_attest_and_origid) {
    PassportClaims claims = base_claims();
    claims.origin_number.clear();
    claims.origin_uri = "SIP:Alice@Example.com:5060;x=y";
    claims.destination_uris = {"sip:Bob@example.net;user=phone"};
    const auto value = signer().sign(claims);
    ASSERT_TRUE(value);
    EXPECT_EQ(parameters_of(*value), std::string(";info=<") + kX5u + ">;alg=ES256");
    EXPECT_EQ(token_of(*value).header,
              R"({"alg":"ES256","typ":"passport","x5u":"https://cert.example.org/provider.pem"})");
    EXPECT_EQ(token_of(*value).payload, R"({"dest":{"tn":["12155551213"],"uri":["sip:bob@example.net"]},)"
                                        R"("iat":1790000000,"orig":{"uri":"sip:alice@example.com"}})");
}

TEST(PassportSigner, writes_the_diverted_number) {
    const auto value = signer().sign(div_claims());
    ASSERT_TRUE(value);
    EXPECT_EQ(parameters_of(*value), std::string(";info=<") + kX5u + ">;alg=ES256;ppt=div");
    EXPECT_EQ(token_of(*value).payload, R"({"dest":{"tn":["12155551214"]},"div":{"tn":"12155551213"},)"
                                        R"("iat":1790000000,"orig":{"tn":"12155551212"}})");
}

TEST(PassportSigner, writes_media_keys_sorted_without_colons_and_repetition) {
    PassportClaims claims = base_claims();
    claims.media_keys = {{"sha-256", "bb:01"}, {"SHA-256", "AA:02"}, {"sha-1", "CC"}, {"sha-256", "BB:01"}};
    EXPECT_NE(payload_of(claims).find(R"("mky":[{"alg":"sha-1","dig":"CC"},{"alg":"sha-256","dig":"AA02"},)"
                                      R"({"alg":"sha-256","dig":"BB01"}],"orig")"),
              std::string::npos)
        << payload_of(claims);
}

TEST(PassportSigner, signs_what_the_verifier_accepts) {
    World world = diverted_call();
    world.rows.clear();
    PassportClaims original = shaken_claims();
    original.media_keys = world.request.sdp_fingerprints = {{"sha-256", "AA:BB"}};
    world.request.identity = {*signer().sign(original), *signer().sign(div_claims())};
    const PassportVerdict verdict = world.verdict();
    EXPECT_EQ(verdict.result, PassportVerdict::Result::valid) << verdict.why;
    EXPECT_TRUE(verdict.mky);
    EXPECT_EQ(verdict.diversions.size(), 1U);
}

TEST(PassportSigner, refuses_claims_that_are_missing_or_cannot_be_said) {
    const auto expect_error = [](PassportClaims claims, const char* begin) {
        const auto value = signer().sign(claims);
        ASSERT_FALSE(value) << begin;
        EXPECT_EQ(value.error().detail.substr(0, std::string(begin).size()), begin);
    };
    PassportClaims claims = shaken_claims();
    claims.origin_number.clear();
    expect_error(claims, "orig: one of");
    claims.origin_uri = "sip:a@b";
    expect_error(claims, "orig: SHAKEN");
    claims.origin_number = "1";
    expect_error(claims, "orig: one of");
    claims = shaken_claims();
    claims.origin_number = "alice";
    expect_error(claims, "orig: no telephone");
    claims = base_claims();
    claims.origin_number.clear();
    claims.origin_uri = "alice";
    expect_error(claims, "orig: no URI");
    claims = shaken_claims();
    claims.destination_numbers = {"12155551213", "bob"};
    expect_error(claims, "dest: neither");
    claims.destination_numbers.clear();
    expect_error(claims, "dest: missing");
    claims.destination_uris = {"bob"};
    expect_error(claims, "dest: neither");
    claims = shaken_claims();
    claims.issued_at = 0;
    expect_error(claims, "iat");
    claims = shaken_claims();
    claims.attestation = Attestation::none;
    expect_error(claims, "attest");
    claims = shaken_claims();
    claims.origid = "1";
    expect_error(claims, "origid");
    claims = div_claims();
    claims.diverted_number = "bob";
    expect_error(claims, "div");
}

TEST(PassportSigner, is_not_made_of_parts_that_do_not_fit) {
    const auto& all = certificates();
    const auto chain = *jose::CertificateChain::from_pem(all.provider.chain_pem());
    EXPECT_EQ(PassportSigner::make(all.other_provider.key(), chain, kX5u, kNow).error().detail,
              "the certificate is not the key's");
    EXPECT_EQ(PassportSigner::make(all.provider.key(), chain, "http://a/b", kNow).error().detail,
              "x5u: no https URL");
    EXPECT_EQ(signer_of(all.provider, 1577836799).error().detail, "the certificate is not yet valid");
    EXPECT_TRUE(signer_of(all.provider, 1577836800));
    EXPECT_TRUE(signer_of(all.provider, 4070908800));
    EXPECT_EQ(signer_of(all.provider, 4070908801).error().detail, "the certificate expired");
    causeway::test::CertificateWish wish;
    wish.key_type = "P-384";
    EXPECT_EQ(signer_of(all.leaf(wish)).error().detail, "the key is not on P-256");
}

TEST(PassportSigner, needs_a_certificate_that_may_sign) {
    const auto with_usage = [](const std::string& bits) {
        causeway::test::CertificateWish wish;
        wish.has_key_usage = false;
        if (!bits.empty()) wish.extensions = {{"2.5.29.15", bits, true}};
        const auto made = signer_of(certificates().intermediate.issue(wish));
        return made ? "" : made.error().detail;
    };
    // RFC 5280 §4.2.1.3: without the extension a key may be used for anything.
    EXPECT_EQ(with_usage(""), "");
    EXPECT_EQ(with_usage("\x03\x02\x07\x80"), "");
    const std::string lacks = "certificate: its keyUsage lacks digitalSignature";
    EXPECT_EQ(with_usage("\x03\x02\x01\x06"), lacks);
    EXPECT_EQ(with_usage(std::string("\x03\x01\x00", 3)), lacks);
    EXPECT_EQ(with_usage("\x04\x01\x80"), lacks);
}

TEST(PassportSigner, covers_what_its_certificate_covers) {
    EXPECT_TRUE(signer().covers("+12155551212"));
    EXPECT_FALSE(signer().covers_domain("example.com"));
    const auto one = signer_of(certificates().with_list(causeway::test::tn_auth_list_number("12155551212")));
    EXPECT_TRUE(one->covers("+1 215 555 1212"));
    EXPECT_FALSE(one->covers("+12155551213"));
    causeway::test::CertificateWish wish;
    wish.dns_names = {"example.com"};
    const auto domain = signer_of(certificates().intermediate.issue(wish));
    EXPECT_TRUE(domain->covers_domain("Example.com"));
    EXPECT_FALSE(domain->covers_domain("example.org"));
    EXPECT_FALSE(domain->covers_domain(""));
    EXPECT_FALSE(domain->covers("+12155551212"));
}

TEST(SipDate, is_written_and_read_in_one_form) {
    EXPECT_EQ(sip_date(1795352508), "Sun, 22 Nov 2026 13:01:48 GMT");
    EXPECT_EQ(parse_sip_date("Sun, 22 Nov 2026 13:01:48 GMT"), 1795352508);
    EXPECT_EQ(parse_sip_date("Thu, 29 Feb 2024 00:00:00 GMT"), 1709164800);
    EXPECT_EQ(sip_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(SipDate, of_any_other_form_is_none) {
    for (const char* text : {"",
                             "Sun, 22 Nov 2026 13:01:48",
                             "Sun, 22 Nov 2026 13:01:48 UTC",
                             "Sun, 2 Nov 2026 13:01:48 GMT",
                             "Sun, 22 Nov 2026 13:01:48 GMT ",
                             "Xyz, 22 Nov 2026 13:01:48 GMT",
                             "Sun, 22 Xyz 2026 13:01:48 GMT",
                             "Sun, 31 Apr 2026 13:01:48 GMT",
                             "Sun, 29 Feb 2026 13:01:00 GMT",
                             "Sun, 00 Nov 2026 13:01:48 GMT",
                             "Sun, 32 Nov 2026 13:01:48 GMT",
                             "Sun, 22 Nov 2026 24:01:48 GMT",
                             "Sun, 22 Nov 2026 13:60:48 GMT",
                             "Sun, 22 Nov 2026 13:01:60 GMT",
                             "Sun, 2x Nov 2026 13:01:48 GMT",
                             "Sun; 22 Nov 2026 13:01:48 GMT",
                             "Sun, 22 Nov 1899 13:01:48 GMT",
                             "Sun, -2 Nov 2026 13:01:48 GMT",
                             "Sun, 22 Nov 2026 1x:01:48 GMT",
                             "Sun, 22 Nov 2026 13:x1:48 GMT",
                             "Sun, 22 Nov 2026 13:01:4x GMT",
                             "Sun, 1: Nov 2026 13:01:48 GMT",
                             "Sun, 2/ Nov 2026 13:01:48 GMT"}) {
        EXPECT_EQ(parse_sip_date(text), std::nullopt) << text;
    }
}

TEST(Origid, is_a_uuid_of_secret_and_call_that_tells_neither) {
    const std::string origid = make_origid("secret", "call-1");
    ASSERT_EQ(origid.size(), 36U);
    for (const std::size_t at : {8U, 13U, 18U, 23U}) EXPECT_EQ(origid[at], '-');
    EXPECT_EQ(origid[14], '4');
    EXPECT_NE(std::string("89ab").find(origid[19]), std::string::npos);
    EXPECT_EQ(make_origid("secret", "call-1"), origid);
    EXPECT_NE(make_origid("secret", "call-2"), origid);
    EXPECT_NE(make_origid("other", "call-1"), origid);
    PassportClaims claims = shaken_claims();
    claims.origid = origid;
    EXPECT_TRUE(signer().sign(claims));
}

}  // namespace
}  // namespace causeway::identity::test
