#include "tests/load/options.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace causeway::load {
namespace {

using namespace std::chrono_literals;

std::optional<Options> parse(std::vector<const char*> words, std::string* said = nullptr) {
    words.insert(words.begin(), "causeway-load");
    std::ostringstream out;
    int status = 0;
    const auto options = parse_options(static_cast<int>(words.size()), words.data(), out, status);
    if (said != nullptr) *said = out.str();
    return options;
}

TEST(LoadOptions, durations_have_units) {
    EXPECT_EQ(parse_duration("20"), 20s);
    EXPECT_EQ(parse_duration("20s"), 20s);
    EXPECT_EQ(parse_duration("5m"), 5min);
    EXPECT_EQ(parse_duration("1h"), 1h);
    for (const char* wrong : {"", "s", "-1s", "1d", "1.5s"}) EXPECT_FALSE(parse_duration(wrong)) << wrong;
}

TEST(LoadOptions, stages_grow) {
    EXPECT_EQ(parse_stages("50,100,200"), (std::vector<int>{50, 100, 200}));
    for (const char* wrong : {"", "0", "100,50", "50,", "50,x"}) EXPECT_FALSE(parse_stages(wrong)) << wrong;
}

TEST(LoadOptions, codecs_are_a_pair) {
    const auto options = parse({"--start", "causeway", "--codec", "opus-g722", "--rate", "max"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->browser_codec, sdp::Codec::opus);
    EXPECT_EQ(options->sip_codec, sdp::Codec::g722);
    EXPECT_EQ(options->rate, 0);
}

TEST(LoadOptions, calls_come_and_go_for_longer_than_each_lasts) {
    const auto options =
        parse({"--start", "causeway", "--call-time", "2s", "--hold", "5m", "--telephones", "127.0.0.1:5070"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->call_time, 2s);
    EXPECT_EQ(options->telephones, "127.0.0.1:5070");
    EXPECT_FALSE(parse({"--start", "causeway", "--call-time", "2s", "--hold", "1s"}));
    EXPECT_FALSE(parse({"--start", "causeway", "--call-time", "2s", "--hold", "5m", "--rate", "max"}));
    EXPECT_FALSE(parse({"--start", "causeway", "--telephones", "127.0.0.1:5070"}));
}

TEST(LoadOptions, what_cannot_be_is_said) {
    std::string said;
    EXPECT_FALSE(parse({}, &said));
    EXPECT_NE(said.find("--url"), std::string::npos);
    EXPECT_FALSE(parse({"--start", "asterisk"}, &said));
    EXPECT_NE(said.find("asterisk"), std::string::npos);
    EXPECT_FALSE(parse({"--start", "causeway", "--codec", "opus"}, &said));
    EXPECT_FALSE(parse({"--start", "causeway", "--steady", "soon"}, &said));
    EXPECT_NE(said.find("--steady cannot be \"soon\""), std::string::npos);
}

TEST(LoadOptions, numbers_without_sense_are_refused_by_name) {
    const std::vector<std::vector<const char*>> senseless{{"--rate", "0"},
                                                          {"--rate", "-5"},
                                                          {"--rate", "fast"},
                                                          {"--steady", "0"},
                                                          {"--listeners", "-1"},
                                                          {"--threads", "10"},
                                                          {"--system-threads", "-1"},
                                                          {"--calls-per-port", "0"},
                                                          {"--calls-per-connection", "0"},
                                                          {"--sip-port", "70000"}};
    for (const auto& words : senseless) {
        std::string said;
        EXPECT_FALSE(parse({"--start", "causeway", words[0], words[1]}, &said)) << words[0];
        EXPECT_NE(said.find(std::string(words[0]) + " is "), std::string::npos) << said;
    }
    EXPECT_TRUE(parse({"--start", "causeway", "--rate", "1", "--steady", "1s", "--listeners", "0"}));
}

}  // namespace
}  // namespace causeway::load
