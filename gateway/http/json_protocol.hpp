// The page protocol between text and values: strict, bounded, total. Pure. The contract is PROTOCOL.md;
// JSON is RFC 8259.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/http/messages.hpp"

namespace causeway::http {

inline constexpr int kProtocolVersion = 1;
inline constexpr std::size_t kMaxCallName = 64;
inline constexpr std::size_t kMaxName = 256;  ///< to, user, password
inline constexpr std::size_t kMaxToken = 8192;
inline constexpr std::size_t kMaxCapability = 8192;
inline constexpr std::size_t kMaxNumber = 64;
inline constexpr std::size_t kMaxResume = 64;
inline constexpr std::size_t kMaxPage = 2048;
inline constexpr std::size_t kMaxSdp = 60000;
inline constexpr std::size_t kMaxCandidate = 1024;
inline constexpr std::size_t kMaxMessageText = 1300;  ///< RFC 3428 §8

/// One message of a page. Whatever is wrong with it comes back as the error to send, with the member at
/// fault.
std::variant<ClientMessage, ProtocolError> parse_client_message(std::string_view json);

/// One line of JSON, always valid UTF-8.
std::string to_json(const ServerMessage& message);

/// Why a request was refused (RFC 9457).
std::string problem_json(int status, std::string_view reason, std::string_view detail);
/// Of a call by plain HTTP.
std::string state_json(std::string_view id, std::string_view state);

}  // namespace causeway::http
