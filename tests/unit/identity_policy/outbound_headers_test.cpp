// What one INVITE says of its caller: rules B1 to B5 and P1 to P4 on the wire.
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "core/jose/jws.hpp"
#include "gateway/identity/policy/outbound_policy.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::identity {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNow = 1795266000;
constexpr const char* kNumber = "+12155551212";

PassportSigner signer_with(test::CertificateWish wish) {
    const auto root = test::TestCertificate::root();
    const auto leaf = root.issue(wish);
    auto chain = jose::CertificateChain::from_pem(leaf.chain_pem());
    return *PassportSigner::make(leaf.key(), *chain, "https://cert.example.org/leaf.pem", kNow);
}

/// For the numbers of one provider, and two domains.
PassportSigner provider() {
    test::CertificateWish wish;
    wish.common_name = "SHAKEN 1234";
    wish.dns_names = {"gw.example.org", "idp.example.org"};
    wish.extensions = {test::tn_auth_list(test::tn_auth_list_spc("1234"))};
    return signer_with(wish);
}

/// For one number only.
PassportSigner one_number() {
    test::CertificateWish wish;
    wish.extensions = {test::tn_auth_list(test::tn_auth_list_number("12155551212"))};
    return signer_with(wish);
}

struct OutboundHeadersTest : testing::Test {
    OutboundHeadersTest() {
        caller.source = IdentitySource::assertion;
        caller.rule = "B1";
        caller.number = kNumber;
        caller.display = "Alice";
        caller.identity = "alice@idp.example.org";
        caller.provider = "idp.example.org";
        caller.attestation = Attestation::a;
        trust.trusted = true;
        trust.pai_out = OutboundPai::send;
        trust.stir_out = OutboundStir::shaken;
        policy.sip_domain = "gw.example.org";
        context.signer = &signer;
        context.origid_secret = "secret";
        context.call = "c1";
        context.now = kNow;
        context.to_uri = "sip:+19995550000@carrier.example";
    }

    OutboundHeaders make() const { return make_headers(caller, trust, policy, context); }

    static std::string header(const OutboundHeaders& made, std::string_view name) {
        std::string found;
        for (const auto& [key, value] : made.headers) {
            if (key == name) found += (found.empty() ? "" : "|") + value;
        }
        return found;
    }
    static json::object part(const OutboundHeaders& made, bool payload) {
        const std::string identity = header(made, "Identity");
        if (identity.empty()) return {};
        const auto jws = jose::split(identity.substr(0, identity.find(';')));
        return json::parse(payload ? jws->payload : jws->header).as_object();
    }
    static json::object claims(const OutboundHeaders& made) { return part(made, true); }
    static std::string text(const json::value& value) { return json::serialize(value); }

    static void expect_unsigned(const OutboundHeaders& made, const std::string& why) {
        EXPECT_EQ(header(made, "Identity"), "");
        EXPECT_EQ(header(made, "Date"), "");
        EXPECT_EQ(made.attestation, Attestation::none);
        EXPECT_NE(made.note.find(why), std::string::npos) << made.note;
    }

    PassportSigner signer = provider();
    OutboundCaller caller;
    TrunkTrust trust;
    OutboundPolicy policy;
    SigningContext context;
};

TEST_F(OutboundHeadersTest, b1_a_number_stands_in_from_and_p_asserted_identity) {
    const auto made = make();
    EXPECT_EQ(made.from_uri, "sip:+12155551212@gw.example.org;user=phone");
    EXPECT_EQ(made.from_display, "Alice");
    EXPECT_EQ(header(made, "P-Asserted-Identity"),
              "<sip:+12155551212@gw.example.org;user=phone>, <tel:+12155551212>");
    EXPECT_EQ(header(made, "Privacy"), "");
}

