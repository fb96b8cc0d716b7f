// From the configured addresses to the transport URIs that Sofia's stacks take, with the faults of binding
// found before a stack could hide them; and by which of them a request leaves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sip/ua/sip_ua.hpp"

namespace causeway::sip {

/// What our Contacts say of where we are.
struct OwnContact {
    std::string host;  ///< "" when the stack chooses an interface itself
    std::uint16_t port = 0;
};

/// Of a URI; the host of an IPv6 address in brackets or without.
bool is_own(std::string_view host, std::string_view port, const std::vector<OwnContact>& own);
/// The value of a Contact that answers what was written to `host` and `port`: these when they are our own,
/// else the first of ours that is known; "" without one.
std::string own_contact(std::string_view host, std::string_view port, bool tcp,
                        const std::vector<OwnContact>& own);

/// What one of Sofia's stacks listens at: one address, by UDP, TCP or both. With two it shows the Contact of
/// one for both.
struct StackPlan {
    std::string uri;
    std::optional<SocketAddress> udp;
    std::optional<SocketAddress> tcp;
};

struct ListenPlan {
    std::vector<StackPlan> stacks;
    std::size_t entrance = 0;  ///< the stack that the edge's flows come to
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
/// std::runtime_error that names the address that cannot be bound.
ListenPlan plan_listening(const SipUaSettings& settings);

/// Where this process reaches the stack by TCP. Throws std::logic_error without TCP.
SocketAddress flow_entrance(const ListenPlan& plan);

/// The stack closes idle connections only after they have carried something. So the kernel keeps connections
/// away from it that never say a word, and ends them by itself. Once the stack listens.
void keep_silent_connections_away(const ListenPlan& plan);

/// What of a request's destination matters for the choice of a listening address.
struct Way {
    std::optional<SocketAddress> to;  ///< without one it is a name
    bool tcp = false;
};
/// Of a SIP URI.
Way way_of(std::string_view uri);

/// By which stack a request leaves: of those that speak the destination's family and transport the one at
/// `named`, else the one at `source`, from where the system would reach the destination, else the first one.
std::size_t choose_stack(const ListenPlan& plan, const Way& way, const std::optional<SocketAddress>& named,
                         const std::optional<SocketAddress>& source);

}  // namespace causeway::sip
