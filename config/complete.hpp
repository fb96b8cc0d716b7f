// Defaults that depend on other values, and paths relative to the configuration's file.
#pragma once

#include <string>

#include "config/config.hpp"
#include "config/findings.hpp"

namespace causeway::config {

/// `file` is the configuration's own.
void complete(Config& config, const std::string& file, const Findings& findings);

}  // namespace causeway::config
