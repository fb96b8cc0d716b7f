// New offers of ours inside a dialog, one at a time, and the late answer in the ACK. What loses against the
// peer's own offer is tried again; what is challenged is sent once more. RFC 3261 §14, RFC 3311, RFC 6337.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nta.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_tag.h>

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "sip/ua/digest_client.hpp"
#include "sip/ua/header_tags.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

/// Two who keep running into each other: the pauses differ by chance, so a handful is plenty.
constexpr int kMostTries = 6;

bool is_local(const sip_s* message) {
    return message == nullptr || nta_sip_is_internal(message);
}

}  // namespace

void UserAgent::reoffer(DialogId id, const std::string& sdp) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase != Phase::answered) return;
    dialog->session.next_offer = sdp;
    ask(*dialog, std::chrono::steady_clock::now());
}

void UserAgent::ask(Dialog& dialog, Instant now) {
    Renegotiation& session = dialog.session;
    if (!session.next_offer || session.asking != Asking::nothing || now < session.not_before) return;
    // RFC 3261 §14.1: not while another INVITE is under way, in either direction.
    const bool first_ack_missing = dialog.outbound ? session.late_answer : !dialog.acknowledged;
    if (dialog.reoffer || session.awaits_ack || first_ack_missing) return;
    session.asking = Asking::offer;
    session.challenged = false;
    session.asked_sdp = std::move(*session.next_offer);
    session.next_offer.reset();
    const HeaderTags extra(timer_request_lines(dialog));
    nua_invite(dialog.handle.get(), SIPTAG_CONTENT_TYPE_STR("application/sdp"),
               SIPTAG_PAYLOAD_STR(session.asked_sdp.c_str()), TAG_NEXT(extra.as<tagi_t>()));
}

void UserAgent::acknowledge(DialogId id, const std::string& sdp) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || !dialog->session.late_answer) return;
    if (dialog->phase == Phase::calling) return answer_early_offer(*dialog, sdp);
    if (dialog->phase != Phase::answered) return;
    dialog->session.late_answer = false;
    if (dialog->session.answered_early) {
        nua_ack(dialog->handle.get(), NUTAG_AUTOACK(1), TAG_END());
        return;
    }
    dialog->session.agreed_sdp = sdp;
    // What we ask from now on has its offer in the INVITE: those answers are acknowledged at once.
    nua_ack(dialog->handle.get(), NUTAG_AUTOACK(1), SIPTAG_CONTENT_TYPE_STR("application/sdp"),
            SIPTAG_PAYLOAD_STR(sdp.c_str()), TAG_END());
}

void UserAgent::on_reinvite_response(Dialog& dialog, const Event& event) {
    Renegotiation& session = dialog.session;
    if (event.status < 200 || session.asking == Asking::nothing ||
        session.asking == Asking::refresh_by_update)
        return;
    if (event.status >= 300) return offer_refused(dialog, event);
    const bool refreshed = session.asking == Asking::refresh_by_offer;
    session.asking = Asking::nothing;
    session.tries = 0;
    note_timer_answer(dialog, event.message);
    auto sdp = sdp_of(event.message);
    if (!refreshed) {
        session.agreed_sdp = session.asked_sdp;
        listener_.on_reoffer_answered(dialog.id, sdp ? std::move(*sdp) : std::string());
    }
    ask(dialog, std::chrono::steady_clock::now());
}

void UserAgent::on_update_response(Dialog& dialog, const Event& event) {
    Renegotiation& session = dialog.session;
    if (event.status < 200 || session.asking != Asking::refresh_by_update) return;
    if (event.status >= 300) return offer_refused(dialog, event);
    session.asking = Asking::nothing;
    note_timer_answer(dialog, event.message);
    ask(dialog, std::chrono::steady_clock::now());
}

void UserAgent::offer_refused(Dialog& dialog, const Event& event) {
    Renegotiation& session = dialog.session;
    const Instant now = std::chrono::steady_clock::now();
    const bool challenge = event.status == 401 || event.status == 407;
    if (challenge && answers_challenge(dialog, event, session.challenged)) return;
    const Asking asked = std::exchange(session.asking, Asking::nothing);
    const bool gone =
        event.status == 408 || event.status == 481 || (is_local(event.message) && event.status == 503);
    // RFC 3261 §12.2.1.2: the dialog is no more. A challenge that nobody answers leaves the stack waiting.
    if (gone || challenge) {
        return break_off(dialog,
                         {.cause = EndCause::trunk_timeout,
                          .by = Side::sip,
                          .detail = challenge ? "The telephone network asked for a password in mid-call."
                                              : "The telephone network does not know the call any more.",
                          .sip_status = {}});
    }
    const bool overlapped = event.status == 491 || is_local(event.message);
    if (overlapped && session.tries < kMostTries) {
        if (asked == Asking::offer && !session.next_offer) session.next_offer = session.asked_sdp;
        return after_glare(dialog, now);
    }
    session.tries = 0;
    if (event.status == 422 && session.timer) {
        const auto longer = after_too_small(timer_words_of(event.message), session.timer->interval);
        if (longer) {
            session.timer->interval = *longer;
            if (asked == Asking::offer && !session.next_offer) session.next_offer = session.asked_sdp;
            session.refresh_due = now;
            return;
        }
    }
    if (asked == Asking::refresh_by_update) {
        // Allow promised it, the peer breaks it; or it never said.
        session.peer_takes_update = false;
        if (event.status == 405 || event.status == 501) session.refresh_due = now;
        return;
    }
    if (asked != Asking::offer) return;
    log::info(dialog.call, "sip: our new offer was refused: {} {}", event.status, event.phrase);
    listener_.on_reoffer_refused(dialog.id, event.status);
    ask(dialog, now);
}

void UserAgent::after_glare(Dialog& dialog, Instant now) {
    Renegotiation& session = dialog.session;
    ++session.tries;
    // RFC 3261 §14.1; whoever made the call owns its Call-ID.
    session.not_before = now + pause_after_glare(dialog.outbound, random_u32());
    if (session.refresh_due) session.refresh_due = std::max(*session.refresh_due, session.not_before);
}

bool UserAgent::answers_challenge(Dialog& dialog, const Event& event, bool& challenged) {
    const auto realm = event.message == nullptr ? std::nullopt : digest_realm_of(event.message);
    const auto& known = dialog.credentials;
    const bool fits = realm && known && (known->realm.empty() || quoted(known->realm) == *realm);
    if (!fits || challenged) return false;
    challenged = true;
    const std::string answer = auth_tag(*realm, known->username, known->password);
    nua_authenticate(dialog.handle.get(), NUTAG_AUTH(answer.c_str()), TAG_END());
    return true;
}

void UserAgent::break_off(Dialog& dialog, EndReason reason) {
    if (dialog.phase == Phase::ended) return;
    log::info(dialog.call, "sip: ended by {}: {}", to_string(reason.by), text(reason));
    end(dialog, reason);
    listener_.on_ended(dialog.id, std::move(reason));
}

}  // namespace causeway::sip
