#include "gateway/app/trunk_desk.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <set>

#include "core/base/counters.hpp"
#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "gateway/app/room_settings.hpp"
#include "gateway/resolver/name_server.hpp"
#include "gateway/resolver/sip_lookup.hpp"
#include "gateway/trunks/trunk_board.hpp"

namespace causeway::app {
namespace {

using boost::asio::steady_timer;
using boost::system::error_code;

/// Of what an OPTIONS may be answered: only these tell of a server that cannot take calls.
bool is_good(int status) {
    switch (status) {
        case 0:
        case 408:
        case 500:
        case 502:
        case 503:
        case 504:
            return false;
        default:
            return true;
    }
}

std::string label(const std::string& trunk) {
    return "{trunk=\"" + trunk + "\"}";
}

bool has_family(const config::Config& config, const config::Trunk& trunk, bool ipv6) {
    if (const auto own = SocketAddress::parse(trunk.listen)) return own->is_ipv6() == ipv6;
    const auto fits = [ipv6](const SocketAddress& address) { return address.is_ipv6() == ipv6; };
    return std::any_of(config.sip.listen_udp.begin(), config.sip.listen_udp.end(), fits) ||
           std::any_of(config.sip.listen_tcp.begin(), config.sip.listen_tcp.end(), fits);
}

/// RFC 3263 §4.1: the most private first.
std::vector<config::TrunkTransport> able(const config::Config& config, const config::Trunk& trunk, bool tls) {
    const auto own = SocketAddress::parse(trunk.listen);
    const auto speaks = [&](const std::vector<SocketAddress>& listen) {
        return own ? std::find(listen.begin(), listen.end(), *own) != listen.end() : !listen.empty();
    };
    std::vector<config::TrunkTransport> all;
    if (tls && (!own || speaks(config.sip.listen_tls))) all.push_back(config::TrunkTransport::tls);
    if (speaks(config.sip.listen_tcp)) all.push_back(config::TrunkTransport::tcp);
    if (speaks(config.sip.listen_udp)) all.push_back(config::TrunkTransport::udp);
    return all;
}

bool registers(const config::Trunk& trunk) {
    return trunk.register_ || std::any_of(trunk.accounts.begin(), trunk.accounts.end(),
                                          [](const auto& account) { return account.register_; });
}

/// Over TLS the edge's connection to the trunk is used, wherever it leads.
bool registers_by_name(const config::Trunk& trunk) {
    return registers(trunk) && trunk.transport != config::TrunkTransport::tls &&
           !trunks::is_numeric(trunk.registrar);
}

}  // namespace

class TrunkDesk::Impl {
  public:
    Impl(boost::asio::io_context& io, config::Snapshot config, trunks::TrunkBoard& board, Counters& counters)
        : io_(io),
          config_(std::move(config)),
          board_(board),
          lookups_(counters.counter("dns_lookups")),
          failed_lookups_(counters.counter("dns_lookups_failed")),
          changes_(counters.counter("trunk_health_changes")) {
        const bool any_name =
            std::any_of(config_->trunks.begin(), config_->trunks.end(), [](const config::Trunk& trunk) {
                return !trunks::is_numeric(trunk.address) || registers_by_name(trunk);
            });
        if (any_name) server_.emplace(io, config_->sip.nameserver);
    }

    void start(Doors doors) {
        doors_ = std::move(doors);
        for (const config::Trunk& trunk : config_->trunks) {
            if (!trunks::is_numeric(trunk.address)) look_up(trunk, trunk.address, trunk.name);
            if (registers_by_name(trunk) && trunk.registrar != trunk.address) {
                look_up(trunk, trunk.registrar, kRegistrar + trunk.name);
            }
            if (trunk.health.options.count() > 0) check(trunk);
        }
        register_all();
    }

    void on_probed(const std::string& id, int status) {
        const auto found = probes_.find(id);
        if (found == probes_.end()) return;
        const auto [trunk, endpoint] = found->second;
        board_.set_time(std::chrono::steady_clock::now());
        if (!board_.probed(trunk, endpoint, is_good(status))) return;
        changes_.add();
        if (is_good(status)) {
            log::info("trunk {} ({}) answers again: {}", trunk, trunks::name_of(endpoint), status);
        } else {
            const std::string what = status == 0 ? "no answer to OPTIONS" : std::to_string(status);
            log::warning("trunk {} ({}) is taken for down: {}", trunk, trunks::name_of(endpoint), what);
        }
    }

