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
    const auto [notes, faults] =
        leave_out_missing_codecs(config, [](Codec codec) { return codec != Codec::gsm; });
    EXPECT_THAT(notes, ElementsAre("trunk carrier: this machine's FFmpeg has no encoder for gsm; it is not "
                                   "offered"));
    EXPECT_THAT(faults, ElementsAre());
    EXPECT_THAT(config.trunks.front().codecs, ElementsAre(Codec::pcma, Codec::ilbc));
    EXPECT_THAT(config.media.browser_codecs, ElementsAre(Codec::opus, Codec::clearmode));
}

TEST(MissingCodecs, a_trunk_without_any_is_a_fault_and_not_a_trunk_with_the_default_ones) {
    config::Config config;
    config.trunks.push_back({});
    config.trunks.front().name = "satellite";
    config.trunks.front().codecs = {Codec::amr, Codec::ilbc};
    const auto found = leave_out_missing_codecs(config, [](Codec codec) { return codec != Codec::amr; });
    EXPECT_THAT(found.faults, ElementsAre("trunk satellite: this machine can encode none of its codecs"));
}

TEST(MissingCodecs, a_trunk_that_names_no_codecs_keeps_the_default_ones) {
    config::Config config;
    config.trunks.push_back({});
    EXPECT_THAT(leave_out_missing_codecs(config, [](Codec) { return true; }).faults, ElementsAre());
}

}  // namespace
}  // namespace causeway::app
