// A message's body taken apart: one part, or several of multipart (RFC 2046 §5.1, RFC 5621). Pure, total,
// bounded.
#pragma once

#include <string>
#include <string_view>

namespace causeway::sip {

/// The session description in a body.
struct DescriptionInBody {
    bool understood = true;  ///< false: a part that had to be understood is not (415)
    std::string_view sdp;    ///< "" when there is none
};

/// `type` is the whole Content-Type value, parameters included; "" means SDP, as old peers do. `disposition`
/// is the whole Content-Disposition value, "" if none.
DescriptionInBody description_in(std::string_view type, std::string_view disposition, std::string_view body);

}  // namespace causeway::sip