TEST_F(OutboundHeadersTest, b1_a_shaken_passport_goes_with_its_date) {
    const auto made = make();
    EXPECT_EQ(made.attestation, Attestation::a);
    EXPECT_EQ(made.note, "");
    EXPECT_EQ(header(made, "Date"), sip_date(kNow));
    const auto said = claims(made);
    EXPECT_EQ(text(said.at("orig")), R"({"tn":"12155551212"})");
    EXPECT_EQ(text(said.at("dest")), R"({"tn":["19995550000"]})");
    EXPECT_EQ(said.at("iat").to_number<std::int64_t>(), kNow);
    EXPECT_EQ(said.at("attest"), "A");
    EXPECT_EQ(said.at("origid").as_string(), make_origid("secret", "c1"));
    EXPECT_FALSE(said.contains("mky"));
    EXPECT_EQ(part(made, false).at("ppt"), "shaken");
}

TEST_F(OutboundHeadersTest, b1_mky_names_the_media_keys_unless_the_trunk_forbids_it) {
    context.media_keys = {{"sha-256", "AA:BB"}};
    EXPECT_EQ(text(claims(make()).at("mky")), R"([{"alg":"sha-256","dig":"AABB"}])");
    trust.mky = MediaKeys::never;
    const auto made = make();
    EXPECT_FALSE(claims(made).contains("mky"));
    EXPECT_EQ(made.attestation, Attestation::a);
}

TEST_F(OutboundHeadersTest, b1_the_trunk_limits_the_attestation) {
    trust.attest_max = Attestation::b;
    const auto made = make();
    EXPECT_EQ(made.attestation, Attestation::b);
    EXPECT_EQ(claims(made).at("attest"), "B");
    EXPECT_NE(made.note.find("attestation B"), std::string::npos);
    caller.attestation = Attestation::c;
    EXPECT_EQ(claims(make()).at("attest"), "C");
    EXPECT_EQ(make().note, "");
    trust.attest_max = Attestation::none;
    expect_unsigned(make(), "attestation");
}

TEST_F(OutboundHeadersTest, b1_a_number_outside_the_certificate_is_not_signed) {
    const PassportSigner narrow = one_number();
    context.signer = &narrow;
    EXPECT_EQ(make().attestation, Attestation::a);
    caller.number = "+12155551213";
    expect_unsigned(make(), "does not cover +12155551213");
}

TEST_F(OutboundHeadersTest, b1_a_local_number_is_presented_plainly_and_not_signed) {
    caller.number = "100";
    const auto made = make();
    EXPECT_EQ(made.from_uri, "sip:100@gw.example.org");
    EXPECT_EQ(header(made, "P-Asserted-Identity"), "<sip:100@gw.example.org>");
    expect_unsigned(made, "no international number");
}

TEST_F(OutboundHeadersTest, b1_a_trunk_without_key_or_without_stir_gets_no_identity) {
    context.signer = nullptr;
    expect_unsigned(make(), "no signing key");
    context.signer = &signer;
    trust.stir_out = OutboundStir::none;
    expect_unsigned(make(), "");
    EXPECT_EQ(make().note, "");
}

TEST_F(OutboundHeadersTest, b1_what_cannot_be_said_is_not_signed) {
    context.to_uri = "";
    expect_unsigned(make(), "not signed: ");
}

TEST_F(OutboundHeadersTest, b1_a_callee_without_number_is_a_uri) {
    context.to_uri = "sip:Bob@Carrier.example;transport=tcp";
    EXPECT_EQ(text(claims(make()).at("dest")), R"({"uri":["sip:bob@carrier.example"]})");
}

TEST_F(OutboundHeadersTest, b1_untrusted_trunks_and_those_that_want_none_get_no_p_asserted_identity) {
    trust.trusted = false;
    EXPECT_EQ(header(make(), "P-Asserted-Identity"), "");
    EXPECT_EQ(make().attestation, Attestation::a);
    trust.trusted = true;
    trust.pai_out = OutboundPai::never;
    EXPECT_EQ(header(make(), "P-Asserted-Identity"), "");
}

