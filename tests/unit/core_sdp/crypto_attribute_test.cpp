#include "core/sdp/crypto_attribute.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace causeway::sdp {
namespace {

// RFC 4568 §4: thirty bytes in forty characters.
constexpr std::string_view kKey = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

std::string fault(const std::string& value) {
    const auto line = parse_crypto(value);
    return line ? "" : line.error().detail;
}

std::string with_key(const std::string& before, const std::string& after = "") {
    return before + std::string(kKey) + after;
}

TEST(CryptoAttribute, a_line_is_read_and_written_as_it_was) {
    const std::string text = with_key("1 AES_CM_128_HMAC_SHA1_80 inline:");
    const auto line = parse_crypto(text).value();
    EXPECT_EQ(line.tag, 1U);
    EXPECT_EQ(line.suite, CryptoSuite::aes_cm_128_sha1_80);
    EXPECT_EQ(line.key.bytes().size(), 30U);
    EXPECT_EQ(line.key.bytes().front(), 'w');
    EXPECT_EQ(crypto_text(line), text);
}

TEST(CryptoAttribute, each_suite_has_keys_of_its_own_length) {
    for (const CryptoLine& line : make_own_security(SrtpPolicy::required, {}).crypto) {
        EXPECT_EQ(parse_crypto(crypto_text(line)).value(), line);
        EXPECT_EQ(line.key.bytes().size(), key_and_salt_length(line.suite));
    }
    EXPECT_EQ(fault(with_key("1 AEAD_AES_256_GCM inline:")),
              "the key of a=crypto does not fit AEAD_AES_256_GCM");
}

TEST(CryptoAttribute, new_keys_are_new) {
    EXPECT_NE(make_own_security(SrtpPolicy::required, {}).crypto,
              make_own_security(SrtpPolicy::required, {}).crypto);
}

TEST(CryptoAttribute, a_lifetime_that_lasts_for_a_call_is_taken) {
    for (const char* lifetime : {"|2^20", "|2^48", "|1048576", "|2^31"}) {
        EXPECT_EQ(fault(with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", lifetime)), "") << lifetime;
    }
    EXPECT_EQ(fault(with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", "|2^19")),
              "the key's lifetime in a=crypto is too short for a call");
    for (const char* lifetime : {"|2^49", "|", "|2^", "|-1", "|2^20|2^20", "|2^99999999999999999999"}) {
        EXPECT_EQ(fault(with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", lifetime)),
                  "the key's lifetime in a=crypto is not readable")
            << lifetime;
    }
}

TEST(CryptoAttribute, a_master_key_identifier_is_read_and_written) {
    const auto mki = [](const char* text) {
        return parse_crypto(with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", text)).value().mki;
    };
    using Bytes = std::vector<std::uint8_t>;
    EXPECT_EQ(mki("|1:4"), (Bytes{0, 0, 0, 1}));
    EXPECT_EQ(mki("|2^20|1066:4"), (Bytes{0, 0, 4, 42}));
    EXPECT_EQ(mki("|255:1"), (Bytes{255}));
    EXPECT_EQ(mki("|18446744073709551615:16").size(), 16U);
    EXPECT_EQ(mki("|2^31"), Bytes{});
    const std::string text = with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", "|1066:4");
    EXPECT_EQ(crypto_text(parse_crypto(text).value()), text);
}

TEST(CryptoAttribute, hostile_master_key_identifiers_are_refused) {
    for (const char* mki : {"|:", "|1:", "|:4", "|1:0", "|1:17", "|1:129", "|-1:4", "|1:-4", "|x:4", "|1:4:4",
                            "|1:4|2^20", "|1:4|1:4", "|1:4|", "|18446744073709551616:16"}) {
        EXPECT_EQ(fault(with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", mki)),
                  "the master key identifier in a=crypto is not readable")
            << mki;
    }
    EXPECT_EQ(fault(with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", "|256:1")),
              "the master key identifier in a=crypto is longer than it says");
    EXPECT_EQ(fault(with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", "|2^20;inline:" + std::string(kKey))),
              "a=crypto has several keys, which is not supported");
}

TEST(CryptoAttribute, parameters_that_take_protection_away_are_refused) {
    for (const char* parameter : {"UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP", "KDR=3",
                                  "FEC_ORDER=FEC_SRTP", "FEC_KEY=inline:abc", "NEW_ONE"}) {
        EXPECT_THAT(fault(with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", std::string(" ") + parameter)),
                    testing::HasSubstr("not supported"))
            << parameter;
    }
    for (const char* parameter : {"WSH=128", "KDR=0", "-NEW_ONE=5"}) {
        EXPECT_EQ(fault(with_key("1 AES_CM_128_HMAC_SHA1_80 inline:", std::string(" ") + parameter)), "");
    }
}

TEST(CryptoAttribute, hostile_lines_are_refused_and_their_keys_never_repeated) {
    const std::string key(kKey);
    const std::string suite = "1 AES_CM_128_HMAC_SHA1_80 ";
    const std::vector<std::string> lines{"",
                                         "1",
                                         suite,
                                         "x AES_CM_128_HMAC_SHA1_80 inline:" + key,
                                         "-1 AES_CM_128_HMAC_SHA1_80 inline:" + key,
                                         "1234567890 AES_CM_128_HMAC_SHA1_80 inline:" + key,
                                         "1 F8_128_HMAC_SHA1_80 inline:" + key,
                                         suite + "uri:" + key,
                                         suite + "inline:" + key + key,
                                         suite + "inline:" + key.substr(1),
                                         suite + "inline:!" + key.substr(1),
                                         suite + "inline:",
                                         suite + "inline:====",
                                         suite + "inline:" + std::string(60000, 'A')};
    for (const std::string& text : lines) {
        const std::string why = fault(text);
        EXPECT_NE(why, "") << text;
        EXPECT_EQ(why.find(key.substr(1)), std::string::npos);
    }
}

TEST(CryptoAttribute, of_many_lines_the_usable_ones_count_each_tag_once) {
    MediaSection section;
    section.add_attribute("crypto:1 F8_128_HMAC_SHA1_80 inline:abc");
    section.add_attribute(with_key("crypto:2 AES_CM_128_HMAC_SHA1_32 inline:"));
    section.add_attribute(with_key("crypto:2 AES_CM_128_HMAC_SHA1_80 inline:"));
    section.add_attribute(with_key("crypto:3 AES_CM_128_HMAC_SHA1_80 inline:"));
    for (int i = 0; i < 1000; ++i)
        section.add_attribute(with_key("crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"));
    MediaSecurity security;
    read_crypto(section, security);
    ASSERT_EQ(security.crypto.size(), 3U);
    EXPECT_EQ(security.crypto[0].suite, CryptoSuite::aes_cm_128_sha1_32);
    EXPECT_EQ(security.crypto[1].tag, 3U);
    EXPECT_EQ(security.crypto_fault, "a=crypto has the suite 'F8_128_HMAC_SHA1_80', which is not supported");
}

}  // namespace
}  // namespace causeway::sdp