    void on_registration(const sip::RegistrationEvent& event) {
        registered_[event.trunk] = event.registered;
        // RFC 3263 §4.3: another server, when this one cannot be reached.
        if (event.registered || is_good(event.status)) return;
        const std::string trunk = event.trunk.substr(0, event.trunk.find('/'));
        const auto known = destinations_.find(registrar_key(trunk));
        if (known == destinations_.end()) return;
        const auto all = trunks::in_order(known->second, chance_);
        const auto now = std::find(all.begin(), all.end(), registrars_[trunk]);
        if (all.size() < 2 || now == all.end()) return;
        registrars_[trunk] = now + 1 == all.end() ? all.front() : *(now + 1);
        register_all();
    }

    void add_gauges(std::map<std::string, double>& gauges) const {
        board_.set_time(std::chrono::steady_clock::now());
        for (const trunks::TrunkState& state : board_.states()) {
            gauges["trunk_up" + label(state.trunk)] = state.up ? 1 : 0;
            gauges["trunk_calls" + label(state.trunk)] = state.calls;
            for (const auto& server : state.servers) {
                const std::string both =
                    "{trunk=\"" + state.trunk + "\",server=\"" + trunks::name_of(server.endpoint) + "\"}";
                gauges["trunk_server_up" + both] = server.up ? 1 : 0;
                gauges["trunk_server_pausing" + both] = server.pausing ? 1 : 0;
            }
        }
        for (const auto& [trunk, registered] : registered_) {
            gauges["trunk_registered" + label(trunk)] = registered ? 1 : 0;
        }
    }

    std::string report() const {
        std::string text;
        for (const trunks::TrunkState& state : board_.states()) {
            if (!state.up) text += "trunk " + state.trunk + " is down\n";
        }
        return text;
    }

  private:
    static constexpr const char* kRegistrar = "registrar of ";

    steady_timer& timer(const std::string& name) { return timers_.try_emplace(name, io_).first->second; }

    void look_up(const config::Trunk& trunk, const std::string& address, const std::string& key) {
        const trunks::HostPort place = trunks::host_port(address);
        lookups_.add();
        const resolver::LookupRequest request{place.host, place.port, trunk.transport,
                                              has_family(*config_, trunk, false),
                                              has_family(*config_, trunk, true),
                                              // Its TLS connection leads to the trunk itself only.
                                              able(*config_, trunk, address == trunk.address)};
        const resolver::Ask ask = [this](const std::string& name, resolver::RecordType type,
                                         resolver::NameServer::Done done) {
            server_->ask(name, type, std::move(done));
        };
        resolver::look_up(ask, request, [this, &trunk, address, key](trunks::Destination found) {
            on_found(trunk, address, key, std::move(found));
        });
    }

    void on_found(const config::Trunk& trunk, const std::string& address, const std::string& key,
                  trunks::Destination found) {
        auto& again = timer("dns " + key);
        again.expires_after(found.ttl);
        again.async_wait([this, &trunk, address, key](const error_code& fault) {
            if (!fault) look_up(trunk, address, key);
        });
        tell(address, key, found);
        if (found.servers.empty()) {
            failed_lookups_.add();
        } else {
            destinations_[key] = found;
        }
        if (key == trunk.name && doors_.found && !found.servers.empty()) {
            std::vector<SocketAddress> addresses;
            for (const auto& endpoint : trunks::in_order(found, chance_)) {
                if (endpoint.transport == config::TrunkTransport::tls) addresses.push_back(endpoint.address);
            }
            doors_.found(trunk.name, std::move(addresses));
        }
        if (key == trunk.name && trunks::picks_servers(trunk)) board_.resolved(trunk.name, std::move(found));
        if (registers(trunk)) register_all();
    }

