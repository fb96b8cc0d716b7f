#include "gateway/http/password_hash.hpp"

#include <gtest/gtest.h>

namespace causeway::http {
namespace {

TEST(PasswordHash, the_password_fits_its_hash_and_no_other_does) {
    const std::string hash = hash_password("correct horse");
    EXPECT_TRUE(is_password_hash(hash));
    EXPECT_TRUE(verify_password("correct horse", hash));
    EXPECT_FALSE(verify_password("correct Horse", hash));
    EXPECT_FALSE(verify_password("", hash));
}

TEST(PasswordHash, two_hashes_of_one_password_differ) {
    EXPECT_NE(hash_password("x"), hash_password("x"));
}

// Computed by another implementation (Python's hashlib.scrypt).
TEST(PasswordHash, hashes_of_other_programs_are_understood) {
    EXPECT_TRUE(verify_password("pleaseletmein",
                                "scrypt$16384$8$1$U29kaXVtQ2hsb3JpZGU=$"
                                "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI="));
}

TEST(PasswordHash, broken_and_unaffordable_hashes_fit_nothing) {
    for (const char* hash :
         {"", "scrypt", "plain$1$1$1$eA==$eA==", "scrypt$16384$8$1$$", "scrypt$16384$8$1$U29k$U29k",
          "scrypt$16383$8$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
          "scrypt$1073741824$8$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
          "scrypt$65536$16$1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
          "scrypt$16384$8$-1$U29kaXVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI=",
          "scrypt$16384$8$1$U29k!XVtQ2hsb3JpZGU=$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI="}) {
        EXPECT_FALSE(is_password_hash(hash)) << hash;
        EXPECT_FALSE(verify_password("pleaseletmein", hash)) << hash;
    }
}

TEST(PasswordHash, an_empty_secret_is_no_secret) {
    EXPECT_TRUE(equal_secrets("token", "token"));
    EXPECT_FALSE(equal_secrets("token", "tokeN"));
    EXPECT_FALSE(equal_secrets("tok", "token"));
    EXPECT_FALSE(equal_secrets("", ""));
}

}  // namespace
}  // namespace causeway::http
