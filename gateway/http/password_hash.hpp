// Passwords and tokens of configured users: scrypt hashes (RFC 7914) and comparison in constant time. Any
// thread; a verification costs some tens of milliseconds.
#pragma once

#include <string>
#include <string_view>

namespace causeway::http {

/// "scrypt$N$r$p$salt$hash", salt and hash in Base64 (RFC 4648 §4), with a fresh salt.
std::string hash_password(std::string_view password);

/// Is `hash` one that verify_password can use? For the configuration's check.
bool is_password_hash(std::string_view hash);

/// False for a wrong password and for a hash that cannot be read or asks for too much work.
bool verify_password(std::string_view password, std::string_view hash);

/// Takes equally long wherever the two differ. An empty expectation matches nothing.
bool equal_secrets(std::string_view given, std::string_view expected);

}  // namespace causeway::http
