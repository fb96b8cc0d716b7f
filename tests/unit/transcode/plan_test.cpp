#include "transcode/plan.hpp"

#include <gtest/gtest.h>

#include "transcode/codec.hpp"

namespace causeway::transcode {
namespace {

using sdp::AudioFormat;
using sdp::AudioMedia;
using sdp::Codec;
using sdp::EventFormat;

AudioFormat format(Codec codec, std::uint8_t payload_type) {
    return {codec, PayloadType{payload_type}, ""};
}

AudioMedia media(std::vector<AudioFormat> formats, std::vector<EventFormat> events = {}) {
    AudioMedia described;
    described.formats = std::move(formats);
    described.events = std::move(events);
    return described;
}

BridgePlan plan(const AudioMedia& browser, const AudioMedia& sip) {
    return make_plan(browser, sip).value();
}

TEST(Plan, unlike_codecs_are_converted_both_ways) {
    const auto made =
        plan(media({format(Codec::opus, 111), format(Codec::pcmu, 0)}), media({format(Codec::pcma, 8)}));
    EXPECT_EQ(made.browser_to_sip.from, format(Codec::opus, 111));
    EXPECT_EQ(made.browser_to_sip.to, format(Codec::pcma, 8));
    EXPECT_FALSE(made.browser_to_sip.pass_through);
    EXPECT_EQ(made.sip_to_browser.from, format(Codec::pcma, 8));
    EXPECT_EQ(made.sip_to_browser.to, format(Codec::opus, 111));
    EXPECT_FALSE(made.sip_to_browser.pass_through);
}

TEST(Plan, what_both_have_passes_through_even_if_sip_prefers_another) {
    const auto made =
        plan(media({format(Codec::opus, 111)}), media({format(Codec::pcmu, 0), format(Codec::opus, 96)}));
    EXPECT_TRUE(made.browser_to_sip.pass_through);
    EXPECT_EQ(made.browser_to_sip.from, format(Codec::opus, 111));
    EXPECT_EQ(made.browser_to_sip.to, format(Codec::opus, 96));
    EXPECT_TRUE(made.sip_to_browser.pass_through);
    EXPECT_EQ(made.sip_to_browser.from, format(Codec::opus, 96));
    EXPECT_EQ(made.sip_to_browser.to, format(Codec::opus, 111));
}

TEST(Plan, a_level_that_is_changed_lets_nothing_pass_through) {
    const auto made = plan(media({format(Codec::pcmu, 0)}), media({format(Codec::pcmu, 0)}));
    EXPECT_TRUE(made.browser_to_sip.pass_through);
    EXPECT_EQ(with_level(made.browser_to_sip, {}), made.browser_to_sip);
    for (const LevelSettings& level :
         {LevelSettings{-3, false, false}, LevelSettings{0, true, false}, LevelSettings{0, false, true}}) {
        const LanePlan changed = with_level(made.browser_to_sip, level);
        EXPECT_FALSE(changed.pass_through);
        EXPECT_EQ(changed.level, level);
        EXPECT_EQ(changed.to, made.browser_to_sip.to);
    }
}

TEST(Plan, data_that_is_no_sound_passes_whatever_the_level) {
    LanePlan plan;
    plan.from = plan.to = format(Codec::clearmode, 97);
    plan.pass_through = true;
    EXPECT_EQ(with_level(plan, {6, true, true}), plan);
}

TEST(Plan, tones_need_sound_that_is_decoded_and_leave_no_events) {
    auto side = media({format(Codec::pcmu, 0)});
    side.events = {{PayloadType{101}, 8000}};
    const auto made = plan(side, side);
    EXPECT_EQ(with_digits(made.browser_to_sip, {}), made.browser_to_sip);
    const LanePlan tones = with_digits(made.browser_to_sip, {.as_tones = true});
    EXPECT_FALSE(tones.pass_through);
    EXPECT_FALSE(tones.events_to);
    const LanePlan elsewhere = with_digits(made.browser_to_sip, {.elsewhere = true});
    EXPECT_TRUE(elsewhere.pass_through);
    EXPECT_FALSE(elsewhere.events_to);
    const LanePlan heard = with_digits(made.sip_to_browser, {.hear_tones = true});
    EXPECT_FALSE(heard.pass_through);
    EXPECT_TRUE(heard.events_to);
}

TEST(Plan, the_narrower_codec_sets_the_sample_rate) {
    const auto rate = [](Codec browser, Codec sip) {
        const auto made = plan(media({format(browser, 96)}), media({format(sip, 97)}));
        EXPECT_EQ(made.browser_to_sip.sample_rate, made.sip_to_browser.sample_rate);
        return made.browser_to_sip.sample_rate;
    };
    EXPECT_EQ(rate(Codec::opus, Codec::pcmu), 8000);
    EXPECT_EQ(rate(Codec::opus, Codec::pcma), 8000);
    EXPECT_EQ(rate(Codec::opus, Codec::g722), 16000);
    EXPECT_EQ(rate(Codec::opus, Codec::opus), 48000);
    EXPECT_EQ(rate(Codec::g722, Codec::g722), 16000);
    EXPECT_EQ(rate(Codec::g722, Codec::pcmu), 8000);
    EXPECT_EQ(rate(Codec::pcmu, Codec::pcma), 8000);
    EXPECT_EQ(rate(Codec::opus, Codec::g729), 8000);
    EXPECT_EQ(rate(Codec::opus, Codec::amr_wb), 16000);
    EXPECT_EQ(rate(Codec::g722, Codec::amr), 8000);
    EXPECT_EQ(rate(Codec::g722, Codec::speex_wb), 16000);
    EXPECT_EQ(rate(Codec::pcmu, Codec::amr_wb), 8000);
    EXPECT_EQ(rate(Codec::opus, Codec::l16_wb), 16000);
}

TEST(Plan, every_pair_that_may_be_planned_has_its_codecs) {
    for (const Codec browser : sdp::kCodecs) {
        for (const Codec sip : sdp::kCodecs) {
            const auto made = make_plan(media({format(browser, 96)}), media({format(sip, 97)}));
            const bool clear = browser == Codec::clearmode || sip == Codec::clearmode;
            ASSERT_EQ(made.has_value(), !clear || browser == sip);
            if (!made || made->browser_to_sip.pass_through) continue;
            const int rate = made->browser_to_sip.sample_rate;
            EXPECT_TRUE(supports_sample_rate(browser, rate) && supports_sample_rate(sip, rate));
        }
    }
}

TEST(Plan, clear_mode_is_passed_on_or_not_agreed_at_all) {
    const auto clear = format(Codec::clearmode, 97);
    const auto made = plan(media({clear, format(Codec::opus, 111)}), media({format(Codec::pcma, 8), clear}));
    EXPECT_TRUE(made.browser_to_sip.pass_through);
    EXPECT_TRUE(made.sip_to_browser.pass_through);
    EXPECT_EQ(plan(media({clear, format(Codec::opus, 111)}), media({format(Codec::pcma, 8)}))
                  .browser_to_sip.from.codec,
              Codec::opus);
    EXPECT_EQ(plan(media({format(Codec::opus, 111)}), media({clear, format(Codec::pcma, 8)}))
                  .browser_to_sip.to.codec,
              Codec::pcma);
    EXPECT_EQ(make_plan(media({format(Codec::opus, 111)}), media({clear})).error().detail,
              "what the browser and the SIP side send cannot be turned into each other");
}

TEST(Plan, equal_codecs_in_unequal_packings_are_made_anew) {
    const AudioFormat aligned{Codec::amr, PayloadType{97}, "octet-align=1"};
    EXPECT_FALSE(plan(media({format(Codec::amr, 96)}), media({aligned})).browser_to_sip.pass_through);
    EXPECT_TRUE(plan(media({aligned}), media({aligned})).browser_to_sip.pass_through);
}

TEST(Plan, packets_are_whole_frames_of_the_codec_that_is_sent) {
    AudioMedia sip = media({format(Codec::amr, 97)});
    sip.ptime_ms = 30;
    EXPECT_EQ(plan(media({format(Codec::opus, 111)}), sip).browser_to_sip.ptime_ms, 20);
    sip = media({format(Codec::g729, 18)});
    sip.ptime_ms = 30;
    EXPECT_EQ(plan(media({format(Codec::opus, 111)}), sip).browser_to_sip.ptime_ms, 30);
}

TEST(Plan, events_have_the_clock_of_the_audio_on_each_side) {
    const auto made =
        plan(media({format(Codec::opus, 111)}, {{PayloadType{126}, 8000}, {PayloadType{110}, 48000}}),
             media({format(Codec::pcmu, 0)}, {{PayloadType{102}, 48000}, {PayloadType{101}, 8000}}));
    EXPECT_EQ(made.browser_to_sip.events_from, (EventFormat{PayloadType{110}, 48000}));
    EXPECT_EQ(made.browser_to_sip.other_events_from, (std::vector{EventFormat{PayloadType{126}, 8000}}));
    EXPECT_EQ(made.browser_to_sip.events_to, (EventFormat{PayloadType{101}, 8000}));
    EXPECT_EQ(made.sip_to_browser.events_from, (EventFormat{PayloadType{101}, 8000}));
    EXPECT_EQ(made.sip_to_browser.events_to, (EventFormat{PayloadType{110}, 48000}));
}

TEST(Plan, events_of_another_clock_are_better_than_none) {
    const auto made =
        plan(media({format(Codec::opus, 109)}, {{PayloadType{101}, 8000}}), media({format(Codec::pcmu, 0)}));
    EXPECT_EQ(made.browser_to_sip.events_from, (EventFormat{PayloadType{101}, 8000}));
    EXPECT_EQ(made.browser_to_sip.events_to, std::nullopt);
    EXPECT_EQ(made.sip_to_browser.events_from, std::nullopt);
    EXPECT_EQ(made.sip_to_browser.events_to, (EventFormat{PayloadType{101}, 8000}));
}

TEST(Plan, packets_are_as_long_as_their_receiver_likes_within_reason) {
    const auto to_sip = [](int wanted) {
        AudioMedia sip = media({format(Codec::pcmu, 0)});
        sip.ptime_ms = wanted;
        const auto made = plan(media({format(Codec::opus, 111)}), sip);
        EXPECT_EQ(made.sip_to_browser.ptime_ms, 20);
        return made.browser_to_sip.ptime_ms;
    };
    EXPECT_EQ(to_sip(10), 10);
    EXPECT_EQ(to_sip(25), 20);
    EXPECT_EQ(to_sip(30), 30);
    EXPECT_EQ(to_sip(120), 60);
}

TEST(Plan, g711_is_packed_anew_for_a_receiver_of_other_packets) {
    const AudioMedia browser = media({format(Codec::pcmu, 0), format(Codec::opus, 111)});
    AudioMedia sip = media({format(Codec::pcmu, 0)});
    sip.ptime_ms = 30;
    EXPECT_FALSE(plan(browser, sip).browser_to_sip.pass_through);
    EXPECT_EQ(plan(browser, sip).browser_to_sip.ptime_ms, 30);
    // The browser has not asked for anything.
    EXPECT_TRUE(plan(browser, sip).sip_to_browser.pass_through);
    // Opus would be worse for it.
    sip.formats = {format(Codec::opus, 96)};
    EXPECT_TRUE(plan(media({format(Codec::opus, 111)}), sip).browser_to_sip.pass_through);
}

TEST(Plan, a_browser_gets_opus_as_it_asks_and_opus_can) {
    const auto to_browser = [](int ptime, const char* fmtp) {
        AudioMedia browser = media({{Codec::opus, PayloadType{111}, fmtp}});
        browser.ptime_ms = ptime;
        return plan(browser, media({format(Codec::pcmu, 0)})).sip_to_browser.ptime_ms;
    };
    EXPECT_EQ(to_browser(10, ""), 10);
    EXPECT_EQ(to_browser(20, ""), 20);
    EXPECT_EQ(to_browser(30, ""), 20);
    EXPECT_EQ(to_browser(40, ""), 40);
    EXPECT_EQ(to_browser(50, ""), 40);
    EXPECT_EQ(to_browser(60, ""), 60);
    EXPECT_EQ(to_browser(120, ""), 60);
    EXPECT_EQ(to_browser(10, "minptime=20"), 20);
}

TEST(Plan, a_side_without_codecs_is_named) {
    const AudioMedia some = media({format(Codec::pcmu, 0)});
    EXPECT_EQ(make_plan(media({}), some).error().detail, "no codec was agreed with the browser");
    EXPECT_EQ(make_plan(some, media({})).error().detail, "no codec was agreed with the SIP side");
}

}  // namespace
}  // namespace causeway::transcode
