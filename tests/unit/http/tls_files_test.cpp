// A certificate and a key that TLS could not use are found before anything is opened.
#include "gateway/http/tls_files.hpp"

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "core/base/random.hpp"
#include "gateway/http/self_signed.hpp"

namespace causeway::http {
namespace {

using testing::HasSubstr;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

void write_encrypted_key(const std::string& file) {
    const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
    const Bio out(BIO_new_file(file.c_str(), "w"), BIO_free_all);
    char passphrase[] = "secret";
    ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), passphrase,
                                            sizeof passphrase - 1, nullptr, nullptr),
              1);
}

struct TlsFiles : testing::Test {
    TlsFiles()
        : directory(std::filesystem::temp_directory_path() / ("causeway-" + random_token(12))),
          files(make_self_signed(directory.string(), "gateway.example")) {}
    ~TlsFiles() override { std::filesystem::remove_all(directory); }

    std::string file_with(const std::string& text) const {
        const std::string file = (directory / "other.pem").string();
        std::ofstream(file) << text;
        return file;
    }

    std::filesystem::path directory;
    CertificateFiles files;
};

TEST_F(TlsFiles, a_certificate_and_its_key_are_good) {
    EXPECT_FALSE(check_tls_files(files.certificate, files.private_key));
}

TEST_F(TlsFiles, a_certificate_that_is_no_pem_is_found) {
    const auto fault = check_tls_files(file_with("no certificate"), files.private_key);
    ASSERT_TRUE(fault);
    EXPECT_FALSE(fault->in_private_key);
    EXPECT_THAT(fault->found, HasSubstr("other.pem"));
    EXPECT_THAT(fault->expected, HasSubstr("a certificate in PEM"));
}

TEST_F(TlsFiles, a_key_that_is_no_pem_is_found) {
    const auto fault = check_tls_files(files.certificate, file_with("no key"));
    ASSERT_TRUE(fault);
    EXPECT_TRUE(fault->in_private_key);
    EXPECT_THAT(fault->found, HasSubstr("other.pem"));
    EXPECT_THAT(fault->expected, HasSubstr("a private key in PEM"));
}

TEST_F(TlsFiles, a_key_of_another_certificate_is_found) {
    const auto other = make_self_signed((directory / "other").string(), "gateway.example");
    const auto fault = check_tls_files(files.certificate, other.private_key);
    ASSERT_TRUE(fault);
    EXPECT_TRUE(fault->in_private_key);
    EXPECT_THAT(fault->expected, HasSubstr("the key of http.tls.certificate"));
}

TEST_F(TlsFiles, a_key_with_a_passphrase_is_found_without_asking_for_it) {
    const std::string encrypted = (directory / "encrypted.pem").string();
    write_encrypted_key(encrypted);
    const auto fault = check_tls_files(files.certificate, encrypted);
    ASSERT_TRUE(fault);
    EXPECT_TRUE(fault->in_private_key);
    EXPECT_THAT(fault->expected, HasSubstr("without a passphrase"));
}

}  // namespace
}  // namespace causeway::http
