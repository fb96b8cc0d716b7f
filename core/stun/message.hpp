// The STUN messages of connectivity and consent checks: Binding requests and their responses, written and
// verified. Pure; total on hostile bytes. RFC 8489 §5 §14, RFC 8445 §7.
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
    bool nominate = false;  ///< with USE-CANDIDATE (RFC 8445 §7.2.2)
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

/// What a Binding request says, for who has to answer it.
struct Check {
    TransactionId transaction{};
    bool has_username = false;
    bool has_integrity = false;
    bool authentic = false;        ///< the right user name and an integrity made with our key
    bool fingerprint = false;      ///< there, at the end, and right
    bool use_candidate = false;    ///< RFC 8445 §7.2.2
    bool says_controlled = false;  ///< the sender takes itself for the controlled agent
    std::uint32_t priority = 0;
    std::optional<std::uint16_t> unknown{};  ///< the first attribute that must be understood and is not
};
/// nullopt for anything else than a whole, well-formed Binding request.
std::optional<Check> read_check(std::span<const std::uint8_t> message, std::string_view username,
                                const std::string& key);

/// An error response; with `unknown` the attribute of a 420. Signed when there is a key. Its length.
std::size_t write_error(const TransactionId& transaction, int code, std::optional<std::uint16_t> unknown,
                        const std::string& key, std::span<std::uint8_t, kMaxRequest> out);

}  // namespace causeway::stun