TEST_F(OutboundHeadersTest, b1_a_base_passport_is_signed_where_the_trunk_wants_one) {
    trust.stir_out = OutboundStir::base;
    context.media_keys = {{"sha-256", "AA:BB"}};
    const auto made = make();
    EXPECT_EQ(made.attestation, Attestation::none);
    EXPECT_EQ(made.note, "");
    EXPECT_EQ(text(claims(made).at("orig")), R"({"tn":"12155551212"})");
    EXPECT_FALSE(part(made, false).contains("ppt"));
    EXPECT_FALSE(claims(made).contains("attest"));
    EXPECT_TRUE(claims(made).contains("mky"));
    trust.mky = MediaKeys::never;
    expect_unsigned(make(), "mky");
    context.media_keys.clear();
    EXPECT_EQ(make().note, "");
}

TEST_F(OutboundHeadersTest, b2_a_borrowed_number_stands_in_from_and_the_own_one_is_asserted_and_signed) {
    caller.rule = "B2";
    caller.number = "+13335550000";
    caller.asserted_number = kNumber;
    caller.attestation = Attestation::b;
    const auto made = make();
    EXPECT_EQ(made.from_uri, "sip:+13335550000@gw.example.org;user=phone");
    EXPECT_EQ(header(made, "P-Asserted-Identity"),
              "<sip:+12155551212@gw.example.org;user=phone>, <tel:+12155551212>");
    EXPECT_EQ(text(claims(made).at("orig")), R"({"tn":"12155551212"})");
    EXPECT_EQ(claims(made).at("attest"), "B");
    trust.trusted = false;
    EXPECT_EQ(text(claims(make()).at("orig")), R"({"tn":"13335550000"})");
}

TEST_F(OutboundHeadersTest, b2_without_an_own_number_nothing_is_asserted) {
    caller.number = "+13335550000";
    caller.asserted_number = "";
    caller.attestation = Attestation::b;
    EXPECT_EQ(header(make(), "P-Asserted-Identity"), "");
    EXPECT_EQ(text(claims(make()).at("orig")), R"({"tn":"13335550000"})");
    caller.uri_user = "alice";
    EXPECT_EQ(header(make(), "P-Asserted-Identity"), "");
}

TEST_F(OutboundHeadersTest, b2_a_base_passport_cannot_vouch_for_a_borrowed_number) {
    trust.stir_out = OutboundStir::base;
    caller.number = "+13335550000";
    caller.asserted_number = kNumber;
    caller.attestation = Attestation::b;
    expect_unsigned(make(), "borrowed");
}

TEST_F(OutboundHeadersTest,
       b2_a_base_passport_is_about_from_and_only_for_the_anonymous_about_the_asserted_number) {
    const PassportSigner for_own = one_number();
    context.signer = &for_own;
    trust.stir_out = OutboundStir::base;
    caller.number = "+13335550000";
    caller.asserted_number = kNumber;
    caller.attestation = Attestation::b;
    expect_unsigned(make(), "does not cover +13335550000");
    caller.privacy = true;
    expect_unsigned(make(), "borrowed");
}

struct OutboundHeadersB3 : OutboundHeadersTest {
    OutboundHeadersB3() {
        caller.rule = "B3";
        caller.number = "";
        caller.attestation = Attestation::none;
        caller.uri_user = "Carol";
        caller.uri_domain = "idp.example.org";
    }
};

TEST_F(OutboundHeadersB3, an_identity_of_a_domain_with_certificate_is_its_own_uri) {
    context.media_keys = {{"sha-256", "AA:BB"}};
    const auto made = make();
    EXPECT_EQ(made.from_uri, "sip:Carol@idp.example.org");
    EXPECT_EQ(header(made, "P-Asserted-Identity"), "<sip:Carol@idp.example.org>");
    EXPECT_EQ(text(claims(made).at("orig")), R"({"uri":"sip:carol@idp.example.org"})");
    EXPECT_FALSE(part(made, false).contains("ppt"));
    EXPECT_TRUE(claims(made).contains("mky"));
    EXPECT_EQ(made.attestation, Attestation::none);
    EXPECT_EQ(header(made, "Date"), sip_date(kNow));
}

