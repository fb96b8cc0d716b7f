#include "tests/load/report.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace causeway::load {
namespace {

Options converted() {
    Options options;
    options.browser_codec = sdp::Codec::opus;
    options.calls = {1};
    return options;
}

StageReport good() {
    StageReport stage;
    stage.wanted = stage.up = 1;
    for (Tally* const tally : {&stage.window.to_sip, &stage.window.to_browser}) {
        tally->sent = tally->received = 100;
        tally->audio_delay.add(1'000'000);
    }
    return stage;
}

TEST(LoadReport, sound_that_is_missing_without_a_hole_in_the_numbers_is_not_clean) {
    StageReport stage = good();
    EXPECT_TRUE(is_clean(stage, converted()));
    stage.window.to_browser.missing = 6;
    EXPECT_FALSE(is_clean(stage, converted()));
}

TEST(LoadReport, a_generator_that_was_too_busy_to_set_up_says_so) {
    StageReport stage = good();
    stage.setup_own.seconds = 2;
    stage.setup_own.cpu_seconds = 1.5;
    EXPECT_EQ(stage.setup_limit(1), "");
    stage.setup_own.cpu_seconds = 1.9;
    EXPECT_EQ(stage.setup_limit(1), "its threads were busy for 95 % of the time");
    EXPECT_EQ(stage.setup_limit(2), "");
    EXPECT_EQ(stage.generator_limit(1), "");
    std::ostringstream staged;
    print_stage(staged, stage, converted());
    EXPECT_NE(staged.str().find("THE GENERATOR WAS THE BOTTLENECK IN SET-UP"), std::string::npos);
    std::ostringstream churned;
    print_churn_end(churned, stage, converted());
    EXPECT_NE(churned.str().find("THE GENERATOR WAS THE BOTTLENECK: its threads"), std::string::npos);
    EXPECT_NE(to_json(converted(), {stage}, {}, 0, "").find("\"limit\":\"its threads"), std::string::npos);
}

TEST(LoadReport, a_generator_that_was_late_or_lost_packets_says_so) {
    StageReport stage = good();
    stage.window.own.lateness.add(20'000'000);
    stage.window.own.overflows = 3;
    const std::string limit = stage.generator_limit(1);
    EXPECT_NE(limit.find("late (p99)"), std::string::npos) << limit;
    EXPECT_NE(limit.find("3 packets too late"), std::string::npos) << limit;
    std::ostringstream out;
    print_minute(out, 1, stage, converted());
    EXPECT_NE(out.str().find("generator late"), std::string::npos);
}

TEST(LoadReport, a_minute_is_judged_by_all_threads_of_the_generator) {
    StageReport stage = good();
    stage.window.own.seconds = 60;
    stage.window.own.cpu_seconds = 90;
    Options options = converted();
    options.threads = 2;
    std::ostringstream out;
    print_minute(out, 1, stage, options);
    EXPECT_EQ(out.str().find("generator late"), std::string::npos);
}

TEST(LoadReport, why_calls_ended_while_they_were_measured_is_told) {
    StageReport stage = good();
    stage.endings["the connection is closed"] = 4;
    std::ostringstream out;
    print_minute(out, 1, stage, converted());
    EXPECT_NE(out.str().find("4 times while measuring: the connection is closed"), std::string::npos);
    const std::string json = to_json(converted(), {}, {stage}, 0, "stopped by SIGINT");
    EXPECT_NE(json.find("\"endings\":{\"the connection is closed\":4}"), std::string::npos);
    EXPECT_NE(json.find("\"ended_early\":\"stopped by SIGINT\""), std::string::npos);
}

}  // namespace
}  // namespace causeway::load
