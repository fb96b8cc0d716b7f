// Digest access authentication, both sides' arithmetic: RFC 7616 §3.4 with MD5 and SHA-256 (RFC 8760), and
// what stands in an Authorization header. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.hpp"

namespace causeway::digest {

enum class Algorithm { md5, sha256 };

/// "MD5", "SHA-256".
std::string_view name(Algorithm algorithm);
/// Without regard to case; "" is MD5 (RFC 7616 §3.3). nullopt for what is not spoken, such as MD5-sess.
std::optional<Algorithm> algorithm_of(std::string_view name);

/// Lower-case hex.
std::string hash_hex(Algorithm algorithm, std::string_view text);

/// What a response is made of besides the password.
struct Exchange {
    Algorithm algorithm = Algorithm::md5;
    std::string username;
    std::string realm;
    std::string nonce;
    std::string uri;
    std::string qop;     ///< "auth", or "" as RFC 2069 clients do
    std::string nc;      ///< eight hex digits; with qop only
    std::string cnonce;  ///< with qop only
};
/// RFC 7616 §3.4.1, qop "auth" or none.
std::string response(const Exchange& exchange, std::string_view password, std::string_view method);

/// What a client says in an Authorization header.
struct Credentials {
    Exchange exchange;
    std::string response;
    std::string opaque;
    std::uint32_t count = 0;  ///< nc; 0 without qop
};
/// `value` with or without the scheme's name in front. An Error when it is too long, not of this grammar
/// (RFC 9110 §11.4), lacks what is needed, or names an algorithm or qop that is not spoken.
Result<Credentials> parse_credentials(std::string_view value);

/// Takes equally long wherever the two differ. An empty expectation matches nothing.
bool equal(std::string_view given, std::string_view expected);

/// In quotes, with `"` and `\` escaped (RFC 9110 §5.6.4).
std::string quoted(std::string_view text);

}  // namespace causeway::digest
