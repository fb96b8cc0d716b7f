#include "transcode/opus_fmtp.hpp"

#include <gtest/gtest.h>

#include <string>

#include "transcode/plan.hpp"

namespace causeway::transcode {
namespace {

TEST(OpusFmtp, a_receivers_wishes_are_read) {
    const OpusFmtp wishes = read_opus_fmtp(
        "maxplaybackrate=16000; sprop-stereo=1;maxaveragebitrate=20000 ;useinbandfec=1; USEDTX = "
        "1;cbr=1;minptime=40");
    EXPECT_EQ(wishes.max_playback_rate, 16000);
    EXPECT_EQ(wishes.max_average_bitrate, 20000);
    EXPECT_EQ(wishes.min_ptime, 40);
    EXPECT_TRUE(wishes.in_band_fec);
    EXPECT_TRUE(wishes.dtx);
    EXPECT_TRUE(wishes.constant_bitrate);
}

TEST(OpusFmtp, without_it_the_defaults_of_the_rfc_hold) {
    const OpusFmtp wishes = read_opus_fmtp("");
    EXPECT_FALSE(wishes.in_band_fec || wishes.dtx || wishes.constant_bitrate);
    EXPECT_FALSE(wishes.max_average_bitrate || wishes.max_playback_rate);
    EXPECT_EQ(wishes.min_ptime, 3);
}

TEST(OpusFmtp, what_cannot_be_meant_is_as_if_not_there) {
    for (const std::string fmtp :
         {"maxaveragebitrate=5999;maxplaybackrate=7999;useinbandfec=2;usedtx=-1;cbr=;minptime=0",
          "maxaveragebitrate=99999999999;maxplaybackrate=1e4;useinbandfec=yes;usedtx;=1;;;minptime=121",
          "useinbandfec1;maxaveragebitrate =;xmaxaveragebitrate=8000;\x01\xFF=1", ";;;;", "=",
          "useinbandfec"}) {
        const OpusFmtp wishes = read_opus_fmtp(fmtp);
        EXPECT_FALSE(wishes.max_average_bitrate || wishes.max_playback_rate) << fmtp;
        EXPECT_FALSE(wishes.in_band_fec || wishes.dtx || wishes.constant_bitrate) << fmtp;
        EXPECT_EQ(wishes.min_ptime, 3) << fmtp;
    }
    EXPECT_FALSE(read_opus_fmtp(std::string(100'000, ';') + "useinbandfec=1").in_band_fec);
}

TEST(OpusFmtp, packets_are_as_long_as_the_receiver_takes_them) {
    const auto time = [](int ptime, int least) {
        OpusFmtp fmtp;
        fmtp.min_ptime = least;
        return opus_packet_time(ptime, fmtp);
    };
    EXPECT_EQ(time(10, 3), 10);
    EXPECT_EQ(time(20, 10), 20);
    EXPECT_EQ(time(30, 10), 20);
    EXPECT_EQ(time(30, 30), 40);
    EXPECT_EQ(time(50, 10), 40);
    EXPECT_EQ(time(20, 40), 40);
    EXPECT_EQ(time(120, 10), 60);
    EXPECT_EQ(time(20, 120), 60);
}

TEST(OpusFmtp, the_plan_packs_opus_so) {
    sdp::AudioMedia browser;
    browser.formats = {{sdp::Codec::opus, PayloadType{111}, "minptime=40"}};
    sdp::AudioMedia sip;
    sip.formats = {{sdp::Codec::pcmu, PayloadType{0}, ""}};
    EXPECT_EQ(make_plan(browser, sip)->sip_to_browser.ptime_ms, 40);
    EXPECT_EQ(make_plan(browser, sip)->browser_to_sip.ptime_ms, 20);
}

}  // namespace
}  // namespace causeway::transcode
