#include "gateway/app/edge_settings.hpp"

#include <charconv>
#include <string_view>

#include "gateway/app/room_settings.hpp"
#include "sip/ua/listen.hpp"

namespace causeway::app {
namespace {

constexpr std::uint16_t kDefaultTlsPort = 5061;

struct Place {
    std::string host;
    std::uint16_t port = kDefaultTlsPort;
};

/// "sip.example", "sip.example:5061", "192.0.2.1", "[2001:db8::1]:5061", "2001:db8::1".
Place place_of(const std::string& address) {
    if (const auto with_port = SocketAddress::parse(address)) return {with_port->ip(), with_port->port()};
    if (SocketAddress::parse(address, 0)) return {address, kDefaultTlsPort};
    const bool bracketed = !address.empty() && address.front() == '[';
    if (bracketed) return {address.substr(1, address.find(']') - 1), kDefaultTlsPort};
    const auto colon = address.find(':');
    Place place{address.substr(0, colon), kDefaultTlsPort};
    if (colon == std::string::npos) return place;
    std::uint16_t port = 0;
    const char* const end = address.data() + address.size();
    const auto [rest, fault] = std::from_chars(address.data() + colon + 1, end, port);
    if (fault == std::errc{} && rest == end && port != 0) place.port = port;
    return place;
}

edge::ClientCertificates clients_of(config::ClientCertificates configured) {
    switch (configured) {
        case config::ClientCertificates::off:
            return edge::ClientCertificates::off;
        case config::ClientCertificates::optional:
            return edge::ClientCertificates::optional;
        case config::ClientCertificates::required:
            break;
    }
    return edge::ClientCertificates::required;
}

edge::TlsServerRules server_rules(const config::Config& config) {
    const config::SipTls& tls = config.sip.tls;
    return {tls.certificate, tls.private_key, tls.client_ca, clients_of(tls.client_certificates)};
}

edge::TlsClientRules client_rules(const config::Trunk& trunk) {
    return {trunk.tls.ca, trunk.tls.certificate, trunk.tls.private_key};
}

}  // namespace

edge::EdgeSettings edge_settings(const config::Config& config) {
    edge::EdgeSettings settings;
    settings.domain = config.sip.domain;
    const auto single = sip_settings(config).external_addresses;
    for (const SocketAddress& listen : config.sip.listen_tls) {
        settings.listen.push_back({listen, sip::external_of(listen, config.sip.external_address, single)});
    }
    settings.server = server_rules(config);
    settings.keep_alive = config.sip.keep_alive;
    for (const config::Trunk& trunk : config.trunks) {
        const bool by_name = trunk.transport == config::TrunkTransport::automatic;
        if (trunk.transport != config::TrunkTransport::tls && !by_name) continue;
        const Place place = place_of(trunk.address);
        auto& target = settings.trunks.emplace_back(
            edge::TlsTarget{trunk.name, place.host, place.port, trunk.tls.server_name, client_rules(trunk)});
        target.when_led = by_name;
        if (const auto own = SocketAddress::parse(trunk.listen)) target.listen = *own;
    }
    return settings;
}

std::vector<config::Fault> edge_faults(const config::Loaded& loaded) {
    std::vector<config::Fault> faults;
    const config::Config& config = loaded.config;
    const auto add = [&](const std::string& path, const auto& made) {
        if (!made) faults.push_back(loaded.fault(path, made.error().detail, "PEM files that TLS can use"));
    };
    if (!config.sip.listen_tls.empty()) {
        add("sip.tls.certificate", edge::make_server_context(server_rules(config)));
    }
    for (std::size_t i = 0; i < config.trunks.size(); ++i) {
        const auto transport = config.trunks[i].transport;
        if (transport != config::TrunkTransport::tls && transport != config::TrunkTransport::automatic)
            continue;
        add("trunks[" + std::to_string(i) + "].tls",
            edge::make_client_context(client_rules(config.trunks[i])));
    }
    return faults;
}

}  // namespace causeway::app
