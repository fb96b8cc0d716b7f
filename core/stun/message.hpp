// The STUN messages of consent checks, both ways: Binding requests and their success responses, written and
// verified. Everything else of STUN is libnice's. Pure. RFC 8489 §5 §14, RFC 8445 §7.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/socket_address.hpp"

namespace causeway::stun {

inline constexpr std::size_t kHeaderSize = 20;
/// A request with two ufrags of 256 characters and all attributes fits.
inline constexpr std::size_t kMaxRequest = 640;

using TransactionId = std::array<std::uint8_t, 12>;

struct BindingRequest {
    TransactionId transaction{};
    std::string username;  ///< "remote ufrag:local ufrag"
    std::string key;       ///< the remote password
    std::uint32_t priority = 0;
    bool controlling = false;
    std::uint64_t tie_breaker = 0;
};

/// The message in `out`'s first bytes; its length.
std::size_t write(const BindingRequest& request, std::span<std::uint8_t, kMaxRequest> out);

/// Whether the first kHeaderSize bytes are those of a STUN message: by its cookie (RFC 8489 §5).
bool is_message(std::span<const std::uint8_t> head);

/// Whether it is a Binding request, looking at its first kHeaderSize bytes only.
bool is_request(std::span<const std::uint8_t> head);

/// The transaction of a Binding success response, looking at its first kHeaderSize bytes only.
std::optional<TransactionId> success_response(std::span<const std::uint8_t> head);

/// The transaction of a whole Binding request for `username`, if its MESSAGE-INTEGRITY was made with `key`.
std::optional<TransactionId> authentic_request(std::span<const std::uint8_t> message,
                                               std::string_view username, const std::string& key);

/// The answer to such a request that came from `mapped`; its length.
std::size_t write_success(const TransactionId& transaction, const SocketAddress& mapped,
                          const std::string& key, std::span<std::uint8_t, kMaxRequest> out);

/// Whether a whole message carries a MESSAGE-INTEGRITY made with `key`.
bool has_integrity(std::span<const std::uint8_t> message, const std::string& key);

}  // namespace causeway::stun
