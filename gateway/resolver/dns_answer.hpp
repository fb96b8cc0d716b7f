// What a DNS answer says, out of its bytes: addresses, SRV and NAPTR records with their time to live. Pure
// and total: an answer is a stranger's word. RFC 1035 §4.1, RFC 2782, RFC 3403 §4.1.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/error.hpp"
#include "core/base/socket_address.hpp"

namespace causeway::resolver {

enum class RecordType : std::uint16_t { a = 1, aaaa = 28, srv = 33, naptr = 35 };

struct SrvRecord {
    int priority = 0;
    int weight = 0;
    std::uint16_t port = 0;
    std::string target;  ///< "" is ".": the service is not offered
};
struct NaptrRecord {
    int order = 0;
    int preference = 0;
    std::string flags;
    std::string service;
    std::string replacement;
};

struct DnsAnswer {
    std::vector<SocketAddress> addresses;  ///< port 0
    std::vector<SrvRecord> srv;
    std::vector<NaptrRecord> naptr;
    std::chrono::seconds ttl{0};  ///< the shortest of all records, aliases too; 0 without any
};

/// The records of `type` in the answer section, at most 32; aliases are followed by the name server. Names
/// that no host has are left out.
Result<DnsAnswer> parse_dns_answer(const std::uint8_t* bytes, std::size_t size, RecordType type);

}  // namespace causeway::resolver
