#include "gateway/app/options.hpp"

#include <boost/program_options.hpp>
#include <ostream>

namespace causeway::app {
namespace {

namespace po = boost::program_options;

po::options_description described() {
    po::options_description all("Options");
    auto add = all.add_options();
    add("demo", "run with the built-in demo exchange: no trunk, no account, no second server");
    add("config", po::value<std::string>()->value_name("FILE"), "run with this configuration");
    add("check-config",
        "check the configuration, print all faults and stop (exit status 2 if there are any)");
    add("print-config", "print the configuration as it takes effect, secrets masked, and stop");
    add("hash-password", "read a password from standard input and print its hash for `users`");
    add("version", "print the version and stop");
    add("help,h", "print this help and stop");
    return all;
}

Options::Mode mode_of(const po::variables_map& given) {
    if (given.count("help") != 0) return Options::Mode::help;
    if (given.count("version") != 0) return Options::Mode::version;
    if (given.count("hash-password") != 0) return Options::Mode::hash_password;
    if (given.count("check-config") != 0) return Options::Mode::check_config;
    if (given.count("print-config") != 0) return Options::Mode::print_config;
    return Options::Mode::run;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv, std::ostream& errors) {
    po::variables_map given;
    try {
        // A positional word would otherwise be dropped in silence.
        const po::positional_options_description none;
        po::store(po::command_line_parser(argc, argv).options(described()).positional(none).run(), given);
    } catch (const po::error& fault) {
        errors << "causeway: " << fault.what() << "\nTry `causeway --help`.\n";
        return std::nullopt;
    }
    Options options;
    options.mode = mode_of(given);
    options.demo = given.count("demo") != 0;
    if (given.count("config") != 0) options.config_file = given["config"].as<std::string>();

    const bool needs_config = options.mode == Options::Mode::run ||
                              options.mode == Options::Mode::check_config ||
                              options.mode == Options::Mode::print_config;
    if (needs_config && options.demo && !options.config_file.empty()) {
        errors << "causeway: --demo brings its own configuration; give either --demo or --config FILE.\n";
        return std::nullopt;
    }
    if (needs_config && !options.demo && options.config_file.empty()) {
        errors << "causeway: give --config FILE, or --demo to try it without one.\nTry `causeway --help`.\n";
        return std::nullopt;
    }
    return options;
}

void print_help(std::ostream& out) {
    out << "causeway: calls between web pages and SIP telephones\n\n"
           "Usage:\n"
           "  causeway --demo              try it: prints the page's address and numbers to dial\n"
           "  causeway --config FILE       run it\n"
           "  causeway passport sign|verify ...     SIP identity (STIR) from files; see `passport verify "
           "--help`\n"
           "  causeway assertion verify ...         web identity (a=identity) from files\n"
           "  causeway token mint|show ...          permissions to call\n\n"
        << described()
        << "\nSignals: SIGTERM and SIGINT end all calls and stop; SIGHUP opens the record file anew and "
           "reads\nthe certificates of SIP over TLS again.\n"
           "Exit status: 0 stopped in order, 1 could not start, 2 wrong options or configuration.\n";
}

}  // namespace causeway::app