    void tell(const std::string& address, const std::string& key, const trunks::Destination& found) {
        const auto known = destinations_.find(key);
        if (found.servers.empty()) {
            log::warning("the name {} leads nowhere: {}{}", address, found.fault,
                         known == destinations_.end() ? "" : "; what it led to before stays in use");
            return;
        }
        if (known != destinations_.end() && known->second.servers == found.servers) return;
        std::string servers;
        for (const trunks::Server& server : found.servers) {
            for (const trunks::Endpoint& endpoint : server.endpoints) {
                servers += (servers.empty() ? "" : ", ") + trunks::name_of(endpoint);
            }
        }
        log::info("the name {} leads to {}, for {} s", address, servers, found.ttl.count());
    }

    void check(const config::Trunk& trunk) {
        board_.set_time(std::chrono::steady_clock::now());
        for (const trunks::TrunkState& state : board_.states()) {
            if (state.trunk != trunk.name) continue;
            for (const auto& server : state.servers) send_probe(trunk, server.endpoint);
        }
        auto& next = timer("options " + trunk.name);
        next.expires_after(trunk.health.options);
        next.async_wait([this, &trunk](const error_code& fault) {
            if (!fault) check(trunk);
        });
    }

    void send_probe(const config::Trunk& trunk, const trunks::Endpoint& endpoint) {
        const std::string id = trunk.name + " " + trunks::name_of(endpoint);
        probes_.insert_or_assign(id, std::pair(trunk.name, endpoint));
        const std::string transport = config::uri_transport(trunk.transport);
        const bool named = trunks::picks_servers(trunk);
        doors_.probe(
            {id, "sip:" + trunk.address + transport, named ? trunks::uri_of(endpoint) : "", trunk.name});
    }

    std::string registrar_key(const std::string& trunk) const {
        return destinations_.contains(kRegistrar + trunk) ? kRegistrar + trunk : trunk;
    }

    void register_all() {
        std::map<std::string, std::string> proxies;
        std::set<std::string> unknown;
        for (const config::Trunk& trunk : config_->trunks) {
            if (!registers_by_name(trunk)) continue;
            const bool own_name = trunk.registrar != trunk.address;
            const auto known = destinations_.find(own_name ? kRegistrar + trunk.name : trunk.name);
            if (known == destinations_.end()) {
                unknown.insert(trunk.name);
                continue;
            }
            // A registration stays where it is as long as that server exists.
            const auto all = trunks::in_order(known->second, chance_);
            auto& chosen = registrars_[trunk.name];
            if (std::find(all.begin(), all.end(), chosen) == all.end()) chosen = all.front();
            proxies[trunk.name] = trunks::uri_of(chosen);
        }
        doors_.register_trunks(registrations(*config_, proxies, unknown));
    }

    // Given.
    boost::asio::io_context& io_;
    config::Snapshot config_;
    trunks::TrunkBoard& board_;
    Counter& lookups_;
    Counter& failed_lookups_;
    Counter& changes_;
    Doors doors_;
    // Owned.
    std::optional<resolver::NameServer> server_;
    std::map<std::string, steady_timer> timers_;
    // State.
    const std::uint64_t chance_ = random_u64();
    std::map<std::string, trunks::Destination> destinations_;
    std::map<std::string, trunks::Endpoint> registrars_;  ///< in use, by trunk
    std::map<std::string, std::pair<std::string, trunks::Endpoint>> probes_;
    std::map<std::string, bool> registered_;
};

TrunkDesk::TrunkDesk(boost::asio::io_context& io, config::Snapshot config, trunks::TrunkBoard& board,
                     Counters& counters)
    : impl_(std::make_unique<Impl>(io, std::move(config), board, counters)) {}
TrunkDesk::~TrunkDesk() = default;

void TrunkDesk::start(Doors doors) {
    impl_->start(std::move(doors));
}
void TrunkDesk::on_probed(const std::string& id, int status) {
    impl_->on_probed(id, status);
}
void TrunkDesk::on_registration(const sip::RegistrationEvent& event) {
    impl_->on_registration(event);
}
void TrunkDesk::add_gauges(std::map<std::string, double>& gauges) const {
    impl_->add_gauges(gauges);
}
std::string TrunkDesk::report() const {
    return impl_->report();
}

}  // namespace causeway::app
