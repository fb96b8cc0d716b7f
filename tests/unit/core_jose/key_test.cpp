// Signatures of every algorithm, forged and bent ones, and keys that are used for another algorithm.
#include "core/jose/key.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>

#include "core/base/c_handle.hpp"
#include "core/jose/base64.hpp"
#include "core/jose/ecdsa_signature.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::jose {
namespace {

constexpr std::array kAll{Algorithm::es256, Algorithm::es384, Algorithm::rs256,
                          Algorithm::ps256, Algorithm::eddsa, Algorithm::hs256};
const char* const kP256Order = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
const char* const kP384Order =
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973";

SigningKey make(const char* type) {
    return SigningKey::from_pem(test::make_key_pem(type)).value();
}

SigningKey secret_key() {
    return SigningKey::from_secret(std::string(32, 's')).value();
}

BignumHandle number(const char* hexadecimal) {
    BIGNUM* value = nullptr;
    BN_hex2bn(&value, hexadecimal);
    return BignumHandle(value);
}

std::string padded(const BIGNUM* value, std::size_t width) {
    std::string bytes(width, '\0');
    BN_bn2binpad(value, octets(bytes), static_cast<int>(width));
    return bytes;
}

/// The number plus `more`.
std::string shifted(const char* hexadecimal, int more, std::size_t width) {
    const BignumHandle value = number(hexadecimal);
    more >= 0 ? BN_add_word(value.get(), static_cast<BN_ULONG>(more))
              : BN_sub_word(value.get(), static_cast<BN_ULONG>(-more));
    return padded(value.get(), width);
}

KeyHandle read_key(const std::string& pem) {
    const CHandle<BIO, BIO_free_all> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return KeyHandle(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
}

using Write = int (*)(BIO*, const EVP_PKEY*);

/// The key in another PEM form.
std::string rewritten(const std::string& pem, Write write) {
    const KeyHandle key = read_key(pem);
    const CHandle<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
    EXPECT_EQ(write(out.get(), key.get()), 1);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

std::string pss_signature(const std::string& pem, std::string_view input, int salt) {
    const KeyHandle key = read_key(pem);
    const CHandle<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* rules = nullptr;
    EVP_DigestSignInit(context.get(), &rules, EVP_sha256(), nullptr, key.get());
    EVP_PKEY_CTX_set_rsa_padding(rules, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(rules, salt);
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
    std::size_t length = signature.size();
    EXPECT_EQ(EVP_DigestSign(context.get(), octets(signature), &length, octets(input), input.size()), 1);
    return signature;
}

/// A key on P-256 that tells the numbers of its curve in place of its name.
std::string explicit_curve_pem() {
    const CHandle<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
    EVP_PKEY* made = nullptr;
    EVP_PKEY_keygen_init(context.get());
    EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context.get(), NID_X9_62_prime256v1);
    EVP_PKEY_CTX_set_ec_param_enc(context.get(), OPENSSL_EC_EXPLICIT_CURVE);
    EXPECT_EQ(EVP_PKEY_keygen(context.get(), &made), 1);
    const KeyHandle key(made);
    const CHandle<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

/// "" when it is taken.
std::string public_fault(const std::string& private_pem) {
    const auto key = VerifyKey::from_pem(
        rewritten(private_pem, [](BIO* out, const EVP_PKEY* one) { return PEM_write_bio_PUBKEY(out, one); }));
    return key ? "" : key.error().detail;
}

TEST(Algorithm, names_are_those_of_RFC_7518_and_exact) {
    for (const Algorithm algorithm : kAll) EXPECT_EQ(algorithm_of(name(algorithm)), algorithm);
    for (const char* other : {"none", "None", "es256", "ES256 ", "", "HS512", "ES512", "RS384"}) {
        EXPECT_FALSE(algorithm_of(other).has_value()) << other;
    }
}

TEST(Key, each_kind_signs_with_its_own_algorithms_only_and_verifies_what_it_signed) {
    const std::vector<std::pair<SigningKey, std::vector<Algorithm>>> keys{
        {make("P-256"), {Algorithm::es256}},
        {make("P-384"), {Algorithm::es384}},
        {make("RSA2048"), {Algorithm::rs256, Algorithm::ps256}},
        {make("ED25519"), {Algorithm::eddsa}},
        {secret_key(), {Algorithm::hs256}}};
    for (const auto& [key, algorithms] : keys) {
        for (const Algorithm algorithm : kAll) {
            const bool own = std::find(algorithms.begin(), algorithms.end(), algorithm) != algorithms.end();
            const std::string signature = key.sign(algorithm, "input");
            EXPECT_EQ(!signature.empty(), own) << name(algorithm);
            EXPECT_EQ(key.verify_key().fits(algorithm), own);
            EXPECT_EQ(key.verify_key().verify(algorithm, "input", signature), own);
            EXPECT_FALSE(key.verify_key().verify(algorithm, "other input", signature));
            EXPECT_FALSE(key.verify_key().verify(algorithm, "input", ""));
            EXPECT_FALSE(key.verify_key().verify(algorithm, "input", signature + '\0'));
            if (own) {
                EXPECT_FALSE(key.verify_key().verify(algorithm, "input", signature.substr(1)));
            }
        }
    }
}

TEST(Rsa, a_signature_is_as_long_as_the_modulus_even_if_it_begins_with_zero) {
    const SigningKey key = make("RSA2048");
    for (const Algorithm algorithm : {Algorithm::rs256, Algorithm::ps256}) {
        std::string input = "0";
        std::string signature = key.sign(algorithm, input);
        // One in 256.
        for (int i = 1; signature.front() != 0; ++i) {
            input = std::to_string(i);
            signature = key.sign(algorithm, input);
        }
        EXPECT_TRUE(key.verify_key().verify(algorithm, input, signature));
        EXPECT_FALSE(key.verify_key().verify(algorithm, input, signature.substr(1))) << name(algorithm);
    }
}

TEST(Rsa, a_PSS_salt_is_as_long_as_the_hash) {
    // RFC 7518 §3.5.
    const SigningKey signer = make("RSA2048");
    for (const auto& [salt, good] : {std::pair{32, true}, {20, false}, {0, false}}) {
        const std::string signature = pss_signature(signer.pem(), "input", salt);
        EXPECT_EQ(signer.verify_key().verify(Algorithm::ps256, "input", signature), good) << salt;
    }
}

TEST(Key, an_empty_input_can_be_signed) {
    for (const auto& [type, algorithm] :
         {std::pair{"P-256", Algorithm::es256}, {"ED25519", Algorithm::eddsa}}) {
        const SigningKey key = make(type);
        EXPECT_TRUE(key.verify_key().verify(algorithm, {}, key.sign(algorithm, {})));
    }
    EXPECT_TRUE(
        secret_key().verify_key().verify(Algorithm::hs256, {}, secret_key().sign(Algorithm::hs256, {})));
}

TEST(Key, another_key_of_the_same_kind_verifies_nothing) {
    const SigningKey one = SigningKey::generate();
    const SigningKey other = SigningKey::generate();
    EXPECT_FALSE(other.verify_key().verify(Algorithm::es256, "input", one.sign(Algorithm::es256, "input")));
    EXPECT_TRUE(one.verify_key() == one.verify_key());
    EXPECT_FALSE(one.verify_key() == other.verify_key());
    EXPECT_FALSE(one.verify_key() == secret_key().verify_key());
}

TEST(Key, a_public_key_is_no_HMAC_secret) {
    const SigningKey key = make("RSA2048");
    const std::string forged = hmac_sha256(key.verify_key().jwk(), "input");
    EXPECT_FALSE(key.verify_key().verify(Algorithm::hs256, "input", forged));
    EXPECT_FALSE(secret_key().verify_key().fits(Algorithm::rs256));
}

TEST(Ecdsa, signatures_have_a_fixed_length) {
    const SigningKey small = make("P-256");
    const SigningKey large = make("P-384");
    // One r or s in 256 begins with a zero octet, which must be there.
    for (int i = 0; i < 600; ++i) {
        const std::string input = std::to_string(i);
        const std::string signature = small.sign(Algorithm::es256, input);
        ASSERT_EQ(signature.size(), 64U);
        ASSERT_TRUE(small.verify_key().verify(Algorithm::es256, input, signature));
    }
    EXPECT_EQ(large.sign(Algorithm::es384, "input").size(), 96U);
}

TEST(Ecdsa, the_DER_form_and_other_lengths_are_refused) {
    const SigningKey key = SigningKey::generate();
    const std::string raw = key.sign(Algorithm::es256, "input");
    const std::string der = ecdsa_to_der(raw, 32, number(kP256Order).get());
    ASSERT_EQ(ecdsa_to_raw(der, 32), raw);
    EXPECT_EQ(ecdsa_to_raw("no DER", 32), "");
    const VerifyKey verifier = key.verify_key();
    EXPECT_TRUE(verifier.verify(Algorithm::es256, "input", raw));
    EXPECT_FALSE(verifier.verify(Algorithm::es256, "input", der));
    EXPECT_FALSE(verifier.verify(Algorithm::es256, "input", raw.substr(0, 63)));
    EXPECT_FALSE(verifier.verify(Algorithm::es256, "input", std::string(1, '\0') + raw));
    EXPECT_FALSE(
        verifier.verify(Algorithm::es256, "input",
                        std::string(16, '\0') + raw.substr(0, 32) + std::string(16, '\0') + raw.substr(32)));
}

TEST(Ecdsa, r_and_s_are_between_one_and_the_order) {
    for (const auto& [order, width] : {std::pair{kP256Order, 32U}, {kP384Order, 48U}}) {
        const BignumHandle n = number(order);
        const std::string zero(width, '\0');
        const std::string one = shifted("0", 1, width);
        const std::string largest = shifted(order, -1, width);
        EXPECT_NE(ecdsa_to_der(one + largest, width, n.get()), "");
        EXPECT_NE(ecdsa_to_der(largest + one, width, n.get()), "");
        for (const std::string& wrong :
             {zero, shifted(order, 0, width), shifted(order, 1, width), std::string(width, '\xff')}) {
            EXPECT_EQ(ecdsa_to_der(wrong + one, width, n.get()), "") << encode_hex(wrong);
            EXPECT_EQ(ecdsa_to_der(one + wrong, width, n.get()), "") << encode_hex(wrong);
        }
    }
}

TEST(Ecdsa, a_second_signature_can_be_made_of_a_first_one) {
    // So it is with ECDSA, and users of this room must not rely on the contrary.
    const SigningKey key = SigningKey::generate();
    const std::string first = key.sign(Algorithm::es256, "input");
    const BignumHandle n = number(kP256Order);
    const BignumHandle s(BN_bin2bn(octets(std::string_view(first)) + 32, 32, nullptr));
    BN_sub(s.get(), n.get(), s.get());
    const std::string second = first.substr(0, 32) + padded(s.get(), 32);
    EXPECT_NE(first, second);
    EXPECT_TRUE(key.verify_key().verify(Algorithm::es256, "input", second));
}

TEST(Ecdsa, signatures_at_the_edges_verify_nothing) {
    const VerifyKey key = SigningKey::generate().verify_key();
    const std::string zero(32, '\0');
    const std::string one = shifted("0", 1, 32);
    const std::string order = shifted(kP256Order, 0, 32);
    const std::string largest = shifted(kP256Order, -1, 32);
    for (const std::string& r : {zero, one, order, largest}) {
        for (const std::string& s : {zero, one, order, largest}) {
            EXPECT_FALSE(key.verify(Algorithm::es256, "input", r + s));
            EXPECT_FALSE(key.verify(Algorithm::es256, "", r + s));
        }
    }
}

TEST(Key, keys_are_read_from_PKCS8_SEC1_and_PKCS1) {
    for (const char* type : {"P-256", "RSA2048"}) {
        const std::string pem = test::make_key_pem(type);
        const std::string old = rewritten(pem, [](BIO* out, const EVP_PKEY* key) {
            return PEM_write_bio_PrivateKey_traditional(out, key, nullptr, nullptr, 0, nullptr, nullptr);
        });
        EXPECT_NE(old, pem);
        EXPECT_TRUE(SigningKey::from_pem(old).value().verify_key() ==
                    SigningKey::from_pem(pem).value().verify_key());
    }
}

TEST(Key, a_key_that_was_kept_is_the_same_key) {
    const SigningKey key = SigningKey::generate();
    EXPECT_TRUE(SigningKey::from_pem(key.pem()).value().verify_key() == key.verify_key());
    EXPECT_EQ(secret_key().pem(), "");
}

TEST(Key, a_public_key_is_read_from_PEM) {
    const std::string pem = test::make_key_pem("P-384");
    const std::string text =
        rewritten(pem, [](BIO* out, const EVP_PKEY* key) { return PEM_write_bio_PUBKEY(out, key); });
    EXPECT_TRUE(VerifyKey::from_pem(text).value() == SigningKey::from_pem(pem).value().verify_key());
    EXPECT_FALSE(VerifyKey::from_pem(pem).has_value());
    EXPECT_FALSE(SigningKey::from_pem(text).has_value());
}

TEST(Key, an_encrypted_key_is_refused_without_asking) {
    const std::string text = rewritten(test::make_key_pem("P-256"), [](BIO* out, const EVP_PKEY* key) {
        return PEM_write_bio_PKCS8PrivateKey(out, key, EVP_aes_256_cbc(), "pass", 4, nullptr, nullptr);
    });
    EXPECT_FALSE(SigningKey::from_pem(text).has_value());
}

TEST(Key, keys_of_other_kinds_are_refused) {
    for (const char* type : {"RSA1024", "P-521", "secp256k1"}) {
        const std::string pem = test::make_key_pem(type);
        EXPECT_FALSE(SigningKey::from_pem(pem).has_value()) << type;
        EXPECT_EQ(public_fault(pem), "public key of a kind that is not supported") << type;
    }
    EXPECT_EQ(public_fault(test::make_key_pem("P-256")), "");
    for (const char* text : {"", "-----BEGIN PRIVATE KEY-----\n", "garbage"}) {
        EXPECT_EQ(SigningKey::from_pem(text).error().detail, "no unencrypted private key in PEM");
        EXPECT_EQ(VerifyKey::from_pem(text).error().detail, "no public key in PEM");
    }
}

TEST(Key, a_curve_must_be_named) {
    // RFC 5480 §2.1.1; numbers of one's own would make a curve on which everybody can sign.
    const std::string pem = explicit_curve_pem();
    EXPECT_FALSE(SigningKey::from_pem(pem).has_value());
    EXPECT_EQ(public_fault(pem), "public key of a kind that is not supported");
}

TEST(Key, a_key_that_is_none_fits_nothing) {
    const VerifyKey none = VerifyKey::from_openssl(nullptr);
    for (const Algorithm algorithm : kAll) {
        EXPECT_FALSE(none.fits(algorithm));
        EXPECT_FALSE(none.verify(algorithm, "input", "signature"));
    }
    EXPECT_EQ(none.jwk(), "");
    EXPECT_TRUE(none == VerifyKey::from_openssl(nullptr));
    EXPECT_FALSE(none == VerifyKey::from_openssl(read_key(test::make_key_pem("P-521")).get()));
    EXPECT_FALSE(none == secret_key().verify_key());
}

TEST(Key, a_secret_has_at_least_32_bytes) {
    EXPECT_FALSE(VerifyKey::from_secret(std::string(31, 's')).has_value());
    EXPECT_FALSE(SigningKey::from_secret(std::string(31, 's')).has_value());
    EXPECT_TRUE(VerifyKey::from_secret(std::string(32, 's')).has_value());
}

TEST(Key, a_secret_that_differs_in_one_bit_verifies_nothing) {
    std::string bent = secret_key().sign(Algorithm::hs256, "input");
    EXPECT_TRUE(secret_key().verify_key().verify(Algorithm::hs256, "input", bent));
    bent.back() = static_cast<char>(bent.back() ^ 1);
    EXPECT_FALSE(secret_key().verify_key().verify(Algorithm::hs256, "input", bent));
    EXPECT_TRUE(secret_key().verify_key() == secret_key().verify_key());
    EXPECT_FALSE(secret_key().verify_key() == VerifyKey::from_secret(std::string(32, 't')).value());
}

TEST(Digest, the_vectors_of_FIPS_180_and_RFC_4231_are_met) {
    EXPECT_EQ(encode_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(encode_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(encode_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(encode_hex(hmac_sha256(std::string(131, '\xaa'),
                                     "Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(hmac_sha256({}, {}).size(), 32U);
}

TEST(Key, what_fails_leaves_nothing_in_the_error_queue) {
    ERR_clear_error();
    const VerifyKey key = SigningKey::generate().verify_key();
    EXPECT_FALSE(key.verify(Algorithm::es256, "input", std::string(64, '\x11')));
    EXPECT_FALSE(VerifyKey::from_pem("garbage").has_value());
    EXPECT_FALSE(SigningKey::from_pem("garbage").has_value());
    EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace causeway::jose
