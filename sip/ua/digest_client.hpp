// Digest answers to trunks' challenges: MD5 and SHA-256 (RFC 7616, RFC 8760), in place of the stack's own,
// which knows MD5 only. The stack calls it for every request that was challenged, in dialogs and for REGISTER
// too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/digest/digest.hpp"

struct msg_s;
struct sip_s;

namespace causeway::sip {

/// What a 401 or 407 asks.
struct Challenge {
    std::string nonce;
    std::string opaque;
    digest::Algorithm algorithm = digest::Algorithm::md5;
    bool names_algorithm = false;
    bool qop_auth = false;
    bool stale = false;
};
/// `parameters` are "name=value" words, values perhaps quoted, ended by a nullptr. nullopt when it cannot be
/// answered: another algorithm, auth-int only, no nonce, or anything endless.
std::optional<Challenge> read_challenge(const char* const* parameters);

struct ChallengeAnswer {
    std::string username;
    std::string password;
    std::string realm;  ///< without quotes
    std::string method;
    std::string uri;
    std::string cnonce;
    std::uint32_t count = 1;
};
/// The value of the Authorization or Proxy-Authorization header (RFC 7616 §3.4).
std::string authorization(const Challenge& challenge, const ChallengeAnswer& answer);

/// A quoted-string's text (RFC 3261 §25.1); other texts as they are.
std::string unquoted(std::string_view text);

/// For NUTAG_AUTH, which cuts at colons: name and password in hex. `realm` is still quoted.
std::string auth_tag(std::string_view realm, std::string_view username, std::string_view password);
std::string to_hex(std::string_view bytes);
/// nullopt for what is no hex.
std::optional<std::string> from_hex(std::string_view hex);

/// Takes out of a 401 or 407 what cannot be answered and, of several challenges of one realm, all but the
/// strongest: no server in between gets a weaker answer by adding one. The number taken out.
std::size_t keep_answerable_challenges(msg_s* message, sip_s* sip);

/// Makes the stack use it. Once per process, before the first stack.
void install_digest_client();

}  // namespace causeway::sip
