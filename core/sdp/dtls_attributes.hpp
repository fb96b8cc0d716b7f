// The attributes of DTLS and ICE in an audio section: fingerprints, roles, logins. What the browser's profile
// and SIP's read and write alike. Pure; total on hostile bytes. RFC 8122 §5, RFC 8842 §5, RFC 8839 §5.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.hpp"
#include "core/sdp/media_security.hpp"
#include "core/sdp/session.hpp"

namespace causeway::sdp {

/// Of the section, else of the session; only hashes that can be checked. An Error when there is none such.
Result<std::vector<Fingerprint>> read_fingerprints(const Session& session, const MediaSection& section);
/// "sha-256 AB:CD:..."
std::string fingerprint_text(const Fingerprint& fingerprint);

/// An Error for `holdconn`, other words and none at all.
Result<Setup> read_setup(const Session& session, const MediaSection& section);
std::string_view attribute_name(Setup setup);

/// a=tls-id; "" for none and for one that is not well formed (RFC 8842 §5.2).
std::string read_tls_id(const Session& session, const MediaSection& section);

/// a=ice-ufrag and a=ice-pwd of the section or else of the session. An Error names what is missing or wrong.
Result<IceLogin> read_ice_login(const Session& session, const MediaSection& section);

}  // namespace causeway::sdp
