// The STUN messages of a browser's ICE agent, written and read without the gateway's own code. Pure.
// RFC 8489, RFC 8445 §7.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/socket_address.hpp"

namespace causeway::load::stun {

using Transaction = std::array<std::uint8_t, 12>;
using Bytes = std::vector<std::uint8_t>;

enum class Kind : std::uint16_t {
    request = 0x0001,
    indication = 0x0011,
    success = 0x0101,
    failure = 0x0111,
};

/// What we look at in a Binding message.
struct Message {
    Kind kind{};
    Transaction transaction{};
    std::string_view username;  ///< borrowed from the datagram
};

/// nullopt for what is no whole Binding message.
std::optional<Message> read(std::span<const std::uint8_t> datagram);
/// Whether it carries a MESSAGE-INTEGRITY made with `key`.
bool has_integrity(std::span<const std::uint8_t> datagram, std::string_view key);

/// A connectivity check of the controlling agent.
struct Check {
    Transaction transaction{};
    std::string_view username;
    std::string_view key;
    std::uint64_t tie_breaker = 0;
    bool nominate = false;
};
Bytes write(const Check& check);

/// The success response to a request.
Bytes write_success(const Transaction& transaction, const SocketAddress& mapped, std::string_view key);

}  // namespace causeway::load::stun
