// Numbers and URIs in the one form in which they can be compared. RFC 8224 §8.3, §8.5. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway::identity {

/// Digits, * and # of a dialled or written number, without + and separators; "" when anything else is in it.
std::string canonical_number(std::string_view number);

/// The URI of a name-addr or addr-spec: `"A" <sip:b@c;x>;tag=1` gives `sip:b@c;x`. "" when there is none.
std::string uri_of(std::string_view header_value);

/// The canonical number that a tel URI, or a SIP URI whose user part is a telephone number (user=phone, or
/// digits alone), stands for.
std::optional<std::string> number_of_uri(std::string_view uri);

/// Whether that URI says of itself that it is a number: tel, user=phone, or a + in front (RFC 8224 §8.1).
/// Digits alone may be a number or an extension's name.
bool is_explicit_number(std::string_view uri);

/// RFC 8224 §8.5: scheme, user and host in lower case, without password, port and parameters.
/// Other schemes than sip, sips and tel: as they are; "" for what is no URI.
std::string canonical_uri(std::string_view uri);

/// Host of a SIP URI in lower case; "" for others.
std::string domain_of_uri(std::string_view uri);

}  // namespace causeway::identity
