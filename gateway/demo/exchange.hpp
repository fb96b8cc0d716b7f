// The embedded demo exchange: a real SIP user agent with its own SIP port and real RTP over loopback, so that
// a demo call crosses the whole gateway. A thread of its own besides its SIP stack's.
#pragma once

#include <memory>

#include "core/base/socket_address.hpp"

namespace causeway {
class Counters;
}

namespace causeway::demo {

class Exchange {
  public:
    /// Listens on `listen` (UDP); calls back through `gateway`. Throws std::runtime_error when the port is
    /// taken.
    Exchange(const SocketAddress& listen, const SocketAddress& gateway, Counters& counters);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::demo
