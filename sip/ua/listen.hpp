// From the configured addresses to the two transport URIs that nua takes, with the faults of binding found
// before the stack could hide them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sip/ua/sip_ua.hpp"

namespace causeway::sip {

struct ListenPlan {
    std::vector<std::string> uris;  ///< one or two
    std::uint16_t udp_port = 0;     ///< of the first UDP transport, 0 without one
};

/// Chooses real ports for port 0 (a TCP address with port 0 takes the UDP port when it is free there), tries
/// to bind each address, and folds UDP and TCP of one address and port into one URI. Throws
/// std::runtime_error that names the address: it cannot be bound, or there are more than two URIs.
ListenPlan plan_listening(const SipUaSettings& settings);

}  // namespace causeway::sip
