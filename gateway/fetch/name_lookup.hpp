// Host names to addresses without blocking the control thread. A few threads of its own: the system's
// resolver blocks, and one name whose servers are silent must not hold up the names behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"

namespace boost::asio {
class io_context;
}

namespace causeway::fetch {

using Addresses = std::vector<SocketAddress>;
using LookupDone = std::function<void(const Result<Addresses>&)>;

/// Control thread. Destroyed before `io`; the destructor waits for lookups that are under way, which the
/// resolver's own time limits end within a few seconds.
class NameLookup {
  public:
    explicit NameLookup(boost::asio::io_context& io);
    ~NameLookup();
    NameLookup(const NameLookup&) = delete;
    NameLookup& operator=(const NameLookup&) = delete;

    /// `done` is called later, unless the lookup was cancelled or the object died.
    class Ticket;
    std::shared_ptr<Ticket> find(const std::string& host, std::uint16_t port, LookupDone done);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// One lookup; cancelled when its last owner lets go.
class NameLookup::Ticket {
  public:
    explicit Ticket(LookupDone done) : done_(std::move(done)) {}
    void deliver(const Result<Addresses>& found) { done_(found); }

  private:
    LookupDone done_;
};

}  // namespace causeway::fetch
