// Dialogs whose peers are reached by the edge's connections: where they are sent, which Contact they see,
// and what becomes of them when a connection is re-made, replaced or gone. RFC 5626 §5, RFC 7118.
#include <sofia-sip/nua.h>
#include <sofia-sip/nua_tag.h>

#include <utility>

#include "core/base/log.hpp"
#include "sip/ua/flow_table.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/user_agent.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {

Transport transport_of(FlowKind kind) {
    switch (kind) {
        case FlowKind::ws:
            return Transport::ws;
        case FlowKind::wss:
            return Transport::wss;
        case FlowKind::tls:
            break;
    }
    return Transport::tls;
}

std::optional<Flow> UserAgent::flow_of(msg_s* message) const {
    if (!settings_.flows || message == nullptr || !came_by_stream(message)) return std::nullopt;
    return settings_.flows->find_inner(source_of(message));
}

bool UserAgent::comes_from_page() const {
    const auto flow = flow_of(nua_current_request(nua_));
    return flow && flow->kind != FlowKind::tls;
}

bool UserAgent::comes_by_own_connection(const Dialog& dialog) const {
    const auto flow = flow_of(nua_current_request(nua_));
    const bool by_page = flow && flow->kind != FlowKind::tls;
    return by_page == dialog.by_page && (!by_page || flow->id == dialog.flow);
}

void UserAgent::bind_flow(Dialog& dialog, const Flow& flow) {
    dialog.flow = flow.id;
    dialog.by_page = flow.kind != FlowKind::tls;
    dialog.contact = flow.contact.empty() ? std::string() : name_addr({}, flow.contact);
    // nua keeps it for all requests of the handle, the ACK to a 2xx included.
    nua_set_hparams(dialog.handle.get(), NUTAG_PROXY(proxy_uri(flow).c_str()), TAG_END());
}

void UserAgent::follow_flow(Dialog& dialog) {
    if (dialog.flow == FlowId{}) return;
    const auto flow = flow_of(nua_current_request(nua_));
    if (!flow) return;
    if (flow->id == dialog.flow) {
        // The INVITE itself may have been the proof of who it is.
        if (dialog.owner.empty()) dialog.owner = flow->owner;
        return;
    }
    // Pages are told apart by who has logged in; who has not is nobody's equal.
    const bool by_page = flow->kind != FlowKind::tls;
    if (by_page != dialog.by_page || (by_page && flow->owner.empty()) || flow->owner != dialog.owner) return;
    log::info(dialog.call, "sip: the peer goes on by another connection, from {}", flow->peer.to_string());
    bind_flow(dialog, *flow);
}

EndReason UserAgent::flow_fault(FlowId id) const {
    const std::string why = settings_.flows ? settings_.flows->fault(id) : std::string();
    return {.cause = EndCause::trunk_unreachable,
            .by = Side::sip,
            .detail = why.empty() ? "The connection is gone." : "There is no connection: " + why + '.',
            .sip_status = {}};
}

void UserAgent::flow_changed(FlowId id) {
    if (!settings_.flows) return;
    const auto flow = settings_.flows->find(id);
    registrar_->flow_changed(id, std::chrono::steady_clock::now());
    if (!flow) page_subscriptions_->flow_gone(id);
    std::vector<Dialog*> its;
    for (const auto& [number, dialog] : dialogs_) {
        if (dialog->flow == id) its.push_back(dialog.get());
    }
    for (Dialog* dialog : its) {
        if (flow) {
            bind_flow(*dialog, *flow);
        } else if (dialog->phase == Phase::calling || dialog->phase == Phase::ringing) {
            // No answer can come or go by it any more; an answered call waits for its peer to come back.
            finish(*dialog, flow_fault(id));
            forget(*dialog);
        }
    }
}

}  // namespace causeway::sip
