// Chains made here: which are believed, which are not, and with which words.
#include <gmock/gmock.h>
#include <openssl/err.h>

#include "core/jose/certificate.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::jose {
namespace {

using test::CertificateWish;
using test::TestCertificate;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::int64_t kDay = 86400;
constexpr const char* kNoRoot = "certificate chain does not lead to a trusted root";
/// DER NULL.
const std::string kNull("\x05\x00", 2);

struct Chain {
    TestCertificate root = TestCertificate::root({.common_name = "root"});
    TestCertificate intermediate = root.issue({.common_name = "intermediate", .is_ca = true});

    std::string crls(const std::vector<TestCertificate>& by_root,
                     const std::vector<TestCertificate>& by_intermediate) const {
        return root.crl_pem(by_root) + intermediate.crl_pem(by_intermediate);
    }
};

/// "" when the chain is believed.
std::string verdict(const TestCertificate& root, const std::string& chain, std::string_view crls = {},
                    std::int64_t at = kNow) {
    const auto verified =
        TrustStore::from_pem(root.pem(), crls).value().verify(CertificateChain::from_pem(chain).value(), at);
    return verified ? "" : verified.error().detail;
}

CertificateWish with_extension(const char* oid, bool critical) {
    CertificateWish wish;
    wish.extensions = {{oid, kNull, critical}};
    return wish;
}

TEST(TrustStore, chains_of_one_two_and_three_are_believed) {
    const Chain made;
    const TestCertificate lower = made.intermediate.issue({.common_name = "lower", .is_ca = true});
    EXPECT_EQ(verdict(made.root, made.root.issue({}).chain_pem()), "");
    EXPECT_EQ(verdict(made.root, made.intermediate.issue({}).chain_pem()), "");
    EXPECT_EQ(verdict(made.root, lower.issue({}).chain_pem()), "");
}

TEST(TrustStore, keys_of_all_kinds_may_be_in_a_chain) {
    for (const char* type : {"P-384", "ED25519", "RSA2048"}) {
        const TestCertificate root = TestCertificate::root({.common_name = "root", .key_type = type});
        EXPECT_EQ(verdict(root, root.issue({.key_type = type}).chain_pem()), "") << type;
    }
}

TEST(TrustStore, order_and_strangers_behind_the_leaf_do_no_harm) {
    const Chain made;
    const TestCertificate lower = made.intermediate.issue({.common_name = "lower", .is_ca = true});
    const TestCertificate stranger = TestCertificate::root({.common_name = "stranger"});
    EXPECT_EQ(verdict(made.root, lower.issue({}).pem() + stranger.pem() + made.root.pem() +
                                     made.intermediate.pem() + lower.pem()),
              "");
}

TEST(TrustStore, validity_is_judged_at_the_given_moment) {
    const Chain made;
    CertificateWish wish;
    wish.not_before = kNow - kDay;
    wish.not_after = kNow + kDay;
    const std::string chain = made.intermediate.issue(wish).chain_pem();
    EXPECT_EQ(verdict(made.root, chain, {}, kNow - kDay), "");
    EXPECT_EQ(verdict(made.root, chain, {}, kNow + kDay), "");  // RFC 5280 §4.1.2.5: inclusive
    EXPECT_EQ(verdict(made.root, chain, {}, kNow - kDay - 1), "certificate not yet valid");
    EXPECT_EQ(verdict(made.root, chain, {}, kNow + kDay + 1), "certificate expired");
}

TEST(TrustStore, the_last_moment_excuses_no_other_fault) {
    const Chain made;
    const std::string chain = made.intermediate.issue({.not_after = kNow}).chain_pem();
    EXPECT_EQ(verdict(made.root, chain), "");
    EXPECT_EQ(verdict(TestCertificate::root({.common_name = "stranger"}), chain), kNoRoot);
    EXPECT_EQ(verdict(made.root, made.intermediate.issue({.not_after = kNow}).pem()), kNoRoot);
    EXPECT_EQ(verdict(made.root, TestCertificate::root({.common_name = "self", .not_after = kNow}).pem()),
              kNoRoot);
}

TEST(TrustStore, an_expired_intermediate_fails_the_chain) {
    const TestCertificate root = TestCertificate::root();
    const TestCertificate old = root.issue({.common_name = "old", .is_ca = true, .not_after = kNow - 1});
    EXPECT_EQ(verdict(root, old.issue({}).chain_pem()), "certificate expired");
}

TEST(TrustStore, another_root_is_not_believed_even_of_the_same_name) {
    const Chain made;
    const Chain other;
    EXPECT_NE(verdict(other.root, made.intermediate.issue({}).chain_pem()), "");
    const TestCertificate stranger = TestCertificate::root({.common_name = "stranger"});
    EXPECT_EQ(verdict(stranger, made.intermediate.issue({}).chain_pem()), kNoRoot);
    EXPECT_EQ(verdict(stranger, made.intermediate.issue({}).chain_pem() + made.root.pem()), kNoRoot);
}

TEST(TrustStore, a_leaf_signed_by_itself_is_not_believed) {
    const Chain made;
    EXPECT_EQ(verdict(made.root, TestCertificate::root({.common_name = "self"}).pem()), kNoRoot);
}

TEST(TrustStore, a_missing_intermediate_is_missed) {
    const Chain made;
    EXPECT_EQ(verdict(made.root, made.intermediate.issue({}).pem()), kNoRoot);
}

TEST(TrustStore, a_bent_signature_is_refused) {
    const Chain made;
    // The same names and key identifiers would do; here the key is another one.
    const TestCertificate twin = made.root.issue({.common_name = "intermediate", .is_ca = true});
    EXPECT_NE(verdict(made.root, made.intermediate.issue({}).pem() + twin.pem()), "");
}

TEST(TrustStore, a_certificate_that_is_no_CA_signs_nothing) {
    const Chain made;
    const TestCertificate leaf = made.intermediate.issue({.common_name = "leaf"});
    EXPECT_NE(verdict(made.root, leaf.issue({.common_name = "forged"}).chain_pem()), "");
}

TEST(TrustStore, keys_too_weak_are_refused) {
    const Chain made;
    EXPECT_THAT(verdict(made.root, made.intermediate.issue({.key_type = "RSA1024"}).chain_pem()),
                StartsWith("certificate refused: "));
}

TEST(TrustStore, with_revocation_lists_a_chain_that_nobody_revoked_is_believed) {
    const Chain made;
    const TestCertificate leaf = made.intermediate.issue({});
    EXPECT_EQ(verdict(made.root, leaf.chain_pem(), made.crls({}, {made.intermediate.issue({})})), "");
}

TEST(TrustStore, what_was_revoked_is_refused) {
    const Chain made;
    const TestCertificate leaf = made.intermediate.issue({});
    EXPECT_EQ(verdict(made.root, leaf.chain_pem(), made.crls({}, {leaf})), "certificate revoked");
    EXPECT_EQ(verdict(made.root, leaf.chain_pem(), made.crls({made.intermediate}, {})),
              "certificate revoked");
}

TEST(TrustStore, with_revocation_lists_every_issuer_must_have_one) {
    const Chain made;
    const std::string chain = made.intermediate.issue({}).chain_pem();
    const char* words = "no revocation list from the issuer of a certificate";
    EXPECT_EQ(verdict(made.root, chain, made.root.crl_pem({})), words);
    EXPECT_EQ(verdict(made.root, chain, made.intermediate.crl_pem({})), words);
}

TEST(TrustStore, a_revocation_list_must_be_current) {
    const Chain made;
    const std::string chain = made.intermediate.issue({}).chain_pem();
    EXPECT_EQ(verdict(made.root, chain,
                      made.root.crl_pem({}) + made.intermediate.crl_pem({}, kNow - kDay, kNow - 1)),
              "revocation list expired");
    EXPECT_EQ(verdict(made.root, chain, made.root.crl_pem({}) + made.intermediate.crl_pem({}, kNow + 301)),
              "revocation list not yet valid");
}

TEST(TrustStore, a_revocation_list_may_be_newer_than_the_signature_that_is_judged) {
    const Chain made;
    const TestCertificate leaf = made.intermediate.issue({});
    EXPECT_EQ(verdict(made.root, leaf.chain_pem(),
                      made.root.crl_pem({}) + made.intermediate.crl_pem({}, kNow + 300)),
              "");
    EXPECT_EQ(verdict(made.root, leaf.chain_pem(),
                      made.root.crl_pem({}) + made.intermediate.crl_pem({leaf}, kNow + 300)),
              "certificate revoked");
}

TEST(TrustStore, a_revocation_list_of_a_namesake_does_not_count) {
    const Chain made;
    const Chain namesakes;
    const TestCertificate leaf = made.intermediate.issue({});
    EXPECT_NE(
        verdict(made.root, leaf.chain_pem(), made.root.crl_pem({}) + namesakes.intermediate.crl_pem({})), "");
}

TEST(TrustStore, the_extensions_of_STIR_may_be_critical_in_a_leaf) {
    const Chain made;
    for (const char* oid : {"1.3.6.1.5.5.7.1.26", "1.3.6.1.5.5.7.1.27", "1.3.6.1.5.5.7.1.33"}) {
        EXPECT_EQ(verdict(made.root, made.intermediate.issue(with_extension(oid, true)).chain_pem()), "")
            << oid;
    }
}

TEST(TrustStore, other_unknown_extensions_may_be_there_but_not_critical) {
    const Chain made;
    for (const char* oid : {"1.3.6.1.5.5.7.1.28000", "1.3.6.1.5.5.7.1.261", "1.2.3.4"}) {
        EXPECT_EQ(verdict(made.root, made.intermediate.issue(with_extension(oid, false)).chain_pem()), "");
        EXPECT_THAT(verdict(made.root, made.intermediate.issue(with_extension(oid, true)).chain_pem()),
                    HasSubstr("critical extension"));
    }
}

TEST(TrustStore, a_critical_extension_of_STIR_excuses_no_other_fault) {
    const Chain made;
    CertificateWish wish;
    wish.extensions = {test::tn_auth_list(test::tn_auth_list_spc("1234"), true), {"1.2.3.4", kNull, true}};
    EXPECT_THAT(verdict(made.root, made.intermediate.issue(wish).chain_pem()),
                HasSubstr("critical extension"));
    wish.extensions.pop_back();
    EXPECT_EQ(verdict(made.root, made.intermediate.issue(wish).chain_pem()), "");
    wish.not_after = kNow - 1;
    EXPECT_EQ(verdict(made.root, made.intermediate.issue(wish).chain_pem()), "certificate expired");
}

TEST(TrustStore, critical_extensions_that_nobody_reads_in_an_intermediate_fail_the_chain) {
    const Chain made;
    CertificateWish wish = with_extension("1.3.6.1.5.5.7.1.26", true);
    wish.common_name = "delegate";
    wish.is_ca = true;
    EXPECT_THAT(verdict(made.root, made.root.issue(wish).issue({}).chain_pem()),
                HasSubstr("critical extension"));
    wish.extensions.front().critical = false;
    EXPECT_EQ(verdict(made.root, made.root.issue(wish).issue({}).chain_pem()), "");
}

TEST(TrustStore, several_roots_are_believed) {
    const Chain one;
    const Chain other;
    const TrustStore store = TrustStore::from_pem(one.root.pem() + other.root.pem()).value();
    for (const Chain* made : {&one, &other}) {
        const auto chain = CertificateChain::from_pem(made->intermediate.issue({}).chain_pem()).value();
        EXPECT_TRUE(store.verify(chain, kNow).has_value());
    }
}

TEST(TrustStore, a_store_needs_roots_and_sound_texts) {
    const std::string root = TestCertificate::root().pem();
    EXPECT_FALSE(TrustStore::from_pem("").has_value());
    EXPECT_FALSE(TrustStore::from_pem("garbage").has_value());
    EXPECT_FALSE(TrustStore::from_pem(root.substr(0, root.size() / 2)).has_value());
    EXPECT_FALSE(TrustStore::from_pem(root, "garbage").has_value());
    const std::string list = TestCertificate::root().crl_pem({});
    EXPECT_TRUE(TrustStore::from_pem(root, list).has_value());
    EXPECT_FALSE(TrustStore::from_pem(root, list.substr(0, list.size() / 2)).has_value());
    EXPECT_TRUE(TrustStore::from_pem(root).has_value());
}

TEST(TrustStore, what_is_refused_leaves_nothing_in_the_error_queue) {
    ERR_clear_error();
    const Chain made;
    EXPECT_NE(verdict(made.root, TestCertificate::root({.common_name = "self"}).pem()), "");
    EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace causeway::jose
