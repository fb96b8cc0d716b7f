// JSON Web Keys: what is taken, what is refused, for what a key may be used.
#include <gmock/gmock.h>
#include <boost/json/object.hpp>

#include "core/jose/base64.hpp"
#include "core/jose/key.hpp"
#include "core/jose/strict_json.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::jose {
namespace {

using testing::HasSubstr;

constexpr std::string_view kX = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
constexpr std::string_view kY = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

boost::json::object ec(std::string_view more = "") {
    return parse_object(R"({"kty":"EC","crv":"P-256","x":")" + std::string(kX) + R"(","y":")" +
                        std::string(kY) + "\"" + std::string(more) + "}")
        .value();
}

boost::json::object rsa(std::string_view n, std::string_view e) {
    return {{"kty", "RSA"}, {"n", encode_base64url(n)}, {"e", encode_base64url(e)}};
}

boost::json::object with(boost::json::object jwk, std::string_view name, const boost::json::value& value) {
    jwk[boost::json::string_view(name.data(), name.size())] = value;
    return jwk;
}

/// "" when taken.
std::string fault(const boost::json::object& jwk) {
    const auto key = VerifyKey::from_jwk(jwk);
    return key ? "" : key.error().detail;
}

bool fits_es256(std::string_view more) {
    return VerifyKey::from_jwk(ec(more)).value().fits(Algorithm::es256);
}

/// An odd number of that many bits.
std::string odd_number(std::size_t bits) {
    std::string bytes((bits + 7) / 8, '\xff');
    if (bits % 8 != 0) bytes.front() = static_cast<char>((1U << (bits % 8)) - 1);
    return bytes;
}

constexpr std::string_view kF4("\x01\x00\x01", 3);

