// Faults that no single value has: what must fit together before anything is opened.
#pragma once

#include "config/config.hpp"
#include "config/findings.hpp"

namespace causeway::config {

/// Addresses and port ranges that would collide.
void check_ports(const Config& config, Findings& findings);
/// Routes, and the trunks, users and groups they name; guests' patterns.
void check_routes(const Config& config, Findings& findings);
/// Trunks, users, guests: names, numbers, credentials.
void check_parties(const Config& config, Findings& findings);
/// TLS, ICE, media, limits.
void check_settings(const Config& config, Findings& findings);

}  // namespace causeway::config
