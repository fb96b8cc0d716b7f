// What is read out of a leaf, and which texts are no chain.
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

struct Chain {
    TestCertificate root = TestCertificate::root({.common_name = "root"});
    TestCertificate intermediate = root.issue({.common_name = "intermediate", .is_ca = true});

    TestCertificate leaf(const CertificateWish& wish = {}) const { return intermediate.issue(wish); }
};

CertificateChain chain_of(const TestCertificate& leaf) {
    return CertificateChain::from_pem(leaf.chain_pem()).value();
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

TEST(Certificate, other_blocks_between_are_ignored) {
    const Chain made;
    const TestCertificate leaf = made.leaf({.common_name = "leaf"});
    const std::string pem =
        "a comment\n" + leaf.key_pem() + leaf.pem() + made.root.crl_pem({}) + made.root.pem();
    EXPECT_EQ(CertificateChain::from_pem(pem).value().common_name(), "leaf");
}

TEST(Certificate, texts_without_a_sound_certificate_are_refused) {
    const std::string pem = Chain().leaf().pem();
    std::string bent = pem;
    bent[pem.size() / 2] = '!';
    for (const std::string& text : {std::string(), std::string("garbage"), std::string(1000, '\0'), bent,
                                    pem + bent, pem.substr(0, pem.size() / 2), std::string(200000, 'a')}) {
        EXPECT_FALSE(CertificateChain::from_pem(text).has_value());
    }
    EXPECT_TRUE(CertificateChain::from_pem(pem).has_value());
}

TEST(Certificate, a_chain_has_at_most_eight) {
    const std::string pem = Chain().leaf().pem();
    std::string text;
    for (int i = 0; i < 8; ++i) text += pem;
    EXPECT_TRUE(CertificateChain::from_pem(text).has_value());
    EXPECT_FALSE(CertificateChain::from_pem(text + pem).has_value());
}

TEST(Certificate, an_extension_that_is_there_twice_is_refused) {
    CertificateWish wish;
    wish.extensions = {test::tn_auth_list(test::tn_auth_list_spc("1234")),
                       test::tn_auth_list(test::tn_auth_list_number("12155551212"))};
    EXPECT_FALSE(CertificateChain::from_pem(Chain().leaf(wish).pem()).has_value());
}

TEST(Certificate, names_that_could_deceive_are_left_out) {
    CertificateWish wish{.common_name = "line\nbreak"};
    // subjectAltName with dNSName "a\0b" and "good".
    wish.extensions = {{"2.5.29.17",
                        std::string("\x30\x0b\x82\x03"
                                    "a\0b"
                                    "\x82\x04good",
                                    13),
                        false}};
    const CertificateChain chain = chain_of(Chain().leaf(wish));
    EXPECT_THAT(chain.dns_names(), ElementsAre("good"));
    EXPECT_EQ(chain.common_name(), "");
}

TEST(Certificate, a_key_of_another_kind_fits_nothing) {
    const CertificateChain chain = chain_of(Chain().leaf({.key_type = "P-521"}));
    EXPECT_FALSE(chain.key().fits(Algorithm::es256));
    EXPECT_FALSE(chain.key().fits(Algorithm::es384));
}

}  // namespace
}  // namespace causeway::jose
