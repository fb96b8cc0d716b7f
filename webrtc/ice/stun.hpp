// The two STUN messages of a consent check: the Binding request that we write and the success response that
// we verify. Everything else of STUN is libnice's. Pure. RFC 8489 §5 §14, RFC 8445 §7.1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace causeway::webrtc::stun {

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

/// The transaction of a Binding success response, looking at its first kHeaderSize bytes only.
std::optional<TransactionId> success_response(std::span<const std::uint8_t> head);

/// Whether a whole success response carries a MESSAGE-INTEGRITY made with `key`.
bool has_integrity(std::span<const std::uint8_t> message, const std::string& key);

}  // namespace causeway::webrtc::stun
