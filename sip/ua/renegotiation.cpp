// New offers of ours inside a dialog, and the late answer in the ACK. RFC 3261 §14, RFC 3264, RFC 6337.
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_tag.h>

#include "sip/ua/user_agent.hpp"

namespace causeway::sip {

void UserAgent::reoffer(DialogId id, const std::string& sdp) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase != Phase::answered) return;
    nua_invite(dialog->handle.get(), SIPTAG_CONTENT_TYPE_STR("application/sdp"),
               SIPTAG_PAYLOAD_STR(sdp.c_str()), TAG_END());
}

void UserAgent::acknowledge(DialogId id, const std::string& sdp) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || dialog->phase != Phase::answered) return;
    nua_ack(dialog->handle.get(), SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(sdp.c_str()),
            TAG_END());
}

void UserAgent::set_options(DialogId id, const DialogOptions& options) {
    if (Dialog* dialog = find(id)) dialog->options = options;
}

}  // namespace causeway::sip
