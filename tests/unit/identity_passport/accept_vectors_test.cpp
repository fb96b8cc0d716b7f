// What is accepted although it looks unusual, what is ignored, replays, and what is fetched.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <ostream>

#include "core/jose/base64.hpp"
#include "core/jose/jws.hpp"
#include "gateway/identity/passport/passport_signer.hpp"
#include "tests/unit/identity_passport/passport_world.hpp"

namespace causeway::identity::test {
namespace {

namespace json = boost::json;
using causeway::test::CertificateWish;
using Outcome = PassportVerdict::Result;

struct Vector {
    const char* name;
    World (*call)();
    void (*change)(World&);
};

std::ostream& operator<<(std::ostream& out, const Vector& vector) {
    return out << vector.name;
}

json::object key(const char* algorithm, const char* digest) {
    return {{"alg", algorithm}, {"dig", digest}};
}

const Vector kAccepted[] = {
    {"a SHAKEN call", shaken_call, [](World&) {}},
    {"a base call", base_call, [](World&) {}},
    {"a call between URIs", uri_call, [](World&) {}},
    {"a diverted call", diverted_call, [](World&) {}},
    {"a call diverted twice", twice_diverted_call, [](World&) {}},
    {"rows in any order", twice_diverted_call, [](World& w) { std::reverse(w.rows.begin(), w.rows.end()); }},
    {"the To header of a diverted call was rewritten", diverted_call,
     [](World& w) { w.request.to = "sip:+12155551214@gw.example"; }},
    {"a diversion of a PASSporT with a URI as caller", uri_call,
     [](World& w) {
         w.rows.push_back(diverted_call().rows[1]);
         w.rows[1].payload["orig"] = json::object{{"uri", "sip:alice@example.com"}};
         w.rows[1].payload["div"] = json::object{{"uri", "sip:bob@example.net"}, {"hi", "1.1"}};
         w.request.request_uri = "sip:+12155551214@gw.example";
         CertificateWish wish;
         wish.dns_names = {"example.net"};
         w.sign_with(certificates().intermediate.issue(wish), 1);
     }},
    {"a broken diversion of a call that is not diverted", diverted_call,
     [](World& w) {
         w.request.request_uri = "sip:+12155551213@gw.example";
         w.rows[1].signer = certificates().provider;
     }},
    {"the Request-URI is an address of ours and there is no diversion", shaken_call,
     [](World& w) { w.request.request_uri = "sip:gw@10.0.0.1"; }},
    {"a certificate with a web address beside the domain as DNS name", uri_call,
     [](World& w) {
         CertificateWish wish;
         wish.dns_names = {"example.com"};
         wish.uri_names = {"https://example.com/"};
         w.sign_with(certificates().intermediate.issue(wish));
     }},
    {"no parameter but info and ppt", shaken_call,
     [](World& w) { w.row().parameters = ";info=<https://cert.example.org/provider.pem>;ppt=shaken"; }},
    {"parameters in upper case, quoted, with blanks and in another order", shaken_call,
     [](World& w) {
         w.row().parameters =
             " ; PPT = \"shaken\" ; Alg=\"ES256\";\tinfo = <https://cert.example.org/provider.pem> ";
     }},
    {"an unknown parameter, with and without a value", shaken_call,
     [](World& w) { w.row().parameters += ";canon=\"a,b;c\";flag"; }},
    {"a comma in info", shaken_call,
     [](World& w) {
         w.row().header["x5u"] = "https://cert.example.org/a,b;c.pem";
         w.row().parameters = ";info=<https://cert.example.org/a,b;c.pem>;ppt=shaken";
         w.sign_with(certificates().provider);
     }},
    {"eight rows of which the last is good", shaken_call,
     [](World& w) {
         w.rows.assign(8, w.row());
         for (std::size_t i = 0; i < 7; ++i) w.rows[i].payload["attest"] = "D";
     }},
    {"a good row in a comma list behind a broken one", shaken_call,
     [](World& w) {
         w.request.identity = {"garbage, " + w.row().value()};
         w.rows.clear();
     }},
    {"a good row beside an unknown kind", shaken_call,
     [](World& w) {
         w.rows.insert(w.rows.begin(), w.row());
         w.row().parameters = ";info=<https://cert.example.org/provider.pem>;ppt=rcd";
     }},
    {"a good row beside one whose certificate cannot be fetched", shaken_call,
     [](World& w) {
         w.rows.insert(w.rows.begin(), w.row());
         w.row().header["x5u"] = "https://gone.example.org/x.pem";
         w.row().parameters = ";info=<https://gone.example.org/x.pem>;ppt=shaken";
     }},
    {"unknown members in header and payload", shaken_call,
     [](World& w) {
         w.row().header["kid"] = "1";
         w.row().payload["x"] = json::array{1, "2"};
     }},
    {"the From number is written with separators", shaken_call,
     [](World& w) { w.request.from = "<tel:+1-(215)-555.1212;x=y>"; }},
    {"From is a plain URI with digits alone", shaken_call,
     [](World& w) { w.request.from = "sip:12155551212@carrier.example"; }},
    {"a display name with angle brackets in quotes", shaken_call,
     [](World& w) { w.request.from = R"("A \" <sip:b@c>" <sip:+12155551212@carrier.example>;tag=<x>)"; }},
    {"an extension of digits alone is signed as a URI", uri_call,
     [](World& w) {
         w.request.from = "<sip:1000@example.com>";
         w.row().payload["orig"] = json::object{{"uri", "sip:1000@example.com"}};
     }},
    {"PAI is believed and From anonymous", shaken_call,
     [](World& w) {
         w.policy.origin = OriginSource::pai;
         w.request.from = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";
         w.request.pai = "\"Alice, A\" <sip:alice@carrier.example>, <tel:+12155551212>";
     }},
    {"PAI is to be believed but not there", shaken_call,
     [](World& w) { w.policy.origin = OriginSource::pai; }},
    {"To is one of several destinations", shaken_call,
     [](World& w) {
         w.row().payload["dest"] = json::object{{"tn", json::array{"12155551299", "12155551213"}},
                                                {"uri", json::array{"sip:x@example.com"}}};
     }},
    {"To is an emergency service (RFC 9027)", shaken_call,
     [](World& w) {
         w.request.to = "<urn:service:sos>";
         w.row().payload["dest"] = json::object{{"uri", json::array{"urn:service:sos"}}};
     }},
    {"iat is 60 seconds old", shaken_call, [](World& w) { w.row().payload["iat"] = kNow - 60; }},
    {"iat is 60 seconds in the future", shaken_call, [](World& w) { w.row().payload["iat"] = kNow + 60; }},
    {"Date and iat differ, both are fresh", shaken_call,
     [](World& w) {
         w.request.date = sip_date(kNow - 60);
         w.row().payload["iat"] = kNow + 60;
     }},
    {"there is no Date", shaken_call, [](World& w) { w.request.date.reset(); }},
    {"the freshness is longer by policy", shaken_call,
     [](World& w) {
         w.policy.freshness = 600;
         w.row().payload["iat"] = kNow - 600;
     }},
    {"SHAKEN without mky although the SDP has a fingerprint", shaken_call,
     [](World& w) {
         w.request.sdp_fingerprints = {{"sha-256", "AA:BB"}};
     }},
    {"the certificate expired after iat", shaken_call,
     [](World& w) {
         w.row().payload["iat"] = kNow - 30;
         CertificateWish wish;
         wish.not_after = kNow - 20;
         w.sign_with(certificates().leaf(wish));
     }},
    {"revocation lists are there and the certificate is not on them", shaken_call,
     [](World& w) { w.crls = certificates().root.crl_pem({}) + certificates().intermediate.crl_pem({}); }},
    {"the TNAuthList is critical", shaken_call,
     [](World& w) {
         CertificateWish wish;
         wish.extensions = {causeway::test::tn_auth_list(causeway::test::tn_auth_list_spc("1234"), true)};
         w.sign_with(certificates().leaf(wish));
     }},
    {"the TNAuthList holds the number", shaken_call,
     [](World& w) {
         w.sign_with(certificates().with_list(causeway::test::tn_auth_list_number("12155551212")));
     }},
    {"the TNAuthList's range begins with the number", shaken_call,
     [](World& w) {
         w.sign_with(certificates().with_list(causeway::test::tn_auth_list_range("12155551212", 2)));
     }},
    {"the TNAuthList's range ends with the number", shaken_call,
     [](World& w) {
         w.sign_with(certificates().with_list(causeway::test::tn_auth_list_range("12155551203", 10)));
     }},
    {"the certificate names the domain by a SIP URI", uri_call,
     [](World& w) {
         CertificateWish wish;
         wish.uri_names = {"https://example.com", "sip:Example.COM"};
         w.sign_with(certificates().intermediate.issue(wish));
     }},
    {"JWTClaimConstraints are kept", shaken_call,
     [](World& w) {
         const std::string include = der(0xa0, der(0x30, der(0x16, "attest")));
         const std::string orig =
             der(0x30, der(0x16, "orig") + der(0x30, der(0x0c, R"({"tn":"12155551212"})")));
         const std::string rcd = der(0x30, der(0x16, "rcd") + der(0x30, der(0x0c, "{}")));
         w.sign_with(certificates().with_constraints(der(0x30, include + der(0xa1, der(0x30, orig + rcd)))));
     }},
    {"the enhanced constraints are kept", shaken_call,
     [](World& w) {
         w.sign_with(
             certificates().with_constraints(der(0x30, der(0xa2, der(0x30, der(0x16, "rcd")))), true));
     }},
};

class AcceptedPassport : public testing::TestWithParam<Vector> {};

TEST_P(AcceptedPassport, is_valid) {
    World world = GetParam().call();
    GetParam().change(world);
    const PassportVerdict verdict = world.verdict();
    EXPECT_EQ(verdict.result, Outcome::valid) << verdict.why;
    EXPECT_EQ(verdict.code, 0);
    EXPECT_EQ(verdict.why, "");
}

std::string name_of(const testing::TestParamInfo<Vector>& info) {
    std::string name = info.param.name;
    for (char& c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(vectors, AcceptedPassport, testing::ValuesIn(kAccepted), name_of);

TEST(PassportVerdict, tells_attestation_origin_and_signer) {
    World world = shaken_call();
    world.row().payload["attest"] = "B";
    const PassportVerdict verdict = world.verdict();
    EXPECT_EQ(verdict.attestation, Attestation::b);
    EXPECT_EQ(verdict.origin, "12155551212");
    EXPECT_EQ(verdict.origid, "123e4567-e89b-42d3-a456-426614174000");
    EXPECT_EQ(verdict.signer, "SHAKEN 1234");
    EXPECT_EQ(verdict.x5u, "https://cert.example.org/provider.pem");
    EXPECT_FALSE(verdict.mky);
    EXPECT_TRUE(verdict.diversions.empty());
    world.row().payload["attest"] = "C";
    EXPECT_EQ(world.verdict().attestation, Attestation::c);
}

TEST(PassportVerdict, of_a_base_passport_has_no_attestation_whatever_it_claims) {
    World world = uri_call();
    world.row().payload["attest"] = "A";
    const PassportVerdict verdict = world.verdict();
    EXPECT_EQ(verdict.result, Outcome::valid);
    EXPECT_EQ(verdict.attestation, Attestation::none);
    EXPECT_EQ(verdict.origin, "sip:alice@example.com");
}

TEST(PassportVerdict, is_of_the_first_valid_row) {
    World world = shaken_call();
    world.rows.assign(3, world.row());
    world.rows[0].payload["attest"] = "D";
    world.rows[1].payload["attest"] = "C";
    EXPECT_EQ(world.verdict().attestation, Attestation::c);
}

TEST(PassportVerdict, tells_that_the_media_keys_are_bound) {
    World world = base_call();
    world.request.sdp_fingerprints = {{"SHA-256", "aa:bb"}, {"sha-1", "CC:DD"}, {"sha-256", "AA:BB"}};
    world.row().payload["mky"] = json::array{key("sha-256", "AABB"), key("sha-1", "ccdd")};
    const PassportVerdict verdict = world.verdict();
    EXPECT_EQ(verdict.result, Outcome::valid) << verdict.why;
    EXPECT_TRUE(verdict.mky);
}

TEST(PassportVerdict, lists_diversions_from_the_first_to_the_last) {
    World world = twice_diverted_call();
    std::swap(world.rows[0], world.rows[2]);
    const PassportVerdict verdict = world.verdict();
    ASSERT_EQ(verdict.diversions.size(), 2U);
    EXPECT_EQ(verdict.diversions[0].from, "12155551213");
    EXPECT_EQ(verdict.diversions[0].to, "12155551214");
    EXPECT_EQ(verdict.diversions[1].from, "12155551214");
    EXPECT_EQ(verdict.diversions[1].to, "12155551215");
    EXPECT_EQ(verdict.attestation, Attestation::a);
    EXPECT_EQ(verdict.signer, "SHAKEN 1234");
}

TEST(PassportVerdict, is_of_the_row_that_was_diverted_not_of_one_beside_it) {
    World world = diverted_call();
    RowMaker beside = world.row();
    beside.payload["dest"] = json::object{{"tn", json::array{"12155551299"}}};
    beside.payload["attest"] = "A";
    world.row().payload["attest"] = "C";
    world.rows.insert(world.rows.begin(), beside);
    world.request.to = "sip:+12155551299@gw.example";
    const PassportVerdict verdict = world.verdict();
    EXPECT_EQ(verdict.result, Outcome::valid) << verdict.why;
    EXPECT_EQ(verdict.attestation, Attestation::c);
    EXPECT_EQ(verdict.diversions.size(), 1U);
}

TEST(PassportVerdict, lists_the_diversion_even_if_the_first_row_was_for_both) {
    World world = diverted_call();
    world.row().payload["dest"] = json::object{{"tn", json::array{"12155551213", "12155551214"}}};
    EXPECT_EQ(world.verdict().diversions.size(), 1U);
}

TEST(MissingPassport, is_none_and_428_only_when_required) {
    World world = shaken_call();
    world.rows.clear();
    EXPECT_EQ(world.verdict().result, Outcome::none);
    EXPECT_EQ(world.verdict().code, 0);
    EXPECT_EQ(world.verdict().why, "no Identity header field");
    world.policy.require = true;
    EXPECT_EQ(world.verdict().result, Outcome::none);
    EXPECT_EQ(world.verdict().code, 428);
}

TEST(MissingPassport, is_also_one_of_an_unknown_kind_however_broken) {
    for (const char* ppt : {"rcd", "msec", "rph", "div-o", "SHAKEN"}) {
        World world = shaken_call();
        world.policy.require = true;
        world.row().parameters = std::string(";ppt=") + ppt;
        world.row().payload_text = "broken";
        EXPECT_EQ(world.verdict().result, Outcome::none) << ppt;
        EXPECT_EQ(world.verdict().code, 428);
        EXPECT_EQ(world.verdict().why.substr(0, 3), "ppt");
        EXPECT_TRUE(wanted_certificates(world.whole_request(), world.policy).empty());
    }
}

TEST(MissingPassport, is_also_one_of_an_unknown_kind_that_is_longer_than_any_known_may_be) {
    World world = shaken_call();
    world.row().parameters =
        ";info=<https://cert.example.org/provider.pem>;ppt=rcd;x=" + std::string(9000, 'a');
    EXPECT_EQ(world.verdict().result, Outcome::none);
}

TEST(MissingPassport, is_also_one_whose_unknown_kind_only_the_signed_header_names) {
    World world = base_call();
    world.row().header["ppt"] = "rcd";
    EXPECT_EQ(world.verdict().result, Outcome::none);
}

TEST(Replay, is_refused_however_the_signature_is_written) {
    World world = shaken_call();
    ReplayCache replays;
    world.replays = &replays;
    // The same row again, not a new signature each time.
    world.request.identity = {world.row().value()};
    world.rows.clear();
    EXPECT_EQ(world.verdict().result, Outcome::valid);
    const PassportVerdict again = world.verdict();
    EXPECT_EQ(again.result, Outcome::invalid);
    EXPECT_EQ(again.code, 438);
    EXPECT_EQ(again.why.substr(0, 6), "replay");
}

/// n - s: verifies as well as s.
std::string other_half(const std::string& signature) {
    constexpr unsigned char kOrder[] = {0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
                                        0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                                        0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
    std::string result = signature;
    int borrow = 0;
    for (std::size_t i = 32; i-- > 0;) {
        const int digit = kOrder[i] - static_cast<unsigned char>(signature[32 + i]) - borrow;
        borrow = digit < 0 ? 1 : 0;
        result[32 + i] = static_cast<char>(digit & 0xff);
    }
    return result;
}

TEST(Replay, is_refused_with_the_other_signature_that_verifies) {
    World world = shaken_call();
    const std::string token =
        jose::sign(world.row().signer->key(), jose::Algorithm::es256, json::serialize(world.row().header),
                   json::serialize(world.row().payload));
    const auto parts = jose::split(token);
    const std::string other =
        parts->signing_input + "." + jose::encode_base64url(other_half(parts->signature));
    const std::string parameters = world.row().parameters;
    world.rows.clear();
    world.request.identity = {other + parameters};
    ASSERT_EQ(world.verdict().result, Outcome::valid);
    ReplayCache replays;
    world.replays = &replays;
    world.request.identity = {token + parameters};
    EXPECT_EQ(world.verdict().result, Outcome::valid);
    world.request.identity = {other + parameters};
    EXPECT_EQ(world.verdict().why.substr(0, 6), "replay");
}

TEST(Replay, of_one_of_two_rows_is_refused_though_the_other_was_believed) {
    World world = shaken_call();
    ReplayCache replays;
    world.replays = &replays;
    const std::string shaken = world.row().value();
    const std::string base = base_call().row().value();
    world.rows.clear();
    world.request.identity = {base, shaken};
    EXPECT_EQ(world.verdict().result, Outcome::valid);
    world.request.identity = {shaken};
    EXPECT_EQ(world.verdict().why.substr(0, 6), "replay");
}

TEST(Replay, is_none_when_the_call_comes_back_diverted_but_again_with_that_diversion) {
    World world = diverted_call();
    ReplayCache replays;
    world.replays = &replays;
    const std::string original = world.rows[0].value();
    const std::string diversion = world.rows[1].value();
    world.rows.clear();
    const std::string target = world.request.request_uri;
    world.request.identity = {original};
    world.request.request_uri = world.request.to;
    EXPECT_EQ(world.verdict().result, Outcome::valid);
    world.request.identity = {original, diversion};
    world.request.request_uri = target;
    EXPECT_EQ(world.verdict().result, Outcome::valid);
    EXPECT_EQ(world.verdict().why.substr(0, 6), "replay");
}

TEST(Replay, cannot_be_provoked_by_a_row_that_is_not_valid) {
    World world = shaken_call();
    ReplayCache replays;
    world.replays = &replays;
    const std::string good = world.row().value();
    world.rows.clear();
    world.request.identity = {good};
    const std::string from = world.request.from;
    world.request.from = "sip:mallory@example.com";
    EXPECT_EQ(world.verdict().result, Outcome::invalid);
    world.request.from = from;
    EXPECT_EQ(world.verdict().result, Outcome::valid);
}

TEST(Replay, is_remembered_for_twice_the_freshness) {
    World world = shaken_call();
    ReplayCache replays;
    world.replays = &replays;
    world.row().payload["iat"] = kNow + 60;
    world.request.identity = {world.row().value()};
    world.rows.clear();
    world.request.date.reset();
    EXPECT_EQ(world.verdict().result, Outcome::valid);
    world.request.now = kNow + 120;
    EXPECT_EQ(world.verdict().why.substr(0, 6), "replay");
    world.request.now = kNow + 121;
    EXPECT_EQ(world.verdict().code, 403);
    EXPECT_TRUE(replays.take_once("another", kNow + 300, kNow + 121));
    EXPECT_EQ(replays.size(), 1U) << "what is stale need not be remembered";
}

TEST(WantedCertificates, are_those_of_rows_that_survive_the_free_checks_each_once) {
    World world = twice_diverted_call();
    world.rows.push_back(world.row());
    world.rows.back().payload["attest"] = "D";
    world.rows.back().header["x5u"] = "https://expensive.example.org/x.pem";
    world.rows.back().parameters = ";info=<https://expensive.example.org/x.pem>;ppt=shaken";
    const std::vector<std::string> expected{"https://cert.example.org/provider.pem",
                                            "https://cert.example.org/other.pem"};
    EXPECT_EQ(wanted_certificates(world.whole_request(), world.policy), expected);
}

TEST(WantedCertificates, are_none_of_another_scheme_than_https) {
    for (const char* url :
         {"http://a.example/x.pem", "file:///etc/passwd", "ftp://a.example/x", "//a.example/x"}) {
        World world = shaken_call();
        world.row().header["x5u"] = url;
        world.row().parameters = std::string(";info=<") + url + ">;ppt=shaken";
        EXPECT_TRUE(wanted_certificates(world.whole_request(), world.policy).empty()) << url;
    }
}

TEST(WantedCertificates, are_none_of_a_call_for_somebody_else) {
    World world = shaken_call();
    world.request.to = "sip:+12155551299@gw.example";
    EXPECT_TRUE(wanted_certificates(world.whole_request(), world.policy).empty());
}

TEST(WantedCertificates, are_none_of_diversions_of_what_is_refused_already) {
    World world = diverted_call();
    world.row().payload["attest"] = "D";
    EXPECT_TRUE(wanted_certificates(world.whole_request(), world.policy).empty());
}

TEST(VerifyPassports, takes_the_roots_by_reference_too) {
    const World world = shaken_call();
    const auto store = jose::TrustStore::from_pem(world.roots);
    const auto lookup = [&](const std::string& url) { return read_certificate(world.served.at(url)); };
    EXPECT_EQ(verify_passports(world.whole_request(), world.policy, *store, lookup, nullptr).result,
              Outcome::valid);
}

}  // namespace
}  // namespace causeway::identity::test
