#include "core/base/end_reason.hpp"

#include <array>

namespace causeway {
namespace {

struct Row {
    EndCause cause;
    std::string_view code;
    int sip_status;
    int q850;
    std::string_view text;
};

// SIP statuses: RFC 3261 §21. Q.850 values by the mapping of RFC 3398 §8.2.6.1 read backwards.
constexpr std::array kRows{
    Row{EndCause::hangup, "hangup", 480, 16, "The call was hung up."},
    Row{EndCause::cancelled, "cancelled", 487, 16, "The caller gave up before an answer."},
    Row{EndCause::declined, "declined", 603, 21, "The called party declined."},
    Row{EndCause::busy, "busy", 486, 17, "The called party is busy."},
    Row{EndCause::no_answer, "no-answer", 480, 19, "Nobody answered."},
    Row{EndCause::answered_elsewhere, "answered-elsewhere", 487, 26, "The call was answered elsewhere."},
    Row{EndCause::transferred, "transferred", 480, 16, "The call was handed over."},
    Row{EndCause::not_found, "not-found", 404, 1, "There is no such number."},
    Row{EndCause::unavailable, "unavailable", 480, 20, "The called party is not connected."},
    Row{EndCause::forbidden, "forbidden", 403, 21, "This call is not allowed."},
    Row{EndCause::not_authenticated, "not-authenticated", 403, 21, "Please log in first."},
    Row{EndCause::bad_request, "bad-request", 400, 111, "The request was not understood."},
    Row{EndCause::bad_offer, "bad-offer", 488, 88, "The session description cannot be used."},
    Row{EndCause::no_common_codec, "no-common-codec", 488, 65, "The two sides have no codec in common."},
    Row{EndCause::over_limit, "over-limit", 503, 42, "Too many calls at the moment."},
    Row{EndCause::overloaded, "overloaded", 503, 42,
        "The gateway is too busy for another call. Try again in a moment."},
    Row{EndCause::trunk_unreachable, "trunk-unreachable", 503, 27,
        "The telephone network cannot be reached."},
    Row{EndCause::trunk_timeout, "trunk-timeout", 504, 102, "The telephone network did not answer in time."},
    Row{EndCause::trunk_refused, "trunk-refused", 502, 38, "The telephone network refused the call."},
    Row{EndCause::ice_failed, "ice-failed", 480, 27, "No network path to the browser was found."},
    Row{EndCause::dtls_failed, "dtls-failed", 480, 58, "The browser's media encryption could not be set up."},
    Row{EndCause::media_timeout, "media-timeout", 480, 102, "No sound arrived any more."},
    Row{EndCause::page_gone, "page-gone", 480, 27, "The page was closed or lost its connection."},
    Row{EndCause::identity_required, "identity-required", 403, 21, "This call needs a verified identity."},
    Row{EndCause::identity_invalid, "identity-invalid", 403, 21, "The identity could not be verified."},
    Row{EndCause::identity_fingerprint, "identity-fingerprint", 403, 21,
        "The identity does not belong to this media session."},
    Row{EndCause::identity_expired, "identity-expired", 403, 21, "The identity has expired."},
    Row{EndCause::identity_replay, "identity-replay", 403, 21, "The identity was used before."},
    Row{EndCause::identity_unavailable, "identity-unavailable", 503, 41,
        "The identity provider cannot be reached. Try again in a moment."},
    Row{EndCause::number_not_allowed, "number-not-allowed", 403, 21,
        "The caller may not present this number."},
    Row{EndCause::capability_invalid, "token-invalid", 403, 21, "The permission to call is not valid."},
    Row{EndCause::capability_expired, "token-expired", 403, 21, "The permission to call has expired."},
    Row{EndCause::capability_callee, "token-callee", 403, 21, "The permission is not for this call."},
    Row{EndCause::capability_used, "token-used", 403, 21, "The permission to call is used up."},
    Row{EndCause::caller_unverified, "caller-unverified", 403, 21, "The caller's identity was refused."},
    Row{EndCause::shutting_down, "shutting-down", 503, 41, "The gateway is shutting down."},
    Row{EndCause::internal_error, "internal-error", 500, 41, "The gateway made a mistake."},
};

const Row& row(EndCause cause) {
    for (const Row& candidate : kRows) {
        if (candidate.cause == cause) return candidate;
    }
    return kRows.back();
}

EndCause cause_of_status(int status) {
    switch (status) {
        case 401:
        case 403:
        case 407:
            return EndCause::forbidden;
        case 404:
        case 410:
        case 484:
        case 604:
            return EndCause::not_found;
        case 408:
            return EndCause::trunk_timeout;
        case 415:
        case 488:
        case 606:
            return EndCause::no_common_codec;
        case 480:
            return EndCause::unavailable;
        case 486:
        case 600:
            return EndCause::busy;
        case 487:
            return EndCause::cancelled;
        case 603:
        case 607:
            return EndCause::declined;
        case 504:
            return EndCause::trunk_timeout;
        default:
            return EndCause::trunk_refused;
    }
}

}  // namespace

std::string_view code(EndCause cause) {
    return row(cause).code;
}

std::string_view to_string(Side side) {
    switch (side) {
        case Side::none:
            return "none";
        case Side::browser:
            return "browser";
        case Side::sip:
            return "sip";
        case Side::gateway:
            return "gateway";
    }
    return "none";
}

std::string text(const EndReason& reason) {
    return reason.detail.empty() ? std::string(row(reason.cause).text) : reason.detail;
}

int sip_status(const EndReason& reason) {
    return reason.sip_status.value_or(row(reason.cause).sip_status);
}

int q850_cause(const EndReason& reason) {
    return row(reason.cause).q850;
}

EndReason from_sip_status(int status, std::string_view phrase) {
    EndReason reason{.cause = cause_of_status(status), .by = Side::sip, .detail = {}, .sip_status = status};
    reason.detail = std::string(row(reason.cause).text) + " (" + std::to_string(status);
    if (!phrase.empty()) reason.detail += ' ' + std::string(phrase);
    reason.detail += ')';
    return reason;
}

}  // namespace causeway
