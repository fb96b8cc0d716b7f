// Faults that only the files can show: keys, certificates, roots; each where it stands. And the keys that the
// gateway keeps for itself.
#include "gateway/app/identity_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "gateway/app/kept_secrets.hpp"
#include "gateway/identity/capability/capability_token.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::app {
namespace {

namespace fs = std::filesystem;
using test::TestCertificate;
using testing::HasSubstr;

const char kP384PublicKey[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEqD/otRO6SFT+Veyo58RMb54nHIxf53Zh\n"
    "H/zBU8I1CjRrpkWCR89Cw+yQptkev5YsNQl9wf/42J/6dHhckwlhWdr1tqlA/dRN\n"
    "TUEYIHP9+RML173zmOZfAI5DWe03F9p8\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::int64_t kNow = 1795266000;

/// A directory of its own, with files that fit together: what a test spoils is the only fault.
class Files : public testing::Test {
  protected:
    Files() {
        std::string name = testing::TempDir() + "causeway-files-XXXXXX";
        directory_ = ::mkdtemp(name.data());
        const TestCertificate leaf = certificate({.common_name = "SHAKEN 1234"});
        write("stir.pem", leaf.chain_pem());
        write("stir-key.pem", leaf.key_pem());
        write("roots.pem", root_.pem());
        write("crls.pem", root_.crl_pem({}));
        write("shop.pem", jose::SigningKey::generate().pem());
    }
    ~Files() override { fs::remove_all(directory_); }

    /// For +12155551000 to +12155551999.
    TestCertificate certificate(test::CertificateWish wish) const {
        wish.extensions = {test::tn_auth_list(test::tn_auth_list_range("12155551000", 1000))};
        return root_.issue(wish);
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(directory_ / name) << text;
    }
    std::string path(const std::string& name) const { return (directory_ / name).string(); }

    config::Loaded load() const {
        const config::Loaded loaded = config::load_text(R"(sip:
  domain: gw.example.org
trunks:
  - name: carrier
    address: 192.0.2.1
    trust: trusted
    out:
      stir: shaken
  - name: plain
    address: 192.0.2.2
users:
  - name: alice
    token: a-long-random-text
numbers:
  - session_account: alice
    numbers: [)" + numbers_ + R"(]
stir:
  certificate: stir.pem
  private_key: stir-key.pem
  x5u: https://gw.example.org)" + x5u_ + R"(
  roots: roots.pem
)" + (crls_ ? "  crls: crls.pem\n" : "") + (serve_ ? "  serve: true\n" : "") +
                                                            tokens_,
                                                        path("causeway.yaml"));
        for (const config::Fault& fault : loaded.faults) ADD_FAILURE() << config::to_string(fault);
        return loaded;
    }
    std::vector<std::string> faults() const {
        std::vector<std::string> words;
        for (const config::Fault& fault : identity_faults(load(), kNow)) {
            // "<directory>/causeway.yaml:18:16: ..."
            words.push_back(config::to_string(fault).substr(directory_.string().size() + 1));
        }
        return words;
    }
    void expect_only(const std::string& start, const std::string& inside) const {
        const auto found = faults();
        ASSERT_EQ(found.size(), 1u) << testing::PrintToString(found);
        EXPECT_TRUE(found.front().starts_with(start)) << found.front();
        EXPECT_THAT(found.front(), HasSubstr(inside));
    }

    fs::path directory_;
    TestCertificate root_ = TestCertificate::root({.common_name = "Test Root"});
    std::string numbers_ = R"("+12155551000-+12155551999")";
    bool crls_ = false;
    bool serve_ = false;
    std::string x5u_ = "/stir/certificate.pem";
    std::string tokens_;
};

TEST_F(Files, that_fit_together_have_no_fault) {
    crls_ = true;
    EXPECT_EQ(faults(), std::vector<std::string>{});
    const auto book = identity_book(load().config, kNow);
    EXPECT_NE(book->of("carrier").signer, nullptr);
    EXPECT_EQ(book->of("plain").signer, nullptr);
    EXPECT_TRUE(trust_store(load().config));
}

TEST_F(Files, a_key_of_another_certificate_stands_where_the_key_stands) {
    write("stir-key.pem", test::make_key_pem("P-256"));
    expect_only("causeway.yaml:19:16: ", "a key that is not the certificate's");
    EXPECT_THROW(identity_book(load().config, kNow), std::runtime_error);
}

TEST_F(Files, a_key_that_is_none_stands_where_the_key_stands) {
    write("stir-key.pem", "no key");
    expect_only("causeway.yaml:19:16: ", "a PEM private key");
}

TEST_F(Files, a_key_on_another_curve_signs_no_passports) {
    const TestCertificate leaf = certificate({.key_type = "P-384"});
    write("stir.pem", leaf.chain_pem());
    write("stir-key.pem", leaf.key_pem());
    expect_only("causeway.yaml:19:16: ", "P-256");
}

TEST_F(Files, a_certificate_that_is_none_or_out_of_date_stands_where_the_certificate_stands) {
    const std::string key = test::make_key_pem("P-256");
    write("stir.pem", key);
    expect_only("causeway.yaml:18:16: ", "a PEM certificate chain, leaf first");

    const TestCertificate old = certificate({.not_after = kNow - 1});
    write("stir.pem", old.chain_pem());
    write("stir-key.pem", old.key_pem());
    expect_only("causeway.yaml:18:16: ", "expired");

    const TestCertificate early = certificate({.not_before = kNow + 60});
    write("stir.pem", early.chain_pem());
    write("stir-key.pem", early.key_pem());
    expect_only("causeway.yaml:18:16: ", "not yet valid");
}

TEST_F(Files, numbers_for_which_the_certificate_does_not_speak_are_named) {
    numbers_ = R"("+12155551000", "+12155552000")";
    expect_only("causeway.yaml:16:14: ", "+12155552000, for which the certificate of trunk 'carrier'");
    numbers_ = R"("+12155551990-+12155552009")";
    expect_only("causeway.yaml:16:14: ", "+12155552000");
    numbers_ = R"("100")";
    EXPECT_EQ(faults(), std::vector<std::string>{}) << "local numbers are never signed";
}

TEST_F(Files, a_hole_in_the_middle_of_a_range_is_found) {
    test::CertificateWish wish;
    // RFC 8226 §9: a SEQUENCE OF entries; here two ranges with nothing between them.
    const std::string low = test::tn_auth_list_range("12155551000", 500);
    const std::string high = test::tn_auth_list_range("12155551501", 499);
    const std::string entries = low.substr(2) + high.substr(2);
    const std::string list = std::string("\x30") + static_cast<char>(entries.size()) + entries;
    wish.extensions = {test::tn_auth_list(list)};
    const TestCertificate leaf = root_.issue(wish);
    write("stir.pem", leaf.chain_pem());
    write("stir-key.pem", leaf.key_pem());
    expect_only("causeway.yaml:16:14: ", "+12155551500,");
}

TEST_F(Files, roots_and_revocation_lists_that_are_none_are_told_apart) {
    crls_ = true;
    write("crls.pem", "nothing");
    expect_only("causeway.yaml:22:9: ", "PEM revocation lists");
    write("crls.pem", root_.crl_pem({}));
    write("roots.pem", "nothing");
    expect_only("causeway.yaml:21:10: ", "PEM certificates");
    EXPECT_THROW(trust_store(load().config), std::runtime_error);
}

TEST_F(Files, a_revocation_list_that_was_cut_to_nothing_does_not_switch_revocation_off) {
    crls_ = true;
    write("crls.pem", "");
    expect_only("causeway.yaml:22:9: ", "an empty file");
    EXPECT_THROW(trust_store(load().config), std::runtime_error);
}

TEST_F(Files, what_the_gateway_serves_is_where_its_signatures_send_people) {
    serve_ = true;
    EXPECT_EQ(faults(), std::vector<std::string>{});
    x5u_ = "/other.pem";
    expect_only("causeway.yaml:20:8: ", "/stir/certificate.pem");
}

TEST_F(Files, an_application_servers_key_must_be_one) {
    tokens_ = "tokens:\n  - name: shop\n    public_key: shop.pem\n";
    expect_only("causeway.yaml:24:17: ", "a P-256 public key in PEM");
    write("shop.pem", kP384PublicKey);
    expect_only("causeway.yaml:24:17: ", "a key of another kind");
    write("shop.pem", "nothing");
    expect_only("causeway.yaml:24:17: ", "a P-256 public key in PEM");
    EXPECT_THROW(capability_issuers(load().config, jose::SigningKey::generate()), std::runtime_error);
}

TEST_F(Files, an_application_server_with_a_secret_and_an_api_key_has_both_ways) {
    tokens_ = "tokens:\n  - name: shop\n    secret: 0123456789abcdef0123456789abcdef\n    api_key: k\n";
    const auto own = jose::SigningKey::generate();
    const auto issuers = capability_issuers(load().config, own);
    identity::Capability capability;
    capability.id = "t";
    capability.issuer = "shop";
    capability.callees = {"*"};
    capability.issued_at = kNow;
    capability.expires_at = kNow + 60;
    const auto secret = *jose::SigningKey::from_secret("0123456789abcdef0123456789abcdef");
    for (const std::string& token :
         {mint(capability, own, jose::Algorithm::es256), mint(capability, secret, jose::Algorithm::hs256)}) {
        const auto read = identity::read_token(token, issuers, kNow);
        EXPECT_TRUE(read.capability) << read.refusal.why;
    }
}

TEST_F(Files, a_kept_key_is_private_and_outlives_a_restart) {
    const std::string state = path("state");
    const std::string first = kept_key(state, "identity-key.pem").verify_key().thumbprint();
    struct stat status {};
    ASSERT_EQ(::stat((state + "/identity-key.pem").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(kept_key(state, "identity-key.pem").verify_key().thumbprint(), first);
    EXPECT_NE(kept_key(state, "token-key.pem").verify_key().thumbprint(), first);
}

TEST_F(Files, a_kept_key_that_is_broken_is_an_error_and_stays) {
    write("identity-key.pem", "broken");
    try {
        kept_key(directory_.string(), "identity-key.pem");
        FAIL() << "a new key would forget what was signed by the old one";
    } catch (const std::runtime_error& fault) {
        EXPECT_THAT(fault.what(), HasSubstr(path("identity-key.pem")));
    }
    std::string text;
    std::ifstream(path("identity-key.pem")) >> text;
    EXPECT_EQ(text, "broken");
}

}  // namespace
}  // namespace causeway::app
