// Parameters of a URL's query. Pure, total. RFC 3986 §2.1, §3.4.
#pragma once

#include <string>
#include <string_view>

namespace causeway::http {

/// The decoded value of the first parameter `name`; "" when it is not there or its escapes are broken. "+" is
/// a plus sign: numbers begin with one.
std::string query_parameter(std::string_view query, std::string_view name);

}  // namespace causeway::http
