// The configuration of who is calling: what follows from what, and what is shown of it.
#include <gmock/gmock.h>

#include "config/loader.hpp"

namespace causeway::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Loaded load_good(const std::string& yaml) {
    Loaded loaded = load_text(yaml, "test.yaml");
    for (const Fault& fault : loaded.faults) ADD_FAILURE() << to_string(fault);
    return loaded;
}

Trunk trunk_of(const std::string& members, const std::string& rest = "") {
    const Loaded loaded = load_good("trunks: [{name: a, address: 192.0.2.1, " + members + "}]\n" + rest);
    return loaded.config.trunks.at(0);
}

const std::string kProvider =
    "identity_providers: [{domain: idp.example, issuer: \"https://idp.example\", discovery: true";

TEST(Trust, an_untrusted_trunk_is_believed_and_told_nothing) {
    const Trunk trunk = trunk_of("register: false");
    EXPECT_FALSE(trunk.trusted);
    EXPECT_EQ(trunk.in.pai, PaiIn::ignore);
    EXPECT_EQ(trunk.in.orig_from, OrigFrom::from);
    EXPECT_EQ(trunk.out.pai, PaiOut::never);
    EXPECT_EQ(trunk.out.stir, StirOut::none);
    EXPECT_EQ(trunk.out.anonymous_uri, "sip:anonymous@localhost");
}

TEST(Trust, a_trusted_trunk_asserts_and_is_told_identities) {
    const Trunk trunk = trunk_of("trust: trusted");
    EXPECT_TRUE(trunk.trusted);
    EXPECT_EQ(trunk.in.pai, PaiIn::accept);
    EXPECT_EQ(trunk.in.orig_from, OrigFrom::pai);
    EXPECT_EQ(trunk.in.min_attest_for_name, AttestLevel::a);
    EXPECT_EQ(trunk.out.pai, PaiOut::send);
}

TEST(Trust, what_is_given_counts_more_than_what_follows) {
    const Trunk trunk = trunk_of("trust: trusted, in: {pai: ignore}, out: {pai: never, attest_max: B}");
    EXPECT_EQ(trunk.in.pai, PaiIn::ignore);
    EXPECT_EQ(trunk.in.orig_from, OrigFrom::from);
    EXPECT_EQ(trunk.out.pai, PaiOut::never);
    EXPECT_EQ(trunk.out.attest_max, AttestLevel::b);
}

TEST(Trust, signatures_are_verified_as_soon_as_there_are_roots) {
    EXPECT_EQ(trunk_of("register: false").in.stir, StirIn::ignore);
    EXPECT_EQ(trunk_of("register: false", "stir: {roots: README.md}\n").in.stir, StirIn::verify);
    EXPECT_EQ(trunk_of("in: {stir: ignore}", "stir: {roots: README.md}\n").in.stir, StirIn::ignore);
}

TEST(Trust, verifying_without_roots_is_noted) {
    const Loaded loaded = load_good("trunks: [{name: a, address: 192.0.2.1, in: {stir: verify}}]\n");
    EXPECT_THAT(loaded.notes, ElementsAre(HasSubstr("no stir.roots")));
}

TEST(Trust, a_signing_trunk_has_the_certificate_of_stir_or_its_own) {
    trunk_of("out: {stir: shaken}",
             "stir: {certificate: README.md, private_key: LICENSE, x5u: \"https://gw.example/a.pem\"}\n");
    trunk_of(
        "out: {stir: shaken, certificate: LICENSE, private_key: README.md, x5u: "
        "\"https://gw.example/b.pem\"}");
}

TEST(Trust, files_are_named_relative_to_the_configuration) {
    const Loaded loaded = load_text(
        "stir: {certificate: c.pem, private_key: k.pem, roots: r.pem, crls: l.pem}\n"
        "fetch: {ca_file: ca.pem}\ntokens: [{name: a, public_key: p.pem}]\n"
        "trunks: [{name: a, address: 192.0.2.1, out: {certificate: t.pem, private_key: /u.pem}}]\n",
        "/etc/causeway/causeway.yaml");
    const Config& config = loaded.config;
    EXPECT_EQ(config.stir.certificate, "/etc/causeway/c.pem");
    EXPECT_EQ(config.stir.private_key, "/etc/causeway/k.pem");
    EXPECT_EQ(config.stir.roots, "/etc/causeway/r.pem");
    EXPECT_EQ(config.stir.crls, "/etc/causeway/l.pem");
    EXPECT_EQ(config.fetch.ca_file, "/etc/causeway/ca.pem");
    EXPECT_EQ(config.tokens[0].public_key, "/etc/causeway/p.pem");
    EXPECT_EQ(config.trunks[0].out.certificate, "/etc/causeway/t.pem");
    EXPECT_EQ(config.trunks[0].out.private_key, "/u.pem");
}

TEST(Trust, a_fault_of_an_inherited_value_stands_at_the_part_that_inherits) {
    const Loaded loaded = load_text(
        "stir:\n  private_key: README.md\ntrunks:\n  - name: a\n    address: 192.0.2.1\n    out:\n      "
        "stir: none\n",
        "test.yaml");
    EXPECT_EQ(to_string(loaded.fault("stir.private_key", "this", "that")),
              "test.yaml:2:16: found this, expected that");
    EXPECT_EQ(to_string(loaded.fault("trunks[0].out.certificate", "this", "that")),
              "test.yaml:7:7: found this, expected that");
}

