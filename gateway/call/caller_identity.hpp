// Whose number a call from SIP shows: the trust boundary's rule for P-Asserted-Identity (RFC 3325) and
// Privacy (RFC 3323). Pure.
#pragma once

#include <string>
#include <string_view>

#include "sip/ua/sip_ua.hpp"

namespace causeway::call {

struct ShownCaller {
    std::string number;   ///< "anonymous" when the caller asked for privacy
    std::string display;  ///< "" then
};

/// `trusted`: the trunk's P-Asserted-Identity may be believed. RFC 3325 §8: from others it is dropped.
ShownCaller shown_caller(const sip::InboundInvite& invite, bool trusted);

/// User part of the first URI in a P-Asserted-Identity value, unescaped; "" when there is none.
std::string asserted_user(std::string_view header);

/// `user` as the user part of a SIP URI (RFC 3261 §25.1), all but unreserved characters and `+` escaped.
std::string escaped_user(std::string_view user);

/// What people dial: letters, digits and `+*#-_.`, at most 64. Nothing that means more than itself in a URI.
bool is_dialable(std::string_view number);

/// True for any of the characters that could break a SIP header or a log line: C0 controls and DEL.
bool has_control_characters(std::string_view text);

}  // namespace causeway::call
