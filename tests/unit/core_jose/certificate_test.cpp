// Chains made here: which are believed, which are not and with which words; what is read out of a leaf.
#include "core/jose/certificate.hpp"

#include <gmock/gmock.h>

#include "core/jose/base64.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::jose {
namespace {

using test::CertificateWish;
using test::TestCertificate;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kNow = 1'700'000'000;

struct Chain {
    TestCertificate root = TestCertificate::root({.common_name = "root"});
    TestCertificate intermediate = root.issue({.common_name = "intermediate", .is_ca = true});

    TestCertificate leaf(const CertificateWish& wish = {}) const { return intermediate.issue(wish); }
};

CertificateChain chain_of(const TestCertificate& leaf) {
    return CertificateChain::from_pem(leaf.chain_pem()).value();
}

/// "" when the chain is believed.
std::string verdict(const TestCertificate& root, const TestCertificate& leaf, std::string_view crls = {},
                    std::int64_t at = kNow) {
    const auto verified = TrustStore::from_pem(root.pem(), crls).value().verify(chain_of(leaf), at);
    return verified ? "" : verified.error().detail;
}

TEST(Certificate, what_a_leaf_says_is_read) {
    const Chain made;
    CertificateWish wish{.common_name = "SHAKEN 1234"};
    wish.dns_names = {"sip.example.com", "example.net"};
    wish.uri_names = {"sip:example.com"};
    wish.crl_urls = {"http://crl.example/a.crl"};
    wish.extensions = {test::tn_auth_list(test::tn_auth_list_spc("1234"))};
    const TestCertificate leaf = made.leaf(wish);
    const CertificateChain chain = chain_of(leaf);
    EXPECT_EQ(chain.common_name(), "SHAKEN 1234");
    EXPECT_THAT(chain.dns_names(), ElementsAre("sip.example.com", "example.net"));
    EXPECT_THAT(chain.uri_names(), ElementsAre("sip:example.com"));
    EXPECT_THAT(chain.crl_urls(), ElementsAre("http://crl.example/a.crl"));
    EXPECT_EQ(chain.not_before(), wish.not_before);
    EXPECT_EQ(chain.not_after(), wish.not_after);
    EXPECT_EQ(encode_hex(chain.extension("1.3.6.1.5.5.7.1.26").value()), "3008a006160431323334");
    EXPECT_FALSE(chain.extension("1.3.6.1.5.5.7.1.27").has_value());
    EXPECT_FALSE(chain.extension("no oid").has_value());
    EXPECT_TRUE(chain.key() == leaf.key().verify_key());
    EXPECT_EQ(chain.fingerprint().size(), 32U);
}

TEST(Certificate, a_bare_leaf_has_no_names) {
    const Chain made;
    const CertificateChain chain = chain_of(made.leaf());
    EXPECT_THAT(chain.dns_names(), IsEmpty());
    EXPECT_THAT(chain.uri_names(), IsEmpty());
    EXPECT_THAT(chain.crl_urls(), IsEmpty());
}

TEST(TrustStore, a_chain_over_an_intermediate_is_believed) {
    const Chain made;
    EXPECT_EQ(verdict(made.root, made.leaf()), "");
}

}  // namespace
}  // namespace causeway::jose
