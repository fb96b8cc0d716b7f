// Diversion (RFC 5806) and History-Info (RFC 7044): who a call was for before, read and written. Pure, total.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace causeway::call {

/// Somebody that a call was for and is not any more.
struct Diversion {
    std::string number;
    std::string display;
    std::string reason;  ///< of RFC 5806 §4, "" unknown
    int status = 0;      ///< the SIP status that diverted it, 0 unknown

    friend bool operator==(const Diversion&, const Diversion&) = default;
};

/// The latest diversion that the headers tell, Diversion before History-Info; number "" if none.
Diversion latest_diversion(const std::vector<std::string>& diversion,
                           const std::vector<std::string>& history_info);

/// "user-busy", "no-answer", ... for the status of whoever did not take the call.
std::string_view diversion_reason(int sip_status);

/// Header lines for a call that came to `now` by `steps`, oldest first. `host` stands in their URIs.
std::vector<std::pair<std::string, std::string>> diversion_headers(const std::vector<Diversion>& steps,
                                                                   const std::string& now,
                                                                   const std::string& host);

}  // namespace causeway::call
