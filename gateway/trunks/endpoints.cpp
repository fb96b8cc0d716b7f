#include "gateway/trunks/endpoints.hpp"

#include <charconv>

#include "gateway/trunks/weighted_order.hpp"

namespace causeway::trunks {
namespace {

constexpr std::size_t kMostEndpoints = 8;
constexpr std::uint16_t kSipPort = 5060;
constexpr std::uint16_t kSipsPort = 5061;

const char* word(config::TrunkTransport transport) {
    switch (transport) {
        case config::TrunkTransport::udp:
            return "udp";
        case config::TrunkTransport::tcp:
            return "tcp";
        default:
            return "tls";
    }
}

}  // namespace

std::string name_of(const Endpoint& endpoint) {
    return std::string(word(endpoint.transport)) + ":" + endpoint.address.to_string();
}

std::string uri_of(const Endpoint& endpoint) {
    return "sip:" + endpoint.address.to_string() + ";transport=" + word(endpoint.transport);
}

std::vector<Endpoint> in_order(const Destination& destination, std::uint64_t seed) {
    std::vector<Ranked> ranks;
    for (const Server& server : destination.servers) ranks.push_back({server.priority, server.weight});
    std::vector<Endpoint> endpoints;
    for (const std::size_t each : weighted_order(ranks, seed)) {
        for (const Endpoint& endpoint : destination.servers[each].endpoints) {
            if (endpoints.size() == kMostEndpoints) return endpoints;
            endpoints.push_back(endpoint);
        }
    }
    return endpoints;
}

HostPort host_port(const std::string& address) {
    if (SocketAddress::parse(address, 0)) return {address, 0};
    if (const auto numeric = SocketAddress::parse(address)) return {numeric->ip(), numeric->port()};
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) return {address, 0};
    std::uint16_t port = 0;
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    return {address.substr(0, colon), port};
}

bool is_numeric(const std::string& address) {
    return SocketAddress::parse(host_port(address).host, 0).has_value();
}

bool picks_servers(const config::Trunk& trunk) {
    return trunk.transport != config::TrunkTransport::tls && !is_numeric(trunk.address);
}

Destination numeric_destination(const std::string& address, config::TrunkTransport transport) {
    const HostPort place = host_port(address);
    const bool plain = transport == config::TrunkTransport::udp || transport == config::TrunkTransport::tcp;
    // RFC 3263 §4.2
    const std::uint16_t port = place.port != 0 ? place.port : plain ? kSipPort : kSipsPort;
    const auto endpoint = SocketAddress::parse(place.host, port);
    if (!endpoint) return {{}, {}, "not an address"};
    return {{Server{0, 0, {{*endpoint, transport}}}}, std::chrono::hours(24), {}};
}

}  // namespace causeway::trunks
