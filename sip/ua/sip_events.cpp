// The one switch: which of nua's events means what to us. No exception leaves it.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nua.h>

#include "sip/ua/message.hpp"

namespace causeway::sip {

void UserAgent::on_event(const Event& event) noexcept {
    nua_ = event.stack;
    auto* dialog = static_cast<Dialog*>(event.owner);
    const auto kind = static_cast<nua_event_t>(event.kind);
    switch (kind) {
        case nua_r_shutdown:
            return on_shutdown(event.status);
        case nua_r_register:
        case nua_r_unregister:
            return registrar_->on_response(event.owner, event.status, event.phrase, event.message);
        default:
            break;
    }
    if (kind == nua_i_subscribe) return on_subscribe(event);
    if (prober_->owns(event.owner))
        return prober_->on_event(event.owner, event.kind, event.status, event.message);
    if (registrar_->owns(event.owner)) return refuse_on_registration(event);
    if (mailboxes_->owns(event.owner)) {
        return mailboxes_->on_event(event.owner, event.kind, event.status, event.message);
    }
    if (page_subscriptions_->owns(event.owner)) {
        if (kind == nua_r_notify) page_subscriptions_->on_notify_response(event.owner, event.status);
        return;
    }
    if (pending_message(event.owner) != nullptr) {
        if (kind == nua_r_message) on_message_response(event);
        return;
    }
    if (dialog != nullptr && nua_event_is_incoming_request(kind)) follow_flow(*dialog);
    // What the filter has taken from nua.
    if ((kind == nua_i_info || kind == nua_i_message) && is_taken_over(event.message))
        return on_method(event);
    if (kind == nua_i_info && dialog != nullptr && is_early_update(event.message))
        return on_update(*dialog, event);
    switch (kind) {
        case nua_i_message:
            return on_message(event);
        case nua_r_message:
            return on_message_response(event);
        case nua_i_options:
            return on_options(event);
        case nua_i_invite:
            return on_invite(event);
        case nua_i_info:
            return on_info(event);
        case nua_i_register:
            return on_register(event);
        default:
            break;
    }
    if (dialog == nullptr) {
        // A request that nua has answered by itself (OPTIONS ...) leaves its handle with us.
        if (event.handle != nullptr && nua_event_is_incoming_request(kind)) nua_handle_destroy(event.handle);
        return;
    }
    const bool challenged = event.status == 401 || event.status == 407;
    if (challenged && (kind == nua_r_bye || kind == nua_r_info || kind == nua_r_update) &&
        answered_challenge(*dialog, event)) {
        return;
    }
    switch (kind) {
        case nua_r_invite:
            return on_invite_response(*dialog, event);
        case nua_r_prack:
            return on_prack_response(*dialog, event);
        case nua_r_update:
            return on_update_response(*dialog, event);
        case nua_i_ack:
            return on_ack(*dialog, event.message);
        case nua_i_cancel:
            return on_cancel(*dialog, event.message);
        case nua_i_update:
            return on_update(*dialog, event);
        case nua_i_bye:
            return on_bye(*dialog, event.message);
        case nua_r_bye:
            return on_bye_response(*dialog, event);
        case nua_r_method:
            return on_method_response(*dialog, event);
        case nua_i_error:
            return on_stack_error(*dialog, event);
        case nua_i_terminated:
            return on_terminated(*dialog, event);
        case nua_i_state:
            return on_call_state(*dialog, event.status);
        default:
            return;
    }
}

void UserAgent::keep_invite(Dialog& dialog, const sip_s* message) {
    filter_.forget(dialog.invite_name);
    dialog.invite_name = invite_name_of(message);
    filter_.keep(dialog.invite_name);
}

void UserAgent::on_call_state(const Dialog& dialog, int state) {
    // nua tells it right after it gave a 2xx to the transport.
    if (state == nua_callstate_completed) filter_.answer_sent(dialog.invite_name);
}

void UserAgent::refuse_on_registration(const Event& event) {
    // A registrar may send what it likes with the Call-ID of our REGISTER; there is no dialog behind it.
    for (const nua_event_t asking : {nua_i_invite, nua_i_info, nua_i_update}) {
        if (event.kind == static_cast<int>(asking)) return respond_now(event.handle, 481);
    }
}

}  // namespace causeway::sip
