// Values on their way into and out of SIP messages: what may be written, what is believed to be text, how
// it is quoted. Pure. RFC 3261 §25.1, RFC 3326, RFC 2976.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/end_reason.hpp"

namespace causeway::sip {

/// Any byte below 0x20, or DEL: in a header such a byte starts a new line or worse.
bool has_control(std::string_view text);
/// Fit to stand between `<` and `>`: printable ASCII without brackets, quotes or spaces.
bool is_plain_uri(std::string_view text);
/// A header's name, and not one that the stack writes itself (Via, From, Contact, Content-Length ...).
bool is_extra_header_name(std::string_view name);
/// Fit for a Call-ID (RFC 3261 §25.1: word ["@" word]), and not endless.
bool is_call_id(std::string_view text);
/// At most `longest` bytes of `text`, with no UTF-8 character cut in two.
std::string shortened(std::string_view text, std::size_t longest);
/// `text` in quotes, as a quoted-string (RFC 3261 §25.1).
std::string quoted(std::string_view text);
/// `"display" <uri>` or `<uri>`.
std::string name_addr(std::string_view display, std::string_view uri);
/// %xx resolved; nullopt when that makes a control character or the escape is broken.
std::optional<std::string> unescaped(std::string_view text);

/// The reason phrases of RFC 8224 §6.2.2, which the stack does not know; nullptr for other refusals.
const char* identity_phrase(int status, const EndReason& reason);
/// The gateway goes down.
EndReason stopping();
/// Why the stack itself answers a request with that status, before any gateway has seen it.
EndReason own_refusal(int status);
/// Which message carries a Reason header.
enum class ReasonOn { cancel, bye, response };
/// The Reason header's value (RFC 3326 §2) with the Q.850 cause, and the SIP cause where it says more.
std::string reason_value(const EndReason& reason, ReasonOn message);

/// RFC 3261 §20.43: what a 488 or 606 warns of, "" for other refusals. `host` is our own name.
std::string warning_value(int status, std::string_view host, std::string_view why = {});

/// One value of a received Reason header.
struct ReceivedReason {
    std::string protocol;  ///< "SIP", "Q.850"
    std::string cause;
    std::string text;  ///< still quoted, as received
};
/// "Normal call clearing (Q.850 16)", "" when it says nothing.
std::string describe(const ReceivedReason& reason);

struct InfoDigit {
    char digit = '0';
    int duration_ms = 160;
};
/// A key press out of an INFO body: application/dtmf-relay ("Signal=5", "Duration=160") or
/// application/dtmf ("5"). Durations are kept within 40 ms and 5 s.
std::optional<InfoDigit> parse_info_digit(std::string_view content_type, std::string_view body);
/// The body of application/dtmf-relay.
std::string info_digit_body(char digit, int duration_ms);

}  // namespace causeway::sip
