// What trunks need between calls: their names looked up before they are too old, OPTIONS at the pace that the
// operator wants, registrations at a server that their registrar's name leads to. Control thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "gateway/trunks/endpoints.hpp"
#include "sip/ua/sip_ua.hpp"

namespace boost::asio {
class io_context;
}
namespace causeway {
class Counters;
}
namespace causeway::trunks {
class TrunkBoard;
}

namespace causeway::app {

class TrunkDesk {
  public:
    struct Doors {
        std::function<void(sip::Probe)> probe;
        std::function<void(std::vector<sip::Registration>)> register_trunks;
        /// Where a trunk's name leads to now, best first; for those that keep connections to it.
        std::function<void(const std::string& trunk, std::vector<SocketAddress>)> found = {};
    };

    /// `board` and `counters` must outlive it. Throws std::runtime_error for a name server that cannot be
    /// used.
    TrunkDesk(boost::asio::io_context& io, config::Snapshot config, trunks::TrunkBoard& board,
              Counters& counters);
    ~TrunkDesk();
    TrunkDesk(const TrunkDesk&) = delete;
    TrunkDesk& operator=(const TrunkDesk&) = delete;

    void start(Doors doors);
    void on_probed(const std::string& id, int status);
    void on_registration(const sip::RegistrationEvent& event);

    /// `trunk_up{trunk="carrier"}` and the like, for /metrics.
    void add_gauges(std::map<std::string, double>& gauges) const;
    /// "trunk carrier is down" for each that is, a line each.
    std::string report() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::app
