// The published examples, and what is no compact form.
#include "core/jose/jws.hpp"

#include <gmock/gmock.h>

#include <boost/json/object.hpp>

#include "core/jose/base64.hpp"
#include "core/jose/strict_json.hpp"
#include "tests/support/test_certificates.hpp"

namespace causeway::jose {
namespace {

using testing::StartsWith;

/// RFC 7515 Appendix A.1 to A.3 sign the same payload.
constexpr std::string_view kPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

VerifyKey jwk(std::string_view text) {
    return VerifyKey::from_jwk(parse_object(text).value()).value();
}

bool verifies(const VerifyKey& key, Algorithm algorithm, const std::string& token) {
    const CompactJws jws = split(token).value();
    return key.verify(algorithm, jws.signing_input, jws.signature);
}

std::string fault(std::string_view token, std::size_t longest = kLongestJws) {
    const auto jws = split(token, longest);
    return jws ? "" : jws.error().detail;
}

TEST(Jws, the_example_of_RFC_7515_A_1_is_verified_by_HS256) {
    const auto secret = decode_base64url(
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    const std::string token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + std::string(kPayload) +
                              ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    EXPECT_TRUE(verifies(VerifyKey::from_secret(*secret).value(), Algorithm::hs256, token));
    const CompactJws jws = split(token).value();
    EXPECT_EQ(sign(SigningKey::from_secret(*secret).value(), Algorithm::hs256, jws.header, jws.payload),
              token);
}

TEST(Jws, the_example_of_RFC_7515_A_2_is_verified_by_RS256) {
    const VerifyKey key = jwk(
        R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJ)"
        R"(rcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXnd)"
        R"(S5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-D)"
        R"(WNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})");
    const std::string token =
        "eyJhbGciOiJSUzI1NiJ9." + std::string(kPayload) +
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
        "O8W2Fp5jujGbds9uJd"
        "bF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_"
        "eSN9383"
        "LcOLn6_dO--xi12jzDwusC-"
        "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWyw"
        "lVmtVrBp0igcN_IoypGlUPQGe77Rw";
    EXPECT_TRUE(verifies(key, Algorithm::rs256, token));
    EXPECT_FALSE(verifies(key, Algorithm::ps256, token));
}

TEST(Jws, the_example_of_RFC_7515_A_3_is_verified_by_ES256) {
    const VerifyKey key =
        jwk(R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
            R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
    const std::string token =
        "eyJhbGciOiJFUzI1NiJ9." + std::string(kPayload) +
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    EXPECT_TRUE(verifies(key, Algorithm::es256, token));
    EXPECT_FALSE(verifies(key, Algorithm::es384, token));
}

TEST(Jws, the_example_of_RFC_8037_A_4_is_verified_by_EdDSA) {
    const VerifyKey key =
        jwk(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
    EXPECT_TRUE(
        verifies(key, Algorithm::eddsa,
                 "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
                 "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"));
}

TEST(Jws, what_is_signed_is_the_texts_byte_for_byte) {
    const SigningKey key = SigningKey::generate();
    const std::string token = sign(key, Algorithm::es256, "{ \"alg\" : \"ES256\" }", "not even JSON");
    const CompactJws jws = split(token).value();
    EXPECT_EQ(jws.header, "{ \"alg\" : \"ES256\" }");
    EXPECT_EQ(jws.payload, "not even JSON");
    EXPECT_EQ(jws.signature.size(), 64U);
    EXPECT_TRUE(key.verify_key().verify(Algorithm::es256, jws.signing_input, jws.signature));
}

TEST(Jws, a_key_that_does_not_fit_signs_nothing) {
    EXPECT_EQ(sign(SigningKey::generate(), Algorithm::rs256, "{}", "{}"), "");
    EXPECT_EQ(sign(SigningKey::generate(), Algorithm::hs256, "{}", "{}"), "");
}

TEST(Jws, a_token_has_three_parts) {
    for (const char* token : {"", ".", "YQ", "YQ.YQ", "YQ.YQ.YQ.YQ", "YQ.YQ.YQ.", "...."}) {
        EXPECT_THAT(fault(token), StartsWith("parts")) << token;
    }
}

TEST(Jws, each_part_is_canonical_base64url) {
    for (const char* token :
         {"YR.YQ.YQ", "YQ.YR.YQ", "YQ.YQ.YR", "YQ==.YQ.YQ", "YQ.YQ.YQ\n", " YQ.YQ.YQ", "YQ.Y.YQ"}) {
        EXPECT_THAT(fault(token), StartsWith("base64")) << token;
    }
    EXPECT_EQ(fault("YQ.YQ.YQ"), "");
}

TEST(Jws, a_token_that_is_too_long_is_refused) {
    EXPECT_EQ(fault("YQ.YQ.YQ", 8), "");
    EXPECT_EQ(fault("YQ.YQ.YQ", 7), "too long");
    EXPECT_EQ(fault(std::string(kLongestJws + 1, 'A')), "too long");
}

}  // namespace
}  // namespace causeway::jose