TEST_F(OutboundHeadersB3, an_identity_of_another_domain_is_opaque_and_always_the_same) {
    caller.uri_domain = "other.example";
    const auto made = make();
    EXPECT_EQ(made.from_uri.substr(0, 11), "sip:caller-");
    EXPECT_EQ(made.from_uri.substr(27), "@gw.example.org");
    EXPECT_EQ(made.from_uri.find("Carol"), std::string::npos);
    EXPECT_EQ(header(made, "P-Asserted-Identity"), "<" + made.from_uri + ">");
    EXPECT_EQ(claims(made).at("orig").at("uri").as_string(), made.from_uri);
    context.call = "c2";
    EXPECT_EQ(make().from_uri, made.from_uri);
    caller.uri_user = "Dave";
    EXPECT_NE(make().from_uri, made.from_uri);
    context.signer = nullptr;
    EXPECT_EQ(make().from_uri.substr(0, 11), "sip:caller-");
}

TEST_F(OutboundHeadersB3, an_identity_that_reads_as_a_number_is_opaque) {
    for (const auto* user : {"+12155559999", "12155559999"}) {
        caller.uri_user = user;
        EXPECT_EQ(make().from_uri.substr(0, 11), "sip:caller-") << user;
    }
}

TEST_F(OutboundHeadersB3, a_name_is_escaped_and_stays_one_name) {
    caller.uri_user = "al%40ice;x=\"<";
    EXPECT_EQ(make().from_uri, "sip:al%40ice%3Bx%3D%22%3C@idp.example.org");
}

TEST_F(OutboundHeadersB3, an_accounts_name_is_in_the_gateways_domain) {
    caller.uri_user = "kiosk";
    caller.uri_domain = "";
    EXPECT_EQ(make().from_uri, "sip:kiosk@gw.example.org");
    EXPECT_EQ(claims(make()).at("orig").at("uri"), "sip:kiosk@gw.example.org");
}

TEST_F(OutboundHeadersB3, a_uri_is_not_signed_without_certificate_mky_or_leave) {
    context.media_keys = {{"sha-256", "AA:BB"}};
    trust.mky = MediaKeys::never;
    expect_unsigned(make(), "mky");
    trust.mky = MediaKeys::automatic;
    trust.attest_max = Attestation::none;
    expect_unsigned(make(), "attestation");
    trust.attest_max = Attestation::a;
    policy.sip_domain = "elsewhere.example";
    caller.uri_domain = "";
    expect_unsigned(make(), "elsewhere.example");
}

TEST_F(OutboundHeadersTest, b5_a_guest_with_the_tenants_number_is_attested_c_or_not_at_all) {
    caller.source = IdentitySource::guest;
    caller.attestation = Attestation::c;
    EXPECT_EQ(claims(make()).at("attest"), "C");
    trust.stir_out = OutboundStir::base;
    expect_unsigned(make(), "attestation C");
}

TEST_F(OutboundHeadersTest, b5_a_guest_without_number_is_anonymous) {
    caller.number = "";
    caller.identity = "";
    auto made = make();
    EXPECT_EQ(made.from_uri, "sip:anonymous@anonymous.invalid");
    EXPECT_EQ(made.from_display, "Anonymous");
    EXPECT_EQ(header(made, "P-Asserted-Identity"), "");
    EXPECT_EQ(header(made, "Privacy"), "");
    expect_unsigned(made, "no name");
    trust.trusted = false;
    made = make();
    EXPECT_EQ(made.from_uri, "sip:anonymous@gw.example.org");
    expect_unsigned(made, "anonymous");
}

TEST_F(OutboundHeadersTest, p1_privacy_to_a_trusted_trunk_asserts_and_signs_the_real_number) {
    caller.privacy = true;
    for (const auto stir : {OutboundStir::shaken, OutboundStir::base}) {
        trust.stir_out = stir;
        const auto made = make();
        EXPECT_EQ(made.from_uri, "sip:anonymous@anonymous.invalid");
        EXPECT_EQ(made.from_display, "Anonymous");
        EXPECT_EQ(header(made, "P-Asserted-Identity"),
                  "<sip:+12155551212@gw.example.org;user=phone>, <tel:+12155551212>");
        EXPECT_EQ(header(made, "Privacy"), "id");
        EXPECT_EQ(text(claims(made).at("orig")), R"({"tn":"12155551212"})");
    }
}

