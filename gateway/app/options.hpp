// The command line.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

namespace causeway::app {

struct Options {
    enum class Mode { run, check_config, print_config, hash_password, version, help };

    Mode mode = Mode::run;
    bool demo = false;
    std::string config_file;  ///< "" with `demo`
};

/// Exit status for a command line that cannot be followed.
inline constexpr int kExitUsage = 2;

/// nullopt after a message on `errors` that says what is wrong and how to see the help.
std::optional<Options> parse_options(int argc, const char* const* argv, std::ostream& errors);
void print_help(std::ostream& out);

}  // namespace causeway::app
