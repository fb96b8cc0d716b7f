// docs/who-is-calling.md: its commands run as they stand, and with what they make its configurations load.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/loader.hpp"

namespace causeway::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// The guide's blocks of one language, in order.
std::vector<std::string> blocks(const std::string& language) {
    std::ifstream guide("docs/who-is-calling.md");
    std::vector<std::string> all;
    bool inside = false;
    for (std::string line; std::getline(guide, line);) {
        if (line == "```" + language) {
            all.emplace_back();
            inside = true;
        } else if (line == "```") {
            inside = false;
        } else if (inside) {
            all.back() += line + "\n";
        }
    }
    return all;
}

class Guide : public testing::Test {
  protected:
    Guide() {
        std::string name = (std::filesystem::temp_directory_path() / "causeway-guide-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~Guide() override { std::filesystem::remove_all(directory_); }

    bool run(const std::string& commands) {
        std::ofstream(directory_ / "block.sh") << commands;
        const std::string line = "cd " + directory_.string() + " && sh -eu block.sh > output 2>&1";
        return std::system(line.c_str()) == 0;
    }
    std::string output() {
        std::ostringstream text;
        text << std::ifstream(directory_ / "output").rdbuf();
        return text.str();
    }

    std::filesystem::path directory_;
};

TEST_F(Guide, its_commands_make_what_its_configurations_name) {
    std::string outputs;
    for (const std::string& commands : blocks("sh")) {
        ASSERT_TRUE(run(commands)) << commands << output();
        outputs += output();
    }
    // RFC 8226 §9: the code 1234.
    EXPECT_THAT(outputs, HasSubstr("A006160431323334"));
    EXPECT_THAT(outputs, HasSubstr("stir.pem: OK"));
    const auto configurations = blocks("yaml");
    EXPECT_GE(configurations.size(), 8u);
    for (const std::string& yaml : configurations) {
        const Loaded loaded = load_text(yaml, (directory_ / "causeway.yaml").string());
        for (const Fault& fault : loaded.faults) ADD_FAILURE() << to_string(fault) << "\n" << yaml;
        EXPECT_THAT(loaded.notes, IsEmpty()) << yaml;
    }
}

}  // namespace
}  // namespace causeway::config
