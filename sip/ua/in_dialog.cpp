// Inside a dialog: new offers, DTMF by INFO, and the end from either side.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nta.h>
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

void UserAgent::on_reinvite(Dialog& dialog, const Event& event) {
    if (dialog.phase != Phase::answered) return respond_now(event.handle, 481);
    // RFC 3261 §14.2: one offer at a time.
    const bool offering = dialog.session.asking == Asking::offer ||
                          dialog.session.asking == Asking::refresh_by_offer || dialog.session.late_answer;
    if (dialog.reoffer || offering) return respond_now(event.handle, 491);
    auto sdp = sdp_of(event.message);
    if (!sdp) return respond_now(event.handle, 415);
    if (refused_as_too_small(event.handle, event.message, &dialog)) return;
    note_request(dialog, event.message);
    dialog.session.is_invite = true;
    dialog.reoffer.keep_current(nua_);
    keep_invite(dialog, event.message);
    listener_.on_reoffer(dialog.id, std::move(*sdp));
}

void UserAgent::note_request(Dialog& dialog, const sip_s* message) {
    dialog.session.peer_timer = timer_words_of(message);
    if (const auto allowed = allows_update(message)) dialog.session.peer_takes_update = *allowed;
}

void UserAgent::on_update(Dialog& dialog, const Event& event) {
    auto sdp = sdp_of(event.message);
    if (!sdp) return respond_now(event.handle, 415);
    if (dialog.phase == Phase::ended) return respond_now(event.handle, 481);
    if (refused_as_too_small(event.handle, event.message, &dialog)) return;
    if (dialog.reoffer && !sdp->empty()) return respond_now(event.handle, 500);
    const bool offering =
        dialog.session.asking == Asking::offer || dialog.session.asking == Asking::refresh_by_offer;
    if (offering && !sdp->empty()) return respond_now(event.handle, 491);
    if (dialog.phase == Phase::answered) note_request(dialog, event.message);
    // RFC 3311 §5.2: without an offer it refreshes the session only.
    if (sdp->empty()) {
        const bool answered = dialog.phase == Phase::answered;
        const HeaderTags extra(answered ? timer_answer_lines(dialog) : std::vector<std::string>{});
        nua_respond(event.handle, SIP_200_OK, NUTAG_WITH_THIS(nua_), TAG_NEXT(extra.as<tagi_t>()));
        return;
    }
    dialog.session.is_invite = false;
    if (dialog.phase != Phase::answered) return on_early_update(dialog, event, std::move(*sdp));
    dialog.reoffer.keep_current(nua_);
    listener_.on_reoffer(dialog.id, std::move(*sdp));
}

void UserAgent::answer_reoffer(DialogId id, const std::string& sdp) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase == Phase::ended || !dialog->reoffer) return;
    const bool answered = dialog->phase == Phase::answered;
    Renegotiation& session = dialog->session;
    if (session.is_invite) filter_.answering(dialog->invite_name);
    session.awaits_ack = session.is_invite;
    session.agreed_sdp = sdp;
    const HeaderTags extra(answered ? timer_answer_lines(*dialog) : std::vector<std::string>{});
    std::string contact = std::exchange(session.early_contact, {});
    if (!dialog->contact.empty()) contact = dialog->contact;
    nua_respond(dialog->handle.get(), SIP_200_OK, NUTAG_WITH_SAVED(dialog->reoffer.address()),
                TAG_IF(!contact.empty(), SIPTAG_CONTACT_STR(contact.c_str())),
                SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(sdp.c_str()),
                TAG_NEXT(extra.as<tagi_t>()));
    dialog->reoffer.reset();
}

void UserAgent::refuse_reoffer(DialogId id, int status, const std::string& detail) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase == Phase::ended || !dialog->reoffer) return;
    const std::string why = reason_value(own_refusal(status), ReasonOn::response);
    const std::string warning = warning_value(status, settings_.domain, detail);
    nua_respond(dialog->handle.get(), status, sip_status_phrase(status),
                NUTAG_WITH_SAVED(dialog->reoffer.address()), SIPTAG_REASON_STR(why.c_str()),
                TAG_IF(!warning.empty(), SIPTAG_WARNING_STR(warning.c_str())), TAG_END());
    dialog->reoffer.reset();
    dialog->session.peer_timer.reset();
}

