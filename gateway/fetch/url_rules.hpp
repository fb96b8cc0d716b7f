// Which URLs may be fetched at all, decided before anything is looked up. Pure, any thread. RFC 3986.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"

namespace causeway::fetch {

/// The hosts that may have private addresses, as configured: "host", "host:port", "127.0.0.1",
/// "[::1]:8443".
class PrivateHosts {
  public:
    PrivateHosts() = default;
    explicit PrivateHosts(const std::vector<std::string>& entries);
    /// `host` as in `Target`.
    bool lists(std::string_view host, std::uint16_t port) const;

  private:
    std::vector<std::string> entries_;
};

/// Where a URL leads.
struct Target {
    std::string host;  ///< lower case; IPv6 without brackets
    std::uint16_t port = 443;
    std::string path;  ///< and query, as a request line has them
    std::optional<SocketAddress> literal;
    bool may_be_private = false;

    /// RFC 9110 §7.2.
    std::string host_header() const;
};

/// https, at most 2 KiB, a plain host name, port 443 or 8443; no user name, no fragment. A host of
/// `private_hosts` may be an IP literal and have any port.
Result<Target> check_url(std::string_view url, const PrivateHosts& private_hosts);

}  // namespace causeway::fetch
