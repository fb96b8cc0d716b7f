#include "gateway/tools/passport_command_files.hpp"

#include <algorithm>
#include <chrono>

#include "core/sdp/session.hpp"

namespace causeway::tools {
namespace {

namespace options = boost::program_options;

void append_fingerprints(const sdp::Lines& lines, std::vector<identity::Fingerprint>& into) {
    for (const std::string_view value : lines.attributes("fingerprint")) {
        const std::size_t space = value.find(' ');
        if (space == std::string_view::npos) throw options::error("the SDP has a malformed a=fingerprint");
        into.push_back({std::string(value.substr(0, space)), std::string(value.substr(space + 1))});
    }
}

}  // namespace

GivenOptions read_options(const std::vector<std::string>& arguments,
                          const options::options_description& known) {
    GivenOptions given;
    // Without abbreviations: what works today must not be ambiguous tomorrow.
    const int style =
        options::command_line_style::default_style & ~options::command_line_style::allow_guessing;
    const options::positional_options_description none;
    options::store(options::command_line_parser(arguments).options(known).positional(none).style(style).run(),
                   given);
    return given;
}

std::string option_text(const GivenOptions& given, const std::string& name) {
    return given.count(name) != 0 ? given[name].as<std::string>() : std::string();
}

std::string needed_text(const GivenOptions& given, const std::string& name) {
    if (given.count(name) == 0) throw options::error("--" + name + " is missing");
    return given[name].as<std::string>();
}

std::vector<std::string> option_texts(const GivenOptions& given, const std::string& name) {
    return given.count(name) != 0 ? given[name].as<std::vector<std::string>>() : std::vector<std::string>();
}

std::int64_t option_time(const GivenOptions& given, const std::string& name) {
    if (given.count(name) != 0) return given[name].as<std::int64_t>();
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::vector<identity::Fingerprint> sdp_fingerprints(const std::string& file) {
    const auto session = sdp::parse_session(file_text(file));
    if (!session) throw options::error(file + ": " + session.error().detail);
    std::vector<identity::Fingerprint> fingerprints;
    append_fingerprints(*session, fingerprints);
    for (const sdp::MediaSection& section : session->media) append_fingerprints(section, fingerprints);
    return fingerprints;
}

}  // namespace causeway::tools
