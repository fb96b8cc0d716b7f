// How the trunks stand now: where their names lead, who answers, who asked for a pause, how many calls each
// carries. Steps of calls read it, the registry and the trunk desk write it. Control thread; no clock of its
// own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "core/base/clock.hpp"
#include "gateway/trunks/endpoints.hpp"
#include "gateway/trunks/health.hpp"

namespace causeway::trunks {

/// Why a trunk takes no call now.
enum class Obstacle { none, unresolved, down, pausing, calls, rate };

struct TrunkState {
    std::string trunk;
    bool up = true;  ///< at least one of its servers is
    int calls = 0;
    struct ServerState {
        Endpoint endpoint;
        bool up = true;
        bool pausing = false;
    };
    std::vector<ServerState> servers;
    std::string fault;  ///< of its name
};

class TrunkBoard {
  public:
    explicit TrunkBoard(const config::Config& config);

    /// Before each reading or writing.
    void set_time(Instant now) { now_ = now; }

    // Read by calls.
    Obstacle obstacle(const std::string& trunk) const;
    /// Did a call fail there a moment ago? Then others are tried first.
    bool is_doubted(const std::string& trunk) const;
    /// Its servers that may be tried, in the order of one call.
    std::vector<Endpoint> endpoints(const std::string& trunk, std::uint64_t seed) const;
    /// The trunk without `sources` whose name leads to this address; nullptr for strangers.
    const std::string* trunk_of_source(const SocketAddress& source) const;
    std::string fault_of_name(const std::string& trunk) const;

    // Written by the registry.
    void take(const std::string& trunk);
    void release(const std::string& trunk);
    /// RFC 3261 §21.5.4: it asked not to be called for so long.
    void pause(const std::string& trunk, const Endpoint& endpoint, Duration time);
    /// It could not be reached, or did not answer in time.
    void doubt(const std::string& trunk, const Endpoint& endpoint);

    // Written by the trunk desk.
    void resolved(const std::string& trunk, Destination destination);
    /// True when the verdict about this server changed.
    bool probed(const std::string& trunk, const Endpoint& endpoint, bool good);

    std::vector<TrunkState> states() const;

  private:
    struct Server {
        explicit Server(const config::TrunkHealth& health) : verdict(health.down_after, health.up_after) {}
        Health verdict;
        std::optional<Instant> pause_until;
        std::optional<Instant> doubt_until;
    };
    struct Entry {
        config::TrunkHealth health;
        config::TrunkLimits limits;
        bool sources_by_name = false;
        Destination destination;
        std::map<std::string, Server> servers;  ///< by the endpoint's name
        int calls = 0;
        double tokens = 0;
        Instant tokens_at{};
    };

    const Entry* find(const std::string& trunk) const;
    Server* server(const std::string& trunk, const Endpoint& endpoint);
    double tokens(const Entry& entry) const;
    bool usable(const Server& server) const;

    // Given.
    Instant now_{};
    // State.
    std::map<std::string, Entry> trunks_;
};

}  // namespace causeway::trunks
