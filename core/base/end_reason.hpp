// Why a call ended or was refused, and whose fault it was. One value that the page, the log line, the SIP
// Reason header and the call's record all tell alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace causeway {

/// Who caused the end.
enum class Side { none, browser, sip, gateway };

/// The closed vocabulary of ends. Its names (`code`) are part of the page protocol and of the record.
enum class EndCause {
    hangup,                ///< somebody hung up an answered call
    cancelled,             ///< the caller gave up before an answer
    declined,              ///< the called party refused
    busy,                  ///< the called party is busy
    no_answer,             ///< it rang too long
    answered_elsewhere,    ///< another page of the same user took the call
    transferred,           ///< it goes on without this side
    not_found,             ///< no such number, or no route to it
    unavailable,           ///< the called party exists but is not connected
    forbidden,             ///< the caller may not make this call
    not_authenticated,     ///< the page or trunk did not prove who it is
    bad_request,           ///< a message that breaks the protocol
    bad_offer,             ///< an SDP that cannot be read or breaks a rule
    no_common_codec,       ///< nothing that both sides can send
    over_limit,            ///< a configured limit is reached
    overloaded,            ///< the machine has no time for another call
    trunk_unreachable,     ///< the trunk cannot be sent to
    trunk_timeout,         ///< the trunk did not answer in time
    trunk_refused,         ///< the trunk refused with a status that fits no other cause
    ice_failed,            ///< no path to the browser
    dtls_failed,           ///< the browser's DTLS failed or its certificate is not the one in the SDP
    media_timeout,         ///< one side stopped sending
    page_gone,             ///< the browser's connection to the gateway was lost
    identity_required,     ///< the call needs a web identity and has none
    identity_invalid,      ///< the web identity's assertion is not good
    identity_fingerprint,  ///< it does not speak for this media session's certificate
    identity_expired,      ///< it was good once
    identity_replay,       ///< somebody else used it before
    identity_unavailable,  ///< its provider could not be asked
    number_not_allowed,    ///< the caller may not present that number
    capability_invalid,    ///< the permission to call is not good
    capability_expired,    ///< it was good once
    capability_callee,     ///< it is not for this number, or not for this page
    capability_used,       ///< it was used as often, or as many times at once, as it allows
    caller_unverified,     ///< a SIP caller's signed identity is missing or not good
    shutting_down,         ///< the gateway stops
    internal_error,        ///< a fault of the gateway
};

struct EndReason {
    EndCause cause = EndCause::internal_error;
    Side by = Side::gateway;
    /// What exactly happened, for people. Empty: the cause's own words.
    std::string detail;
    /// The status that the SIP peer really sent; absent: the cause's own.
    std::optional<int> sip_status;

    friend bool operator==(const EndReason&, const EndReason&) = default;
};

/// "busy", "no-answer", ...: stable, lower case, hyphens.
std::string_view code(EndCause cause);
/// "browser", "sip", "gateway", "none".
std::string_view to_string(Side side);
/// The sentence for people: the detail when there is one, else the cause's own words.
std::string text(const EndReason& reason);
/// The final status for a SIP caller (RFC 3261 §21), 400..699.
int sip_status(const EndReason& reason);
/// Q.850 cause value for the Reason header (RFC 3326, RFC 6432), 1..127.
int q850_cause(const EndReason& reason);
/// A SIP peer's final status as an end reason, `by` the SIP side. `phrase` is the peer's reason phrase.
EndReason from_sip_status(int status, std::string_view phrase);

}  // namespace causeway
