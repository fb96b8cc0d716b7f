// The form in which called numbers are compared and sent on. RFC 3966 §5.1.1.
#pragma once

#include <string>
#include <string_view>

namespace causeway::routing {

/// "+49 (30) 1234-567" -> "+49301234567": visual separators go when nothing but digits, with an optional
/// leading +, is left; any other text stays as it is.
std::string called_number(std::string_view text);

}  // namespace causeway::routing
