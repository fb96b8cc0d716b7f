#include "gateway/app/missing_codecs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace causeway::app {
namespace {

using sdp::Codec;
using testing::ElementsAre;

TEST(MissingCodecs, what_cannot_be_encoded_is_told_and_not_offered) {
    config::Config config;
    config.media.browser_codecs = {Codec::opus, Codec::clearmode};
    config.trunks.push_back({});
    config.trunks.front().name = "carrier";
    config.trunks.front().codecs = {Codec::gsm, Codec::pcma, Codec::ilbc};
    const auto notes = leave_out_missing_codecs(config, [](Codec codec) { return codec != Codec::gsm; });
    EXPECT_THAT(notes, ElementsAre("trunk carrier: this machine's FFmpeg has no encoder for gsm; it is not "
                                   "offered"));
    EXPECT_THAT(config.trunks.front().codecs, ElementsAre(Codec::pcma, Codec::ilbc));
    EXPECT_THAT(config.media.browser_codecs, ElementsAre(Codec::opus, Codec::clearmode));
}

}  // namespace
}  // namespace causeway::app
