#include "core/sdp/format_parameters.hpp"

#include <gtest/gtest.h>

#include <random>

namespace causeway::sdp {
namespace {

TEST(FormatParameters, a_value_is_found_whatever_stands_around_it) {
    EXPECT_EQ(fmtp_value("annexb=no", "annexb"), "no");
    EXPECT_EQ(fmtp_value(" AnnexB = \"no\" ; x", "annexb"), "no");
    EXPECT_EQ(fmtp_value("octet-align=1; mode-set=0,2, 4 ;crc=0", "mode-set"), "0,2, 4");
    EXPECT_EQ(fmtp_value(";;;a=1;;b=2;", "b"), "2");
    EXPECT_EQ(fmtp_value("vbr;cng=on", "vbr"), "");
    EXPECT_EQ(fmtp_value("a==1", "a"), "=1");
    EXPECT_EQ(fmtp_value("mode=20;mode=30", "mode"), "20");
    EXPECT_EQ(fmtp_value("modes=20", "mode"), std::nullopt);
    EXPECT_EQ(fmtp_value("", "mode"), std::nullopt);
    EXPECT_EQ(fmtp_value("0-15", "mode"), std::nullopt);
}

TEST(FormatParameters, a_number_is_all_digits_or_none) {
    EXPECT_EQ(fmtp_number<int>("mode = 20", "mode"), 20);
    EXPECT_EQ(fmtp_number<int>("mode=20ms", "mode"), std::nullopt);
    EXPECT_EQ(fmtp_number<int>("mode=-1", "mode"), std::nullopt);
    EXPECT_EQ(fmtp_number<int>("mode=99999999999999999999", "mode"), std::nullopt);
    EXPECT_EQ(fmtp_number<int>("mode", "mode"), std::nullopt);
}

TEST(FormatParameters, amr_is_bandwidth_efficient_with_all_modes_unless_said) {
    const auto amr = read_amr_parameters(Codec::amr, "").value();
    EXPECT_FALSE(amr.octet_align);
    EXPECT_EQ(amr.modes, 0x0FF);
    EXPECT_FALSE(amr.has_mode_set);
    EXPECT_EQ(amr.mode_change_period, 1);
    EXPECT_EQ(read_amr_parameters(Codec::amr_wb, "").value().modes, 0x1FF);
}

TEST(FormatParameters, amr_parameters_are_read_from_what_telephones_write) {
    const auto amr = read_amr_parameters(Codec::amr,
                                         "mode-change-capability=2; Octet-Align=1; mode-set=\"0, 2,4,7\"; "
                                         "mode-change-period=2; mode-change-neighbor=1; max-red=0; crc=0")
                         .value();
    EXPECT_TRUE(amr.octet_align);
    EXPECT_EQ(amr.modes, 0b10010101);
    EXPECT_EQ(amr.mode_change_period, 2);
    EXPECT_TRUE(amr.mode_change_neighbor);
}

TEST(FormatParameters, amr_that_is_packed_in_ways_not_spoken_here_is_unusable) {
    for (const char* fmtp : {"crc=1", "robust-sorting=1", "interleaving=5", "octet-align=1;interleaving",
                             "mode-set=9", "mode-set=0;mode-set=1;crc=1", "mode-set=x", "mode-set=,"}) {
        EXPECT_FALSE(is_usable(Codec::amr, fmtp)) << fmtp;
    }
    EXPECT_FALSE(is_usable(Codec::amr, "mode-set=8"));
    EXPECT_TRUE(is_usable(Codec::amr_wb, "mode-set=8"));
    EXPECT_TRUE(is_usable(Codec::g729, "crc=1"));
}

TEST(FormatParameters, what_we_declare_repeats_the_meaning_never_the_text) {
    EXPECT_EQ(own_fmtp(Codec::amr, "mode-set=7,\"0\" ; OCTET-ALIGN=1;evil=\"x"),
              "octet-align=1;mode-set=0,7;mode-change-capability=2");
    EXPECT_EQ(own_fmtp(Codec::amr_wb, ""), "mode-change-capability=2");
    EXPECT_EQ(own_fmtp(Codec::g729, "annexb=yes"), "annexb=no");
    EXPECT_EQ(own_fmtp(Codec::ilbc, "mode=20"), "mode=20");
    EXPECT_EQ(own_fmtp(Codec::ilbc, "mode=25"), "mode=30");
    EXPECT_EQ(own_fmtp(Codec::gsm, "anything"), "");
}

TEST(FormatParameters, payloads_go_on_as_they_are_only_between_equal_packings) {
    const auto same = [](Codec codec, const char* a, const char* b) {
        return is_same_packing({codec, {}, a}, {codec, {}, b});
    };
    EXPECT_TRUE(same(Codec::amr, "octet-align=1", "octet-align=1;mode-change-capability=2"));
    EXPECT_FALSE(same(Codec::amr, "octet-align=1", ""));
    EXPECT_FALSE(same(Codec::amr, "mode-set=7", ""));
    EXPECT_FALSE(same(Codec::ilbc, "mode=20", ""));
    EXPECT_TRUE(same(Codec::opus, "useinbandfec=1", ""));
    EXPECT_FALSE(is_same_packing({Codec::pcmu, {}, ""}, {Codec::pcma, {}, ""}));
}

TEST(FormatParameters, hostile_text_is_read_without_harm) {
    std::mt19937 random(1);
    constexpr std::string_view kAlphabet = "=;,\"' \t0129modesetcrac-\x80";
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        for (auto length = random() % 40; length > 0; --length) {
            text += kAlphabet[random() % kAlphabet.size()];
        }
        for (const Codec codec : kCodecs) {
            const std::string own = own_fmtp(codec, text);
            EXPECT_EQ(own_fmtp(codec, own), own) << text;
        }
    }
}

}  // namespace
}  // namespace causeway::sdp
