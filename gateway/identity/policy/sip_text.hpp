// What SIP writes about people, read and written safely: P-Asserted-Identity (RFC 3325), Privacy (RFC 3323),
// user parts of URIs (RFC 3261 §25.1). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace causeway::identity {

/// User parts of the URIs in a P-Asserted-Identity value (RFC 3325 §9.1: two at most), unescaped and without
/// their parameters (`verstat` among them). What a display name holds is not looked at.
std::vector<std::string> asserted_users(std::string_view header);

/// RFC 3323 §4.2 and RFC 3325 §9.3: id, user or header asks that the identity be withheld.
bool wants_privacy(std::string_view privacy);

/// `user` as the user part of a SIP URI (RFC 3261 §25.1), all but unreserved characters and `+` escaped.
std::string escaped_sip_user(std::string_view user);

/// The user part of a web identity as that of a SIP URI: its own %40 and %25 (RFC 8827 §8.1) stay.
std::string escaped_identity_user(std::string_view user);

/// What people dial: letters, digits and `+*#-_.`, at most 64. Nothing that means more than itself in a URI.
bool is_dialable(std::string_view number);

/// `+` and 1 to 15 digits: a number that means the same everywhere (RFC 3966 §5.1.4, E.164).
bool is_global_number(std::string_view number);

/// True for any of the characters that could break a SIP header or a log line: C0 controls and DEL.
bool has_control_characters(std::string_view text);

/// A name to show: without control characters, at most 128 bytes.
std::string shown_display(std::string_view display);

/// ASCII letters in lower case.
std::string lower_case(std::string_view text);

}  // namespace causeway::identity
