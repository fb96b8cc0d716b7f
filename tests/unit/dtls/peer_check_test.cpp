#include "core/dtls/peer_check.hpp"

#include <gtest/gtest.h>

#include "core/dtls/certificate.hpp"
#include "core/dtls/openssl_handles.hpp"

namespace causeway::dtls {
namespace {

class PeerCheckTest : public ::testing::Test {
  protected:
    const X509* x509() const { return SSL_CTX_get0_certificate(certificate.context()); }
    sdp::Fingerprint with(const char* name, const EVP_MD* hash) const {
        return {name, digest_of(x509(), hash)};
    }

    Certificate certificate;
};

TEST_F(PeerCheckTest, the_announced_certificate_is_accepted_by_each_good_hash) {
    for (const sdp::Fingerprint& fingerprint :
         {certificate.fingerprint(), with("sha-384", EVP_sha384()), with("sha-512", EVP_sha512())}) {
        auto check = PeerCheck::make({fingerprint});
        ASSERT_TRUE(check);
        EXPECT_TRUE(check->accept(x509())) << fingerprint.hash;
        EXPECT_TRUE(check->accepted());
    }
}

TEST_F(PeerCheckTest, another_certificate_is_refused) {
    const Certificate other;
    auto check = PeerCheck::make({other.fingerprint()});
    ASSERT_TRUE(check);
    EXPECT_FALSE(check->accept(x509()));
    EXPECT_TRUE(check->refused());
    EXPECT_FALSE(check->accepted());
}

TEST_F(PeerCheckTest, sha_1_and_md5_alone_are_not_enough) {
    EXPECT_FALSE(PeerCheck::make({with("sha-1", EVP_sha1())}));
    EXPECT_FALSE(PeerCheck::make({with("md5", EVP_md5())}));
    EXPECT_FALSE(PeerCheck::make({}));
}

TEST_F(PeerCheckTest, one_of_several_fingerprints_of_a_hash_is_enough) {
    const Certificate other;
    auto check = PeerCheck::make({other.fingerprint(), certificate.fingerprint()});
    ASSERT_TRUE(check);
    EXPECT_TRUE(check->accept(x509()));
}

TEST_F(PeerCheckTest, the_strongest_hash_decides) {
    sdp::Fingerprint wrong = with("sha-512", EVP_sha512());
    wrong.digest[0] ^= 1;
    auto check = PeerCheck::make({certificate.fingerprint(), wrong});
    ASSERT_TRUE(check);
    EXPECT_FALSE(check->accept(x509()));
}

TEST_F(PeerCheckTest, a_digest_of_wrong_length_never_matches) {
    for (const std::size_t size : {0U, 1U, 31U, 33U, 64U}) {
        sdp::Fingerprint cut = certificate.fingerprint();
        cut.digest.resize(size);
        auto check = PeerCheck::make({cut});
        ASSERT_TRUE(check);
        EXPECT_FALSE(check->accept(x509())) << size;
    }
}

TEST_F(PeerCheckTest, no_certificate_is_refused) {
    auto check = PeerCheck::make({certificate.fingerprint()});
    ASSERT_TRUE(check);
    EXPECT_FALSE(check->accept(nullptr));
}

}  // namespace
}  // namespace causeway::dtls
