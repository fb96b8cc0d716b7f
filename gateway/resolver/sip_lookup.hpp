// From a trunk's name to its servers: NAPTR, SRV, A and AAAA. RFC 3263 §4, RFC 2782. Control thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/resolver/dns_answer.hpp"
#include "gateway/trunks/endpoints.hpp"

namespace causeway::resolver {

/// Asks for one kind of record of one name; NameServer::ask, or a test's answers.
using Ask = std::function<void(const std::string& name, RecordType type,
                               std::function<void(Result<DnsAnswer>)> done)>;

struct LookupRequest {
    std::string host;
    std::uint16_t port = 0;  ///< given: no SRV (RFC 3263 §4.2)
    /// automatic: what the records say, of `able`.
    config::TrunkTransport transport = config::TrunkTransport::udp;
    bool ipv4 = true;  ///< the families that we can send by
    bool ipv6 = false;
    /// What we can do, in the order of our own wish for when the records have none.
    std::vector<config::TrunkTransport> able{};
};

/// `done` is called once, after it returned unless `ask` answers at once. A destination without servers has a
/// fault. The operator's transport stands: of NAPTR records only those of that transport count. Without one
/// the servers of every usable transport are found, those of the first choice before all others.
void look_up(const Ask& ask, const LookupRequest& request, std::function<void(trunks::Destination)> done);

}  // namespace causeway::resolver
