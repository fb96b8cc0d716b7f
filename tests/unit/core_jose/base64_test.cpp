// One text for each value: the forms of RFC 4648 that are taken and those that are not.
#include "core/jose/base64.hpp"

#include <gtest/gtest.h>

namespace causeway::jose {
namespace {

TEST(Base64, the_vectors_of_RFC_4648_are_met) {
    const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : vectors) {
        EXPECT_EQ(encode_base64(bytes), text);
        EXPECT_EQ(decode_base64(text), bytes);
        const std::string bare = std::string(text).substr(0, std::string(text).find('='));
        EXPECT_EQ(encode_base64url(bytes), bare);
        EXPECT_EQ(decode_base64url(bare), bytes);
    }
}

TEST(Base64, every_byte_survives_in_both_alphabets) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
    EXPECT_EQ(decode_base64url(encode_base64url(bytes)), bytes);
    EXPECT_EQ(encode_base64("\xfb\xff"), "+/8=");
    EXPECT_EQ(encode_base64url("\xfb\xff"), "-_8");
}

TEST(Base64, bits_left_over_must_be_zero) {
    EXPECT_FALSE(decode_base64url("Zh").has_value());
    EXPECT_FALSE(decode_base64url("Zm9").has_value());
    EXPECT_FALSE(decode_base64("Zh==").has_value());
    EXPECT_FALSE(decode_base64("Zm9=").has_value());
}

TEST(Base64, the_URL_form_has_no_padding_and_no_foreign_characters) {
    for (const char* text :
         {"Zg==", "Zm8=", "+/8", "Zm 9v", "Zm9v\n", "Z", "A", "Zm9vY", "Zm9vA", "=", "Zm9\xc3"}) {
        EXPECT_FALSE(decode_base64url(text).has_value()) << text;
    }
    EXPECT_FALSE(decode_base64url(std::string_view("Zm\0v", 4)).has_value());
}

TEST(Base64, the_plain_form_is_padded_exactly) {
    for (const char* text :
         {"Zg", "Zg=", "Zg===", "=", "==", "===", "====", "Z===", "Zg==Zg==", "-_8=", "Zm8=\n"}) {
        EXPECT_FALSE(decode_base64(text).has_value()) << text;
    }
}

TEST(Hex, is_lower_case) {
    EXPECT_EQ(encode_hex(std::string_view("\x00\x9f\xff", 3)), "009fff");
}

}  // namespace
}  // namespace causeway::jose
