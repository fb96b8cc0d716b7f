// From the configuration to the edge of the SIP door: TLS listeners, TLS connections to trunks.
#pragma once

#include <vector>

#include "config/loader.hpp"
#include "gateway/edge/edge.hpp"

namespace causeway::app {

edge::EdgeSettings edge_settings(const config::Config& config);

/// Certificates and keys that TLS cannot use, though they can be read.
std::vector<config::Fault> edge_faults(const config::Loaded& loaded);

}  // namespace causeway::app
