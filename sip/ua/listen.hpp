// From the configured addresses to the two transport URIs that nua takes, with the faults of binding found
// before the stack could hide them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sip/ua/sip_ua.hpp"

namespace causeway::sip {

/// What our Contacts say of where we are.
struct OwnContact {
    std::string host;  ///< "" when the stack chooses an interface itself
    std::uint16_t port = 0;
};

struct ListenPlan {
    std::vector<std::string> uris;  ///< one or two
    std::vector<OwnContact> contacts;
    std::vector<SocketAddress> tcp;
    std::uint16_t udp_port = 0;  ///< of the first UDP transport, 0 without one
    bool flows_only = false;     ///< TCP is for the edge's connections only
};

/// By which of the configured addresses others reach `own`; "" when by itself.
std::string external_of(const SocketAddress& own, const std::string& everywhere,
                        const std::vector<std::pair<SocketAddress, std::string>>& single);

/// Chooses real ports for port 0 (a TCP address with port 0 takes the UDP port when it is free there), tries
/// to bind each address, and folds UDP and TCP of one address and port into one URI. Throws
/// std::runtime_error that names the address: it cannot be bound, or there are more than two URIs.
ListenPlan plan_listening(const SipUaSettings& settings);

/// Where this process reaches the stack by TCP. The first one: for a connection's other end the stack looks
/// among those of its first TCP transport only. Throws std::logic_error without TCP.
SocketAddress flow_entrance(const ListenPlan& plan);

/// The stack closes idle connections only after they have carried something. So the kernel keeps connections
/// away from it that never say a word, and ends them by itself. Once the stack listens.
void keep_silent_connections_away(const ListenPlan& plan);

}  // namespace causeway::sip
