// Softphones: their REGISTER, and their dialogs that move to another connection. RFC 3261 §10.3, RFC 7118.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

/// Nobody waits for long: each is answered at once by the control thread.
constexpr std::size_t kMostAsked = 2000;

}  // namespace

void UserAgent::on_register(const Event& event) {
    Handle handle(event.handle);
    const auto flow = flow_of(nua_current_request(nua_));
    if (closing_ != Closing::no) return respond_now(handle.get(), 503, stopping());
    // Trunks and telephones register elsewhere: they are known by address.
    if (!flow || flow->kind == FlowKind::tls) {
        return respond_now(handle.get(), 403,
                           {.cause = EndCause::forbidden,
                            .by = Side::gateway,
                            .detail = "Only softphones over WebSocket register here.",
                            .sip_status = 403});
    }
    if (asked_.size() >= kMostAsked) return respond_now(handle.get(), 503);
    auto request = read_register(event.message);
    if (!request) {
        log::info("sip: REGISTER from {} refused: {}", flow->peer.to_string(), request.error().detail);
        return respond_now(handle.get(), 400);
    }
    request->request = {next_request_++};
    request->flow = flow->id;
    request->source = flow->peer;
    auto asked = std::make_unique<PendingRegister>();
    asked->handle = std::move(handle);
    asked->request.keep_current(nua_);
    asked_.emplace(request->request.value, std::move(asked));
    listener_.on_register(std::move(*request));
}

void UserAgent::answer_register(RequestId id, int status, const std::vector<Header>& headers) {
    const auto found = asked_.find(id.value);
    if (found == asked_.end()) return;
    const auto asked = std::move(found->second);
    asked_.erase(found);
    std::vector<std::string> lines;
    for (const auto& [name, value] : headers) {
        const bool fits = (name == "Contact" || is_extra_header_name(name)) && !has_control(value);
        if (fits) lines.push_back(name + ": " + value);
    }
    std::vector<tagi_t> extra;
    for (const std::string& line : lines) extra.push_back(tagi_t{SIPTAG_HEADER_STR(line.c_str())});
    extra.push_back(tagi_t{TAG_END()});
    nua_respond(asked->handle.get(), status, sip_status_phrase(status),
                NUTAG_WITH_SAVED(asked->request.address()), TAG_NEXT(extra.data()));
}

void UserAgent::move(DialogId id, FlowId flow) {
    Dialog* dialog = find(id);
    if (dialog == nullptr || !settings_.flows) return;
    if (const auto place = settings_.flows->find(flow)) bind_flow(*dialog, *place);
}

}  // namespace causeway::sip