TEST(Jwk, the_thumbprint_of_RFC_7638_is_met) {
    const auto jwk = parse_object(
        R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc)"
        R"(_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQM)"
        R"(icAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINH)"
        R"(aQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})");
    EXPECT_EQ(VerifyKey::from_jwk(jwk.value()).value().thumbprint(),
              "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Jwk, the_thumbprint_of_RFC_8037_A_3_is_met) {
    const boost::json::object jwk{
        {"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}};
    EXPECT_EQ(VerifyKey::from_jwk(jwk).value().thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(Jwk, a_key_of_each_kind_survives_being_written_and_read) {
    for (const char* type : {"P-256", "P-384", "ED25519", "RSA2048"}) {
        const VerifyKey key = SigningKey::from_pem(test::make_key_pem(type)).value().verify_key();
        const VerifyKey again = VerifyKey::from_jwk(parse_object(key.jwk()).value()).value();
        EXPECT_TRUE(key == again) << type;
        EXPECT_EQ(again.jwk(), key.jwk());
        EXPECT_EQ(again.thumbprint().size(), 43U);
    }
}

TEST(Jwk, only_the_keys_own_public_members_are_written) {
    const auto key =
        VerifyKey::from_jwk(ec(R"(,"kid":"1","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")"));
    EXPECT_EQ(key.value().jwk(), R"({"crv":"P-256","kty":"EC","x":")" + std::string(kX) + R"(","y":")" +
                                     std::string(kY) + "\"}");
}

TEST(Jwk, a_secret_is_never_written) {
    const VerifyKey key = VerifyKey::from_secret(std::string(32, 's')).value();
    EXPECT_EQ(key.jwk(), "");
    EXPECT_EQ(key.thumbprint(), "");
}

TEST(Jwk, other_types_and_curves_are_refused) {
    EXPECT_THAT(fault({}), HasSubstr("kty"));
    EXPECT_THAT(fault({{"kty", "oct"}, {"k", encode_base64url(std::string(32, 's'))}}), HasSubstr("kty"));
    for (const boost::json::value& kty :
         {boost::json::value("ec"), boost::json::value(1), boost::json::value()}) {
        EXPECT_THAT(fault(with(ec(), "kty", kty)), HasSubstr("kty"));
    }
    for (const char* curve : {"P-521", "secp256k1", "p-256", "prime256v1", "", "Ed25519"}) {
        EXPECT_THAT(fault(with(ec(), "crv", curve)), HasSubstr("curve")) << curve;
    }
    for (const char* curve : {"X25519", "Ed448", "ed25519"}) {
        EXPECT_THAT(fault({{"kty", "OKP"}, {"crv", curve}, {"x", kX.data()}}), HasSubstr("curve")) << curve;
    }
}

TEST(Jwk, a_coordinate_has_the_length_of_its_curve) {
    const std::string x = decode_base64url(kX).value();
    for (const std::string& wrong : {std::string(), x.substr(1), '\0' + x, x + x}) {
        EXPECT_EQ(fault(with(ec(), "x", encode_base64url(wrong).c_str())), "JWK has a malformed x or y");
        EXPECT_EQ(fault(with(ec(), "y", encode_base64url(wrong).c_str())), "JWK has a malformed x or y");
    }
    EXPECT_EQ(fault(with(ec(), "crv", "P-384")), "JWK has a malformed x or y");
    EXPECT_EQ(fault(with(ec(), "x", 5)), "JWK has a malformed x or y");
    EXPECT_EQ(fault(with(ec(), "y", 5)), "JWK has a malformed x or y");
    EXPECT_EQ(fault(with(ec(), "x", (std::string(kX) + "=").c_str())), "JWK has a malformed x or y");
    EXPECT_EQ(fault({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", encode_base64url(x + 'x')}}),
              "JWK has a malformed x");
    EXPECT_EQ(fault({{"kty", "OKP"}, {"crv", "Ed25519"}}), "JWK has a malformed x");
}

TEST(Jwk, a_point_that_is_not_on_its_curve_is_refused) {
    std::string y = decode_base64url(kY).value();
    y.back() = static_cast<char>(y.back() ^ 1);
    EXPECT_EQ(fault(with(ec(), "y", encode_base64url(y).c_str())),
              "JWK has a point that is not on its curve");
    EXPECT_EQ(fault(with(ec(), "x", encode_base64url(std::string(32, '\xff')).c_str())),
              "JWK has a point that is not on its curve");
    const std::string zero = encode_base64url(std::string(32, '\0'));
    EXPECT_EQ(fault(with(with(ec(), "x", zero.c_str()), "y", zero.c_str())),
              "JWK has a point that is not on its curve");
}

TEST(Jwk, an_RSA_key_has_2048_to_8192_bits) {
    EXPECT_EQ(fault(rsa(odd_number(2048), kF4)), "");
    EXPECT_EQ(fault(rsa(odd_number(8192), kF4)), "");
    EXPECT_EQ(fault(rsa('\0' + odd_number(8192), kF4)), "");
    for (const std::size_t bits : {8U, 1024U, 2047U, 8193U, 16384U}) {
        EXPECT_NE(fault(rsa(odd_number(bits), kF4)), "") << bits;
    }
    EXPECT_NE(fault(rsa(odd_number(2047) + '\xfe', kF4)), "");
}

TEST(Jwk, an_RSA_number_far_too_long_is_not_even_read) {
    EXPECT_EQ(fault(rsa(odd_number(16384), kF4)), "JWK has a malformed n or e");
    EXPECT_EQ(fault(rsa(odd_number(2048), odd_number(16384))), "JWK has a malformed n or e");
}

TEST(Jwk, an_RSA_exponent_is_odd_and_at_least_three) {
    const std::string n = odd_number(2048);
    EXPECT_EQ(fault(rsa(n, "\x03")), "");
    for (const std::string_view e :
         {std::string_view(), std::string_view("\0", 1), std::string_view("\x01"), std::string_view("\x02"),
          std::string_view("\x01\x00", 2), std::string_view(n)}) {
        EXPECT_NE(fault(rsa(n, e)), "") << encode_hex(e);
    }
    EXPECT_NE(fault({{"kty", "RSA"}, {"n", encode_base64url(n)}}), "");
    EXPECT_NE(fault({{"kty", "RSA"}, {"e", "AQAB"}}), "");
}

TEST(Jwk, a_key_for_another_purpose_fits_nothing) {
    EXPECT_TRUE(fits_es256(""));
    EXPECT_TRUE(fits_es256(R"(,"use":"sig","alg":"ES256","key_ops":["sign","verify"])"));
    for (const char* more :
         {R"(,"use":"enc")", R"(,"use":"")", R"(,"use":1)", R"(,"use":null)", R"(,"alg":"ES384")",
          R"(,"alg":"RS256")", R"(,"alg":"none")", R"(,"alg":"ECDH-ES")", R"(,"alg":1)", R"(,"key_ops":[])",
          R"(,"key_ops":["sign"])", R"(,"key_ops":"verify")", R"(,"key_ops":[1])",
          R"(,"use":"sig","key_ops":["encrypt"])"}) {
        EXPECT_FALSE(fits_es256(more)) << more;
    }
}

TEST(Jwk, an_algorithm_named_in_an_RSA_key_is_the_only_one) {
    const auto jwk = rsa(odd_number(2048), kF4);
    const VerifyKey any = VerifyKey::from_jwk(jwk).value();
    EXPECT_TRUE(any.fits(Algorithm::rs256) && any.fits(Algorithm::ps256));
    const VerifyKey one = VerifyKey::from_jwk(with(jwk, "alg", "PS256")).value();
    EXPECT_TRUE(one.fits(Algorithm::ps256));
    EXPECT_FALSE(one.fits(Algorithm::rs256));
}

TEST(Jwk, a_key_that_may_not_verify_does_not) {
    const SigningKey signer = SigningKey::generate();
    const auto jwk = parse_object(signer.verify_key().jwk()).value();
    const std::string signature = signer.sign(Algorithm::es256, "input");
    EXPECT_TRUE(VerifyKey::from_jwk(jwk).value().verify(Algorithm::es256, "input", signature));
    EXPECT_FALSE(
        VerifyKey::from_jwk(with(jwk, "use", "enc")).value().verify(Algorithm::es256, "input", signature));
}

}  // namespace
}  // namespace causeway::jose