TEST(Providers, claims_are_kept_as_json) {
    const Config config =
        load_good(kProvider +
                  ", require_claims: {email_verified: true, level: 12, rate: -0.5, zip: 012, quoted: \"12\", "
                  "word: \"true\", text: 'a\"b\\c', \"https://x.example/role\": agent}}]\n")
            .config;
    EXPECT_THAT(config.identity_providers[0].require_claims,
                ElementsAre(Pair("email_verified", "true"), Pair("level", "12"), Pair("rate", "-0.5"),
                            Pair("zip", "\"012\""), Pair("quoted", "\"12\""), Pair("word", "\"true\""),
                            Pair("text", "\"a\\\"b\\\\c\""), Pair("https://x.example/role", "\"agent\"")));
}

TEST(Providers, too_many_claims_are_refused) {
    std::string claims;
    for (int i = 0; i < 65; ++i) claims += "c" + std::to_string(i) + ": 1, ";
    const Loaded loaded = load_text(kProvider + ", require_claims: {" + claims + "}}]\n", "test.yaml");
    ASSERT_EQ(loaded.faults.size(), 1u);
    EXPECT_EQ(loaded.faults[0].found, "65 keys");
}

TEST(Providers, two_protocols_of_one_domain_are_two_providers) {
    load_good(
        "identity_providers:\n"
        "  - {domain: idp.example, protocols: [a], issuer: \"https://idp.example\", discovery: true}\n"
        "  - {domain: idp.example, protocols: [b], issuer: \"https://idp.example\", discovery: true}\n");
}

TEST(Providers, an_assertion_is_remembered_for_as_long_as_it_could_be_used) {
    EXPECT_EQ(load_good(kProvider + "}]\n").config.assertion.replay_window, 360s);
    EXPECT_EQ(load_good(kProvider + ", max_age: 1h, skew: 1m}]\n").config.assertion.replay_window, 3660s);
    EXPECT_EQ(load_good(kProvider + "}]\nassertion: {replay_window: 10m}\n").config.assertion.replay_window,
              600s);
}

TEST(Numbers, accounts_are_users_guests_and_tokens) {
    const Config config = load_good(
                              "users: [{name: alice, token: t}]\n"
                              "tokens: [{name: shop, secret: \"0123456789abcdef0123456789abcdef\"}]\n"
                              "numbers:\n"
                              "  - {session_account: alice, numbers: \"+12155551212\"}\n"
                              "  - {session_account: guest, numbers: [\"100-199\", 300], default: 150}\n"
                              "  - {session_account: \"token:shop\", numbers: "
                              "[\"+12125551000-+12125551999\"], max_attest: B}\n")
                              .config;
    EXPECT_THAT(config.numbers[0].numbers, ElementsAre("+12155551212"));
    EXPECT_EQ(config.numbers[1].default_, "150");
    EXPECT_EQ(config.numbers[2].max_attest, AttestLevel::b);
}

TEST(Numbers, a_narrower_row_may_stand_before_a_wider_one) {
    const Loaded loaded = load_good(kProvider +
                                    "}]\nnumbers:\n  - {identity: alice@idp.example, numbers: 100}\n"
                                    "  - {identity: \"*@idp.example\", numbers: 101}\n");
    EXPECT_THAT(loaded.notes, IsEmpty());
}

TEST(Numbers, an_identity_that_nobody_vouches_for_is_noted) {
    const std::string rows = "numbers: [{identity: alice@corp.example, numbers: 100}]\n";
    EXPECT_THAT(load_good(kProvider + "}]\n" + rows).notes, ElementsAre(HasSubstr("alice@corp.example")));
    EXPECT_THAT(load_good(kProvider + ", may_assert: corp.example}]\n" + rows).notes, IsEmpty());
}

TEST(GatewayIdentity, is_named_after_the_sip_domain) {
    const Loaded loaded = load_good("sip: {domain: GW.Example}\nidentity: {enabled: true}\n");
    EXPECT_EQ(loaded.config.identity.domain, "gw.example");
    EXPECT_EQ(loaded.config.identity.protocol, "sipgw1");
    EXPECT_THAT(loaded.notes, ElementsAre(HasSubstr("https only")));
    EXPECT_EQ(load_good("sip: {domain: GW.Example}\n").config.identity.domain, "");
}

TEST(IdentityPrint, masks_secrets_and_shows_paths) {
    const std::string printed = print(
        load_good("identity_providers: [{domain: idp.example, binding: introspection, client_id: me, "
                  "client_secret: hunter2, introspection_endpoint: \"https://idp.example/i\"}]\n"
                  "tokens: [{name: a, secret: \"hunter2 hunter2 hunter2 hunter2 \", api_key: hunter2}]\n"
                  "stir: {certificate: README.md, private_key: LICENSE}\n")
            .config);
    EXPECT_THAT(printed, Not(HasSubstr("hunter2")));
    EXPECT_THAT(printed, HasSubstr("client_secret: \"********\""));
    EXPECT_THAT(printed, HasSubstr("secret: \"********\""));
    EXPECT_THAT(printed, HasSubstr("api_key: \"********\""));
    EXPECT_THAT(printed, HasSubstr("/LICENSE\""));
}

TEST(IdentityPrint, loads_again_to_the_same_text) {
    const std::string printed = print(load_file("tests/fuzz/config/corpus/who_is_calling.yaml").config);
    EXPECT_THAT(printed, HasSubstr("require_claims: {\"email_verified\": true, \"level\": 12, "
                                   "\"tenant\": \"a\\\"b\", \"quoted\": \"12\"}"));
    EXPECT_THAT(printed, HasSubstr("trust: trusted"));
    EXPECT_EQ(print(load_good(printed).config), printed);
}

TEST(IdentityPrint, what_follows_from_other_values_may_be_absent) {
    Config config;
    config.trunks.emplace_back().name = "a";
    const std::string printed = print(config);
    EXPECT_THAT(printed, Not(HasSubstr("pai:")));
    EXPECT_THAT(printed, HasSubstr("min_attest_for_name: A"));
}

}  // namespace
}  // namespace causeway::config