TEST_F(OutboundHeadersTest, p1_without_p_asserted_identity_a_signature_would_tell_the_number) {
    caller.privacy = true;
    trust.pai_out = OutboundPai::never;
    expect_unsigned(make(), "anonymous");
    EXPECT_EQ(make().from_uri, "sip:anonymous@anonymous.invalid");
}

TEST_F(OutboundHeadersTest, p1_a_borrowed_number_without_an_own_one_is_not_told) {
    caller.privacy = true;
    caller.asserted_number = "";
    expect_unsigned(make(), "no name");
}

TEST_F(OutboundHeadersTest, p2_privacy_to_an_untrusted_trunk_tells_nothing) {
    caller.privacy = true;
    trust.trusted = false;
    auto made = make();
    EXPECT_EQ(made.from_uri, "sip:anonymous@gw.example.org");
    EXPECT_EQ(made.from_display, "Anonymous");
    EXPECT_EQ(header(made, "P-Asserted-Identity"), "");
    EXPECT_EQ(header(made, "Privacy"), "id");
    expect_unsigned(made, "anonymous");
    trust.anonymous_uri = "sip:nobody@gw.example.org";
    EXPECT_EQ(make().from_uri, "sip:nobody@gw.example.org");
}

TEST_F(OutboundHeadersTest, p3_privacy_does_not_remove_identity_inside_the_trust_domain) {
    caller.privacy = true;
    EXPECT_NE(header(make(), "Identity"), "");
}

TEST_F(OutboundHeadersTest, p4_without_a_wish_for_privacy_nothing_is_withheld) {
    const auto made = make();
    EXPECT_EQ(header(made, "Privacy"), "");
    EXPECT_NE(header(made, "P-Asserted-Identity"), "");
}

TEST_F(OutboundHeadersTest, helpdesk_the_web_identity_goes_to_trusted_trunks_only) {
    EXPECT_EQ(make().headers.size(), 3U);
    trust.identity_header = "X-WebRTC-Identity";
    EXPECT_EQ(header(make(), "X-WebRTC-Identity"),
              "alice@idp.example.org;idp=idp.example.org;binding=native");
    caller.binding = Binding::oidc_nonce;
    EXPECT_NE(header(make(), "X-WebRTC-Identity").find("binding=oidc-nonce"), std::string::npos);
    caller.binding = Binding::dpop;
    EXPECT_NE(header(make(), "X-WebRTC-Identity").find("binding=dpop"), std::string::npos);
    caller.binding = Binding::introspection;
    EXPECT_NE(header(make(), "X-WebRTC-Identity").find("binding=introspection"), std::string::npos);
    caller.identity = "a;b\r\nc@idp.example.org";
    EXPECT_EQ(header(make(), "X-WebRTC-Identity").substr(0, 30), "a%3Bb%0D%0Ac@idp.example.org;i");
    caller.privacy = true;
    EXPECT_EQ(header(make(), "X-WebRTC-Identity"), "");
    caller.privacy = false;
    trust.trusted = false;
    EXPECT_EQ(header(make(), "X-WebRTC-Identity"), "");
    trust.trusted = true;
    caller.identity = "";
    EXPECT_EQ(header(make(), "X-WebRTC-Identity"), "");
}

TEST_F(OutboundHeadersTest, capability_headers_go_along_but_never_in_the_place_of_the_identity) {
    trust.identity_header = "X-WebRTC-Identity";
    caller.source = IdentitySource::capability;
    caller.identity = "";
    caller.headers = {{"X-Order", "7"}, {"x-webrtc-identity", "boss@idp.example.org"}, {"X-Bad", "a\r\nb"}};
    const auto made = make();
    EXPECT_EQ(header(made, "X-Order"), "7");
    EXPECT_EQ(header(made, "x-webrtc-identity"), "");
    EXPECT_EQ(header(made, "X-Bad"), "");
}

TEST_F(OutboundHeadersTest, a_display_name_carries_no_control_characters) {
    caller.display = "A\r\nB";
    EXPECT_EQ(make().from_display, "AB");
}

}  // namespace
}  // namespace causeway::identity
