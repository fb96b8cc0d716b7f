#include "gateway/softphone/shown_caller.hpp"

#include <algorithm>

#include "core/digest/digest.hpp"
#include "gateway/identity/policy/sip_text.hpp"

namespace causeway::softphone {

ShownCaller shown_caller(const std::string& number, const std::string& display,
                         const http::CallerInfo& caller, const std::string& domain) {
    ShownCaller shown;
    if (caller.privacy || number.empty() || number == "anonymous") {
        // RFC 3323 §4.1.1.3.
        shown.from_uri = "sip:anonymous@anonymous.invalid";
        shown.from_display = "Anonymous";
        shown.headers.emplace_back("Privacy", "id");
        return shown;
    }
    const std::string user = identity::escaped_sip_user(number);
    shown.from_uri = "sip:" + user + "@" + domain;
    shown.from_display = display;
    // RFC 3325 §7: told as true only when somebody has vouched for it.
    const bool is_signed = caller.verstat == "TN-Validation-Passed";
    if (is_signed || caller.method == "pai") {
        const std::string verstat = is_signed ? ";verstat=" + caller.verstat : "";
        shown.headers.emplace_back("P-Asserted-Identity",
                                   "<sip:" + user + verstat + "@" + domain + ";user=phone>");
    }
    return shown;
}

sip::Header reason_header(int status, std::string_view why) {
    return {"Reason", "SIP;cause=" + std::to_string(status) + ";text=" + digest::quoted(why)};
}

int refusal_status(int status) {
    // What a trunk asked of the gateway is not asked of the softphone.
    if (status == 401 || status == 407) return 403;
    return std::clamp(status, 300, 699);
}

}  // namespace causeway::softphone
