// Codecs that are configured and that this machine's libraries cannot encode: found at the start, told, and
// left out, so that nothing is offered that cannot be sent. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace causeway::app {

/// Takes them out of all lists of codecs and gives one note for each. Codecs that need no encoder stay.
std::vector<std::string> leave_out_missing_codecs(config::Config& config,
                                                  const std::function<bool(sdp::Codec)>& can_encode);

}  // namespace causeway::app
