// Where a trunk's name leads: what DNS said (RFC 3263), as values. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/base/socket_address.hpp"

namespace causeway::trunks {

/// One server that a request can be sent to.
struct Endpoint {
    SocketAddress address;
    config::TrunkTransport transport = config::TrunkTransport::udp;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};
/// "udp:192.0.2.1:5060"
std::string name_of(const Endpoint& endpoint);
/// "sip:192.0.2.1:5060;transport=udp"
std::string uri_of(const Endpoint& endpoint);

/// One SRV record's server with its addresses, or the name's own.
struct Server {
    int priority = 0;
    int weight = 0;
    std::vector<Endpoint> endpoints;

    friend bool operator==(const Server&, const Server&) = default;
};

struct Destination {
    std::vector<Server> servers;
    std::chrono::seconds ttl{0};
    std::string fault;  ///< why there are none, for people

    friend bool operator==(const Destination&, const Destination&) = default;
};

/// The endpoints in the order of one call (RFC 3263 §4.3), at most eight.
std::vector<Endpoint> in_order(const Destination& destination, std::uint64_t seed);

/// "sip.carrier.example:5080" taken apart; port 0 when none is given.
struct HostPort {
    std::string host;
    std::uint16_t port = 0;
};
HostPort host_port(const std::string& address);
/// Whether each call picks one of the servers that its name leads to. Not with TLS: there the edge keeps one
/// connection, to the first of them that it reaches; also to those that DNS has for TLS.
bool picks_servers(const config::Trunk& trunk);
/// The destination of an address that is numeric; nothing is looked up for those.
bool is_numeric(const std::string& address);
Destination numeric_destination(const std::string& address, config::TrunkTransport transport);

}  // namespace causeway::trunks
