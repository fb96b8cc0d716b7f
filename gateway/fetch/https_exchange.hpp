// One request and its answer over one TLS connection to addresses that were checked before; nothing is
// resolved here. Control thread. RFC 9112, RFC 9110, RFC 9325.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/socket_address.hpp"
#include "gateway/fetch/url_rules.hpp"
#include "gateway/fetch/web_fetch.hpp"

namespace boost::asio::ssl {
class context;
}

namespace causeway::fetch {

/// TLS 1.2 or later, the system's roots and those of `ca_file`. Throws std::runtime_error that names the file
/// when it cannot be used: configuration.
std::shared_ptr<boost::asio::ssl::context> make_client_context(const std::string& ca_file);

struct Exchange {
    Target target;
    std::vector<SocketAddress> addresses;  ///< tried in this order
    bool post = false;
    std::string body;           ///< of a POST
    std::string authorization;  ///< "" for none
    std::size_t longest_body = 0;
    Instant deadline;  ///< only to divide the time among the addresses: the caller ends what takes too long
};

class OpenExchange {
  public:
    virtual ~OpenExchange() = default;
    /// Closes the connection; `done` is not called any more.
    virtual void cancel() = 0;
};

/// `done` is called later, once, unless cancelled.
std::shared_ptr<OpenExchange> start_exchange(boost::asio::io_context& io,
                                             std::shared_ptr<boost::asio::ssl::context> tls,
                                             Exchange exchange, FetchDone done);

}  // namespace causeway::fetch
