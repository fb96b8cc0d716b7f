// Ports for systems that are started here. Any thread.
#pragma once

#include <cstdint>

#include "core/base/error.hpp"

namespace causeway::load {

/// Ports of the loopback address that nobody uses now.
Result<std::uint16_t> free_udp_port();
Result<std::uint16_t> free_tcp_port();

}  // namespace causeway::load
