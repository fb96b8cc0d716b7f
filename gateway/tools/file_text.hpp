// The files that a command's options name.
#pragma once

#include <string>

namespace causeway::tools {

/// All of it. Throws boost::program_options::error with the name when it cannot be read.
std::string file_text(const std::string& name);

}  // namespace causeway::tools
