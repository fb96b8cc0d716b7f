// Certificates that no issuer would make: changed octet by octet, or with extensions in forms that are rare.
#include <gmock/gmock.h>

#include <stdexcept>

#include "core/jose/base64.hpp"
#include "core/jose/certificate.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::jose {
namespace {

using test::CertificateWish;
using test::TestCertificate;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kHead = "-----BEGIN CERTIFICATE-----\n";
const std::string kFoot = "-----END CERTIFICATE-----\n";

std::string der_of(const std::string& pem) {
    std::string text = pem.substr(kHead.size(), pem.find(kFoot) - kHead.size());
    std::erase(text, '\n');
    return decode_base64(text).value();
}

std::string pem_of(const std::string& der) {
    const std::string text = encode_base64(der);
    std::string pem = kHead;
    for (std::size_t i = 0; i < text.size(); i += 64) pem += text.substr(i, 64) + "\n";
    return pem + kFoot;
}

/// The certificate with some octets replaced by as many others, wherever they are. Its signature no longer
/// fits.
std::string changed(const CertificateWish& wish, const std::string& old_octets, const std::string& octets) {
    std::string der = der_of(TestCertificate::root({.common_name = "root"}).issue(wish).pem());
    std::size_t at = der.find(old_octets);
    if (at == std::string::npos || old_octets.size() != octets.size())
        throw std::logic_error("not to be replaced");
    for (; at != std::string::npos; at = der.find(old_octets, at + 1)) der.replace(at, octets.size(), octets);
    return pem_of(der);
}

CertificateChain with_extension(const char* oid, const std::string& der) {
    CertificateWish wish;
    wish.extensions = {{oid, der, false}};
    return CertificateChain::from_pem(TestCertificate::root({.common_name = "root"}).issue(wish).pem())
        .value();
}

TEST(CertificateDer, what_is_not_changed_is_read) {
    const std::string pem = changed({.common_name = "leaf"}, "leaf", "LEAF");
    EXPECT_EQ(CertificateChain::from_pem(pem).value().common_name(), "LEAF");
}

TEST(CertificateDer, a_validity_without_sense_is_refused) {
    for (const char* time : {"200101000000Z", "20990101000000Z"}) {
        std::string month = time;
        month.replace(month.size() - 11, 2, "77");
        const auto chain = CertificateChain::from_pem(changed({}, time, month));
        ASSERT_FALSE(chain.has_value()) << month;
        EXPECT_EQ(chain.error().detail, "certificate has a malformed validity");
    }
}

TEST(CertificateDer, a_common_name_that_is_no_text_is_none) {
    // A UTF8String made a BIT STRING.
    const std::string text = "\x0c\x05title";
    const std::string bits = std::string("\x03\x05\x00", 3) + "itle";
    const std::string pem = changed({.common_name = "title"}, text, bits);
    EXPECT_EQ(CertificateChain::from_pem(pem).value().common_name(), "");
}

TEST(CertificateDer, a_delete_character_is_in_no_name) {
    const auto chain =
        with_extension("2.5.29.17", std::string("\x30\x0a\x82\x02") + "a\x7f" + "\x82\x04" + "good");
    EXPECT_THAT(chain.dns_names(), ElementsAre("good"));
    const std::string pem = changed({.common_name = "name"}, "name", "nam\x7f");
    EXPECT_EQ(CertificateChain::from_pem(pem).value().common_name(), "");
}

TEST(CertificateDer, points_of_revocation_lists_without_a_URL_are_passed_over) {
    // RFC 5280 §4.2.1.13: only cRLIssuer; and a name relative to the issuer.
    const std::string only_issuer = "\x30\x05\xa2\x03\x86\x01z";
    const std::string relative =
        std::string("\x30\x0e\xa0\x0c\xa1\x0a\x30\x08\x06\x03") + "\x55\x04\x03" + "\x0c\x01" + "a";
    const std::string url = "\x30\x07\xa0\x05\xa0\x03\x86\x01u";
    const auto points = [](const std::string& content) {
        return std::string("\x30") + static_cast<char>(content.size()) + content;
    };
    EXPECT_THAT(with_extension("2.5.29.31", points(only_issuer)).crl_urls(), IsEmpty());
    EXPECT_THAT(with_extension("2.5.29.31", points(only_issuer + relative + url)).crl_urls(),
                ElementsAre("u"));
}

TEST(CertificateDer, a_text_of_more_than_128_KiB_is_not_read) {
    const std::string pem = TestCertificate::root({.common_name = "root"}).pem();
    EXPECT_TRUE(CertificateChain::from_pem(std::string(100000, '\n') + pem).has_value());
    EXPECT_FALSE(CertificateChain::from_pem(std::string(131072, '\n') + pem).has_value());
}

}  // namespace
}  // namespace causeway::jose
