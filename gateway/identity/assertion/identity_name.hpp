// Names of users and domains as RFC 8827 compares them: `user@domain`, domains by their A-labels (RFC 5890
// §2.3.2.4). Pure.
#pragma once

#include <string>
#include <string_view>

namespace causeway::identity {

/// Lower case for ASCII; labels with other characters become A-labels (RFC 3492). Nothing else is mapped: a
/// label that is no U-label as written equals no name that an operator configures.
std::string a_labels(std::string_view domain);

/// The host of an authority for the name check: without userinfo and port, as a_labels (RFC 8827 §7.5).
std::string host_of(std::string_view authority);

/// RFC 8827 §8.1: "@" and "%" of a user part percent-encoded, nothing else.
std::string escaped_user(std::string_view user);

/// "user@domain" with the domain as a_labels; the user as it is. For identities that have the right form.
std::string canonical_identity(std::string_view identity);

}  // namespace causeway::identity
