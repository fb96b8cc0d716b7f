// What starting any rival needs: its program, ports for media, the machine's own address. No thread.
#pragma once

#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace causeway::load {

/// Below the kernel's own range, from which the generator's sockets come.
inline constexpr int kFirstMediaPort = 12000;
inline constexpr int kLastMediaPort = 31999;

/// `binary`, or `name` if it is in PATH. The Error says which package to install.
Result<std::string> find_program(std::string_view binary, std::string_view name, std::string_view package);
/// The first IPv4 address that is no loopback address; the loopback address if there is no other.
std::string own_address();

}  // namespace causeway::load
