// Codecs that are configured and that this machine's libraries cannot encode: found at the start, told, and
// left out, so that nothing is offered that cannot be sent. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace causeway::app {

struct MissingCodecs {
    std::vector<std::string> notes;
    /// Lists in which nothing is left that a voice can be sent with: the gateway must not start with them,
    /// since an empty list would mean another's default.
    std::vector<std::string> faults;
};

/// Takes them out of all lists of codecs and gives one note for each. Codecs that need no encoder stay.
MissingCodecs leave_out_missing_codecs(config::Config& config,
                                       const std::function<bool(sdp::Codec)>& can_encode);

}  // namespace causeway::app
