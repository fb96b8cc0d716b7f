#include "gateway/app/options.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

namespace causeway::app {
namespace {

struct Parsed {
    std::optional<Options> options;
    std::string errors;
};

Parsed parse(std::vector<const char*> words) {
    words.insert(words.begin(), "causeway");
    std::ostringstream errors;
    auto options = parse_options(static_cast<int>(words.size()), words.data(), errors);
    return {options, errors.str()};
}

TEST(Options, the_demo_needs_no_configuration) {
    const auto parsed = parse({"--demo"});
    ASSERT_TRUE(parsed.options);
    EXPECT_TRUE(parsed.options->demo);
    EXPECT_EQ(parsed.options->mode, Options::Mode::run);
}

TEST(Options, a_run_needs_a_configuration_and_says_so) {
    const auto parsed = parse({});
    EXPECT_FALSE(parsed.options);
    EXPECT_NE(parsed.errors.find("--config FILE"), std::string::npos);
    EXPECT_NE(parsed.errors.find("--demo"), std::string::npos);
}

TEST(Options, unknown_options_and_stray_words_are_refused) {
    EXPECT_FALSE(parse({"--demmo"}).options);
    EXPECT_FALSE(parse({"--demo", "stray"}).options);
    EXPECT_NE(parse({"--demmo"}).errors.find("--help"), std::string::npos);
}

TEST(Options, demo_and_configuration_exclude_each_other) {
    EXPECT_FALSE(parse({"--demo", "--config", "x.yaml"}).options);
}

TEST(Options, check_and_print_take_a_file) {
    EXPECT_EQ(parse({"--check-config", "--config", "x.yaml"}).options->mode, Options::Mode::check_config);
    EXPECT_EQ(parse({"--print-config", "--demo"}).options->mode, Options::Mode::print_config);
    EXPECT_FALSE(parse({"--check-config"}).options);
}

TEST(Options, help_names_every_option) {
    std::ostringstream help;
    print_help(help);
    for (const char* option :
         {"--demo", "--config", "--check-config", "--print-config", "--hash-password", "--version"}) {
        EXPECT_NE(help.str().find(option), std::string::npos) << option;
    }
    EXPECT_NE(help.str().find("certificates"), std::string::npos) << "what SIGHUP reads again";
}

}  // namespace
}  // namespace causeway::app
