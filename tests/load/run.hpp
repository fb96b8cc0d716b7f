// One run of the generator: starts the system when asked, brings up the calls stage by stage, measures, and
// takes everything down again.
#pragma once

#include <iosfwd>

#include "tests/load/options.hpp"

namespace causeway::load {

/// 0; 1 when nothing could be measured, or with `strict` when anything was lost.
int run(const Options& options, std::ostream& out);

}  // namespace causeway::load
