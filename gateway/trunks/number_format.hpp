// Telephone numbers as a trunk writes them: E.164 inside the gateway, national or other forms on the wire.
// Pure. ITU-T E.164, RFC 3966 §5.1.
#pragma once

#include <string>
#include <string_view>

#include "config/config.hpp"

namespace causeway::trunks {

/// A number of ours in the trunk's form. Only what begins with `+` and is digits otherwise is rewritten:
/// short codes, names and emergency numbers stay.
std::string number_out(std::string_view number, const config::TrunkNumbers& form);
/// The same for a called number: with the trunk's prefix in front.
std::string called_out(std::string_view number, const config::TrunkNumbers& form);
/// A trunk's number as E.164 with `+`; unchanged when it cannot be told to be one.
std::string number_in(std::string_view number, const config::TrunkNumbers& form);

/// The user parts of all sip: URIs in a header's value, rewritten by `number_out`. Escaped ones are left.
std::string uris_out(std::string_view header, const config::TrunkNumbers& form);
/// The same by `number_in`.
std::string uris_in(std::string_view header, const config::TrunkNumbers& form);

}  // namespace causeway::trunks
