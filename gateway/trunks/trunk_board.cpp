#include "gateway/trunks/trunk_board.hpp"

#include <algorithm>

namespace causeway::trunks {
namespace {

using namespace std::chrono_literals;

/// So long others are tried first after a failure to reach a server.
constexpr auto kDoubt = 10s;
/// A server cannot put itself out of use for longer.
constexpr auto kLongestPause = 300s;

template <class Visit>
void each_endpoint(const Destination& destination, Visit visit) {
    for (const Server& server : destination.servers) {
        for (const Endpoint& endpoint : server.endpoints) visit(endpoint);
    }
}

}  // namespace

TrunkBoard::TrunkBoard(const config::Config& config) {
    for (const config::Trunk& trunk : config.trunks) {
        Entry entry;
        entry.health = trunk.health;
        entry.limits = trunk.limits;
        entry.tokens = trunk.limits.calls_per_second;
        entry.sources_by_name = trunk.sources.empty();
        entry.destination.fault = "its name has not been looked up yet";
        trunks_.emplace(trunk.name, std::move(entry));
        if (is_numeric(trunk.address)) {
            resolved(trunk.name, numeric_destination(trunk.address, trunk.transport));
        } else if (!picks_servers(trunk)) {
            resolved(trunk.name, {{trunks::Server{0, 0, {{SocketAddress(), trunk.transport}}}}, {}, {}});
        }
    }
}

const TrunkBoard::Entry* TrunkBoard::find(const std::string& trunk) const {
    const auto found = trunks_.find(trunk);
    return found == trunks_.end() ? nullptr : &found->second;
}

TrunkBoard::Server* TrunkBoard::server(const std::string& trunk, const Endpoint& endpoint) {
    const auto found = trunks_.find(trunk);
    if (found == trunks_.end()) return nullptr;
    const auto server = found->second.servers.find(name_of(endpoint));
    return server == found->second.servers.end() ? nullptr : &server->second;
}

bool TrunkBoard::usable(const Server& server) const {
    return server.verdict.up() && !(server.pause_until && *server.pause_until > now_);
}

double TrunkBoard::tokens(const Entry& entry) const {
    // A second's worth may come at once.
    const double rate = entry.limits.calls_per_second;
    const std::chrono::duration<double> since = now_ - entry.tokens_at;
    return std::min(rate, entry.tokens + since.count() * rate);
}

Obstacle TrunkBoard::obstacle(const std::string& trunk) const {
    const Entry* entry = find(trunk);
    if (entry == nullptr) return Obstacle::none;
    if (entry->limits.calls > 0 && entry->calls >= entry->limits.calls) return Obstacle::calls;
    if (entry->limits.calls_per_second > 0 && tokens(*entry) < 1) return Obstacle::rate;
    if (entry->servers.empty()) return Obstacle::unresolved;
    bool any_up = false;
    for (const auto& [name, server] : entry->servers) {
        if (usable(server)) return Obstacle::none;
        any_up = any_up || server.verdict.up();
    }
    return any_up ? Obstacle::pausing : Obstacle::down;
}

bool TrunkBoard::is_doubted(const std::string& trunk) const {
    const Entry* entry = find(trunk);
    if (entry == nullptr) return false;
    return std::all_of(entry->servers.begin(), entry->servers.end(), [this](const auto& each) {
        return !usable(each.second) || (each.second.doubt_until && *each.second.doubt_until > now_);
    });
}

std::vector<Endpoint> TrunkBoard::endpoints(const std::string& trunk, std::uint64_t seed) const {
    std::vector<Endpoint> sound;
    std::vector<Endpoint> doubted;
    const Entry* entry = find(trunk);
    if (entry == nullptr) return sound;
    for (const Endpoint& endpoint : in_order(entry->destination, seed)) {
        const auto server = entry->servers.find(name_of(endpoint));
        if (server == entry->servers.end() || !usable(server->second)) continue;
        const auto& until = server->second.doubt_until;
        (until && *until > now_ ? doubted : sound).push_back(endpoint);
    }
    sound.insert(sound.end(), doubted.begin(), doubted.end());
    return sound;
}

const std::string* TrunkBoard::trunk_of_source(const SocketAddress& source) const {
    for (const auto& [name, entry] : trunks_) {
        if (!entry.sources_by_name) continue;
        bool found = false;
        each_endpoint(entry.destination, [&](const Endpoint& endpoint) {
            found = found || endpoint.address.ip() == source.ip();
        });
        if (found) return &name;
    }
    return nullptr;
}

std::string TrunkBoard::fault_of_name(const std::string& trunk) const {
    const Entry* entry = find(trunk);
    return entry == nullptr ? std::string() : entry->destination.fault;
}

void TrunkBoard::take(const std::string& trunk) {
    const auto found = trunks_.find(trunk);
    if (found == trunks_.end()) return;
    Entry& entry = found->second;
    ++entry.calls;
    entry.tokens = std::max(0.0, tokens(entry) - 1);
    entry.tokens_at = now_;
}

void TrunkBoard::release(const std::string& trunk) {
    const auto found = trunks_.find(trunk);
    if (found != trunks_.end() && found->second.calls > 0) --found->second.calls;
}

void TrunkBoard::pause(const std::string& trunk, const Endpoint& endpoint, Duration time) {
    if (Server* known = server(trunk, endpoint)) {
        known->pause_until = now_ + std::min<Duration>(time, kLongestPause);
    }
}

void TrunkBoard::doubt(const std::string& trunk, const Endpoint& endpoint) {
    if (Server* known = server(trunk, endpoint)) known->doubt_until = now_ + kDoubt;
}

void TrunkBoard::resolved(const std::string& trunk, Destination destination) {
    const auto found = trunks_.find(trunk);
    if (found == trunks_.end()) return;
    Entry& entry = found->second;
    // A name server that fails takes nobody out of service who is known.
    if (destination.servers.empty() && !entry.destination.servers.empty()) {
        entry.destination.fault = std::move(destination.fault);
        return;
    }
    std::map<std::string, Server> kept;
    each_endpoint(destination, [&](const Endpoint& endpoint) {
        const std::string name = name_of(endpoint);
        const auto known = entry.servers.find(name);
        kept.emplace(name, known == entry.servers.end() ? Server(entry.health) : known->second);
    });
    entry.servers = std::move(kept);
    entry.destination = std::move(destination);
}

bool TrunkBoard::probed(const std::string& trunk, const Endpoint& endpoint, bool good) {
    Server* known = server(trunk, endpoint);
    if (known == nullptr) return false;
    if (good) known->doubt_until.reset();
    return known->verdict.heard(good);
}

std::vector<TrunkState> TrunkBoard::states() const {
    std::vector<TrunkState> all;
    for (const auto& row : trunks_) {
        const Entry& entry = row.second;
        TrunkState state{row.first, false, entry.calls, {}, entry.destination.fault};
        each_endpoint(entry.destination, [&](const Endpoint& endpoint) {
            const auto server = entry.servers.find(name_of(endpoint));
            if (server == entry.servers.end()) return;
            const bool pausing = server->second.pause_until && *server->second.pause_until > now_;
            state.up = state.up || server->second.verdict.up();
            state.servers.push_back({endpoint, server->second.verdict.up(), pausing});
        });
        all.push_back(std::move(state));
    }
    return all;
}

}  // namespace causeway::trunks