void UserAgent::on_info(const Event& event) {
    if (event.owner == nullptr) {
        // Outside a dialog nobody presses keys.
        respond_now(event.handle, 481);
        nua_handle_destroy(event.handle);
        return;
    }
    auto& dialog = *static_cast<Dialog*>(event.owner);
    const sip_t* sip = event.message;
    if (sip == nullptr || sip->sip_payload == nullptr || sip->sip_content_type == nullptr) {
        return respond_now(event.handle, 200);
    }
    constexpr std::size_t kLongest = 1024;
    const std::string_view body(sip->sip_payload->pl_data,
                                std::min<std::size_t>(sip->sip_payload->pl_len, kLongest));
    const auto digit = parse_info_digit(sip->sip_content_type->c_type, body);
    respond_now(event.handle, digit ? 200 : 415);
    if (digit && dialog.phase == Phase::answered) {
        listener_.on_info_dtmf(dialog.id, digit->digit, digit->duration_ms);
    }
}

void UserAgent::info_digit(DialogId id, char digit, int duration_ms) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase != Phase::answered) return;
    // nua sends one request of a dialog after the other, so that digits keep their order.
    const std::string body = info_digit_body(digit, duration_ms);
    nua_info(dialog->handle.get(), SIPTAG_CONTENT_TYPE_STR("application/dtmf-relay"),
             SIPTAG_PAYLOAD_STR(body.c_str()), TAG_END());
}

void UserAgent::on_bye(Dialog& dialog, const sip_s* message) {
    finish(dialog,
           {.cause = EndCause::hangup, .by = Side::sip, .detail = reason_of(message), .sip_status = {}});
}

void UserAgent::on_bye_response(Dialog& dialog, const Event& event) {
    if (event.status < 200 || (event.status < 300 && !nta_sip_is_internal(event.message))) return;
    const bool challenge = event.status == 401 || event.status == 407;
    if (challenge && answers_challenge(dialog, event, dialog.bye_challenged)) return;
    // Refused or never sent: nua keeps the handle, nobody needs it.
    if (dialog.phase == Phase::ended) forget(dialog);
}

void UserAgent::on_stack_error(Dialog& dialog, const Event& event) {
    if (dialog.phase == Phase::answered && event.status == 408) {
        // RFC 3261 §13.3.1.4: our 2xx was never acknowledged; nua says BYE.
        finish(dialog, {.cause = EndCause::trunk_timeout,
                        .by = Side::sip,
                        .detail = "The answer was never acknowledged.",
                        .sip_status = {}});
    }
}

void UserAgent::end(DialogId id, const EndReason& reason) {
    if (Dialog* dialog = find(id)) end(*dialog, reason);
}

void UserAgent::end(Dialog& dialog, const EndReason& reason) {
    const Phase before = dialog.phase;
    if (before == Phase::ended) return;
    let_die(dialog);
    dialog.why = reason;
    switch (before) {
        case Phase::calling:
            // Sofia would keep the CANCEL back by itself, and abort if the peer answered it already.
            dialog.cancel_later = !dialog.heard;
            if (dialog.heard) send_cancel(dialog);
            return;
        case Phase::ringing:
            return refuse(dialog, reason);
        case Phase::answered:
            if (!dialog.outbound && !dialog.acknowledged) {
                dialog.bye_after_ack = true;
                return;
            }
            return send_bye(dialog);
        case Phase::ended:
            return;
    }
}

void UserAgent::send_cancel(Dialog& dialog) {
    dialog.cancel_later = false;
    const std::string why = reason_value(dialog.why, ReasonOn::cancel);
    nua_cancel(dialog.handle.get(), SIPTAG_REASON_STR(why.c_str()), TAG_END());
}

void UserAgent::send_bye(Dialog& dialog) {
    dialog.bye_after_ack = false;
    dialog.reoffer.reset();
    // RFC 3261 §13.2.2.4: a 2xx is acknowledged even by whom it does not interest any more.
    if (std::exchange(dialog.session.late_answer, false)) nua_ack(dialog.handle.get(), TAG_END());
    const std::string why = reason_value(dialog.why, ReasonOn::bye);
    nua_bye(dialog.handle.get(), SIPTAG_REASON_STR(why.c_str()), TAG_END());
}

}  // namespace causeway::sip
