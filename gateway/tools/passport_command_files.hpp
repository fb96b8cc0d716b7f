// What `causeway passport sign` and `verify` take from options and files. Faults are
// boost::program_options::error.
#pragma once

#include <boost/program_options.hpp>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "gateway/identity/fingerprint.hpp"
#include "gateway/tools/file_text.hpp"

namespace causeway::tools {

using GivenOptions = boost::program_options::variables_map;

/// No abbreviations, no positional words.
GivenOptions read_options(const std::vector<std::string>& arguments,
                          const boost::program_options::options_description& known);

/// "" when the option is not given.
std::string option_text(const GivenOptions& given, const std::string& name);
std::string needed_text(const GivenOptions& given, const std::string& name);
std::vector<std::string> option_texts(const GivenOptions& given, const std::string& name);
/// The option's value, or the present; seconds since 1970.
std::int64_t option_time(const GivenOptions& given, const std::string& name);

/// All a=fingerprint lines of the SDP in that file, those of m= sections too.
std::vector<identity::Fingerprint> sdp_fingerprints(const std::string& file);

/// `passport sign`; the arguments behind those two words.
int sign_passport(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& errors);

}  // namespace causeway::tools
