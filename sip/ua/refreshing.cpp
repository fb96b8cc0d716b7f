// Session timers of dialogs: what is said about them, who refreshes when, the end of a session that nobody
// refreshed. Sofia's own would refresh by a re-INVITE without an offer. RFC 4028, RFC 3311 §5.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "sip/ua/header_tags.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

const char kSupported[] = "Supported: timer";

std::string min_se_line(std::chrono::seconds least) {
    return "Min-SE: " + std::to_string(least.count());
}

}  // namespace

TimerPolicy UserAgent::timer_policy(const Dialog& dialog) const {
    TimerPolicy policy{.expires = dialog.options.session_expires, .least = settings_.least_session_expires};
    if (policy.expires.count() > 0) policy.expires = std::max(policy.expires, policy.least);
    return policy;
}

std::vector<std::string> UserAgent::timer_request_lines(const Dialog& dialog) const {
    std::vector<std::string> lines{kSupported};
    const TimerPolicy policy = timer_policy(dialog);
    const auto& timer = dialog.session.timer;
    const auto interval = timer ? timer->interval : policy.expires;
    if (interval.count() == 0) return lines;
    // RFC 4028 §7.1: the first request leaves it open who refreshes; the others keep it as it is (§7.4).
    std::optional<Refresher> refresher;
    if (timer) refresher = timer->we_refresh ? Refresher::uac : Refresher::uas;
    lines.push_back("Session-Expires: " + session_expires_value(interval, refresher));
    lines.push_back(min_se_line(policy.least));
    return lines;
}

std::vector<std::string> UserAgent::timer_answer_lines(Dialog& dialog) {
    Renegotiation& session = dialog.session;
    std::vector<std::string> lines{kSupported};
    if (!session.peer_timer) return lines;
    const TimerWords request = *std::exchange(session.peer_timer, std::nullopt);
    const TimerAnswer answer = answer_timer(request, timer_policy(dialog), session.timer);
    set_timer(dialog, answer.timer);
    if (!answer.timer) return lines;
    lines.push_back("Session-Expires: " + session_expires_value(answer.timer->interval, answer.refresher));
    if (answer.require) lines.push_back("Require: timer");
    return lines;
}

void UserAgent::note_timer_answer(Dialog& dialog, const sip_s* message) {
    Renegotiation& session = dialog.session;
    if (const auto allowed = allows_update(message)) session.peer_takes_update = *allowed;
    const auto asked = session.timer ? session.timer->interval : timer_policy(dialog).expires;
    set_timer(dialog, timer_of_answer(timer_words_of(message), asked));
}

void UserAgent::set_timer(Dialog& dialog, std::optional<SessionTimer> timer) {
    Renegotiation& session = dialog.session;
    session.timer = timer;
    session.refresh_due.reset();
    session.ends.reset();
    if (!timer) return;
    const Instant now = std::chrono::steady_clock::now();
    if (timer->we_refresh) session.refresh_due = timer->refresh_at(now);
    session.ends = timer->ends_at(now);
}

bool UserAgent::refused_as_too_small(nua_handle_s* handle, const sip_s* message, const Dialog* dialog) {
    const TimerPolicy policy =
        dialog != nullptr ? timer_policy(*dialog) : TimerPolicy{.least = settings_.least_session_expires};
    if (!is_too_small(timer_words_of(message), policy)) return false;
    const std::string least = min_se_line(policy.least);
    const std::string why = reason_value(own_refusal(422), ReasonOn::response);
    nua_respond(handle, SIP_422_SESSION_TIMER_TOO_SMALL, NUTAG_WITH_THIS(nua_),
                SIPTAG_REASON_STR(why.c_str()), SIPTAG_UNKNOWN_STR(least.c_str()), TAG_END());
    return true;
}

void UserAgent::keep_fresh(Dialog& dialog, Instant now) {
    Renegotiation& session = dialog.session;
    if (dialog.phase != Phase::answered) return;
    if (session.ends && *session.ends <= now) {
        session.ends.reset();
        // RFC 4028 §10.
        return break_off(dialog, {.cause = EndCause::trunk_timeout,
                                  .by = Side::sip,
                                  .detail = "Nobody refreshed the session in time.",
                                  .sip_status = {}});
    }
    if (session.next_offer) ask(dialog, now);
    if (session.refresh_due && *session.refresh_due <= now) refresh(dialog);
}

void UserAgent::refresh(Dialog& dialog) {
    Renegotiation& session = dialog.session;
    const bool acknowledged = dialog.outbound || dialog.acknowledged;
    if (session.asking != Asking::nothing || dialog.reoffer || session.awaits_ack || !acknowledged) return;
    session.refresh_due.reset();
    session.challenged = false;
    const HeaderTags extra(timer_request_lines(dialog));
    if (session.peer_takes_update) {
        session.asking = Asking::refresh_by_update;
        nua_update(dialog.handle.get(), TAG_NEXT(extra.as<tagi_t>()));
        return;
    }
    if (session.agreed_sdp.empty()) return;
    // RFC 4028 §7.4: the same description, the same version: nothing is to change.
    session.asking = Asking::refresh_by_offer;
    session.asked_sdp = session.agreed_sdp;
    nua_invite(dialog.handle.get(), SIPTAG_CONTENT_TYPE_STR("application/sdp"),
               SIPTAG_PAYLOAD_STR(session.asked_sdp.c_str()), TAG_NEXT(extra.as<tagi_t>()));
}

}  // namespace causeway::sip
