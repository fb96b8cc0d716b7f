// In which order servers are tried: RFC 2782's "usage rules", which serve trunk groups as well as SRV
// records. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace causeway::trunks {

struct Ranked {
    int priority = 0;  ///< lower ones first
    int weight = 0;    ///< share of the first places among those of one priority
};

/// Positions in `all`, best first. The same seed gives the same order; over many seeds each weight has its
/// share.
std::vector<std::size_t> weighted_order(const std::vector<Ranked>& all, std::uint64_t seed);

}  // namespace causeway::trunks
