// Time-limited credentials of a TURN server that shares a secret with us (coturn's static-auth-secret): user
// name
// "<end>:<who>", password HMAC-SHA1 of it. Pure. draft-uberti-behave-turn-rest-00 §2.2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace causeway::webrtc {

struct TurnCredentials {
    std::string username;
    std::string password;

    friend bool operator==(const TurnCredentials&, const TurnCredentials&) = default;
};

/// Good until `end`, in seconds since 1970. Of `who`, what is not a letter, a digit or one of ".-_@" becomes
/// "_", so that it cannot be taken for another time; at most 64 characters of it are used.
TurnCredentials make_turn_credentials(std::string_view secret, std::string_view who, std::int64_t end);

}  // namespace causeway::webrtc
