// One assertion in every detail, good as it is made; a test changes one thing about it.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/identity/assertion/assertion_verifier.hpp"

namespace causeway::identity::test {

inline constexpr std::int64_t kNow = 1'800'000'000;
inline const std::string kDigest =
    "DC:E9:95:3F:52:BA:DC:4F:E0:39:82:4D:2E:4E:F8:87:48:AB:3C:E2:6D:2C:19:F4:B3:C3:75:8E:00:CA:A5:6C";
inline const std::string kOtherDigest =
    "01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F:20";

using Change = std::function<std::string(std::string)>;

/// A JWS, put together when it is needed.
struct Token {
    boost::json::object header;
    boost::json::object claims;
    jose::SigningKey key = jose::SigningKey::generate();
    jose::Algorithm algorithm = jose::Algorithm::es256;
    Change spoil_header;  ///< JSON text to JSON text
    Change spoil_claims;
    Change spoil;  ///< the token itself

    std::string text() const;
};

struct Scenario {
    IdentityProvider provider;
    Token token;  ///< contents: the assertion; nonce: the id_token; DPoP: the access token
    Token proof;  ///< DPoP only
    boost::json::object contents;
    boost::json::object answer;  ///< introspection only
    std::vector<boost::json::value> keys;
    boost::json::object idp;
    std::vector<std::string> session_lines;  ///< fingerprints and the like, before a=identity
    std::vector<std::string> media_lines;
    std::int64_t now = kNow;
    std::optional<Fingerprint> dtls;
    std::string session = "one";
    Change spoil_contents;   ///< the string, after everything signed was made for the good one
    Change spoil_assertion;  ///< the opaque string
    Change spoil_envelope;   ///< JSON text
    Change spoil_line;       ///< the value of a=identity

    std::string contents_text() const;
    std::string assertion() const;
    std::string line() const;
    std::string sdp() const;
    std::string jwks() const;
    AssertionVerdict verdict(ReplayCache* replays = nullptr) const;
};

/// alice@idp.example.org by that binding, good.
Scenario good(Binding binding);

/// The same JSON text with that member in front of the others.
Change with_member(const std::string& member);

/// One thing about a good assertion and what must come of it.
struct Vector {
    std::string name;
    std::string why;  ///< "" when it must stay valid
    std::function<void(Scenario&)> change;
    AssertionFault fault = AssertionFault::invalid;
    std::string identity = "alice@idp.example.org";  ///< when valid
};
void check(Binding binding, const std::vector<Vector>& vectors);

}  // namespace causeway::identity::test
