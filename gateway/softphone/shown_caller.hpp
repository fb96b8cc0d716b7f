// What a softphone is shown of who calls or writes, and words for refusals. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/messages.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::softphone {

struct ShownCaller {
    std::string from_uri;
    std::string from_display;
    std::vector<sip::Header> headers;  ///< Privacy, P-Asserted-Identity
};

/// `number` may be "anonymous".
ShownCaller shown_caller(const std::string& number, const std::string& display,
                         const http::CallerInfo& caller, const std::string& domain);

/// A refusal's words where SIP has a place for them (RFC 3326).
sip::Header reason_header(int status, std::string_view why);

/// The status of a refusal that came from elsewhere, as a softphone may have it.
int refusal_status(int status);

}  // namespace causeway::softphone
