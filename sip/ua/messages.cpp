// MESSAGE in both directions, in calls and outside (RFC 3428), and OPTIONS (RFC 3261 §11).
// Before Sofia, whose macros would change names of ours.
#include "sip/ua/user_agent.hpp"

#include <sofia-sip/nta.h>
#include <sofia-sip/nua.h>

#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_string.h>

#include <algorithm>

#include "core/base/log.hpp"
#include "sip/ua/digest_client.hpp"
#include "sip/ua/filter_rules.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostMessages = 1000;
/// A gateway that says nothing for so long has lost it.
constexpr auto kLongestThought = 5s;
/// Longer than Timer F.
constexpr auto kLongestDelivery = 20s;
/// A page's message waits for its delivery, less long than its library does (32 s).
constexpr auto kLongestDeliveryForPage = 22s;

bool is_own_charset(const sip_content_type_t* type) {
    const char* charset = msg_header_find_param(type->c_common, "charset");
    return charset == nullptr || su_casematch(charset, "utf-8") || su_casematch(charset, "us-ascii") ||
           su_casematch(charset, "\"utf-8\"");
}

bool is_plain_text(const sip_t* sip) {
    return sip->sip_content_type != nullptr && su_casematch(sip->sip_content_type->c_type, "text/plain") &&
           is_own_charset(sip->sip_content_type) && sip->sip_content_encoding == nullptr;
}

/// Line ends and tabs are text, other control characters are not.
bool is_text(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\r' && c != '\n' && c != '\t') || byte == 0x7F;
    });
}

}  // namespace

void UserAgent::on_message(const Event& event) {
    const sip_t* sip = event.message;
    auto* dialog = static_cast<Dialog*>(event.owner);
    Handle handle(dialog == nullptr ? event.handle : nullptr);
    const auto refuse = [&](int status, const char* accept = nullptr) {
        bad_messages_.add();
        const std::string why = reason_value(own_refusal(status), ReasonOn::response);
        nua_respond(event.handle, status, sip_status_phrase(status), NUTAG_WITH_THIS(nua_),
                    SIPTAG_REASON_STR(why.c_str()), TAG_IF(accept != nullptr, SIPTAG_ACCEPT_STR(accept)),
                    TAG_END());
    };
    if (dialog != nullptr && !comes_by_own_connection(*dialog)) {
        strangers_.add();
        return refuse(403);
    }
    if (closing_ != Closing::no || messages_.size() >= kMostMessages) return refuse(503);
    if (sip->sip_payload == nullptr || sip->sip_payload->pl_len == 0) return respond_now(event.handle, 200);
    if (!is_plain_text(sip)) return refuse(415, "text/plain");
    const std::string_view text(sip->sip_payload->pl_data, sip->sip_payload->pl_len);
    if (text.size() > kLongestMessage) return refuse(413);
    auto who = read_invite(sip);
    if (!who || !is_text(text)) return refuse(400);

    // Before the request is kept: then it is the current one no more.
    const auto flow = flow_of(nua_current_request(nua_));
    const SocketAddress source = flow ? flow->peer : source_of(nua_current_request(nua_));
    auto pending = std::make_unique<PendingMessage>();
    pending->id = {next_dialog_.fetch_add(1)};
    const bool by_page = flow && flow->kind != FlowKind::tls;
    pending->deadline =
        std::chrono::steady_clock::now() + (by_page ? kLongestDeliveryForPage : kLongestThought);
    pending->request.keep_current(nua_);
    pending->handle = std::move(handle);
    InboundMessage message{.id = pending->id,
                           .dialog = std::nullopt,
                           .source = source,
                           .to_user = std::move(who->to_user),
                           .from_user = std::move(who->from_user),
                           .from_display = std::move(who->from_display),
                           .from_uri = std::move(who->from_uri),
                           .asserted_identity = std::move(who->asserted_identity),
                           .privacy = std::move(who->privacy),
                           .text = std::string(text)};
    if (by_page) {
        message.flow = flow->id;
        message.request_uri = std::move(who->request_uri);
        message.authorization = std::move(who->authorization);
    }
    if (dialog != nullptr) message.dialog = pending->dialog = dialog->id;
    messages_.push_back(std::move(pending));
    listener_.on_message(std::move(message));
}

void UserAgent::answer_message(MessageId id, int wanted, const std::vector<Header>& headers) {
    const auto found = std::find_if(messages_.begin(), messages_.end(), [&](const auto& pending) {
        return pending->id == id && pending->request;
    });
    if (found == messages_.end()) return;
    PendingMessage& pending = **found;
    const int status = pending.dialog ? without_harm(wanted) : wanted;
    const Dialog* dialog = pending.dialog ? find(*pending.dialog) : nullptr;
    nua_handle_s* handle =
        pending.dialog ? (dialog == nullptr ? nullptr : dialog->handle.get()) : pending.handle.get();
    if (handle != nullptr) {
        std::vector<std::string> lines;
        bool reasoned = status < 300;
        for (const auto& [name, value] : headers) {
            if (!is_extra_header_name(name) || has_control(value)) continue;
            reasoned = reasoned || name == "Reason";
            lines.push_back(name + ": " + value);
        }
        if (!reasoned) lines.push_back("Reason: " + reason_value(own_refusal(status), ReasonOn::response));
        std::vector<tagi_t> extra;
        for (const auto& line : lines) extra.push_back(tagi_t{SIPTAG_HEADER_STR(line.c_str())});
        extra.push_back(tagi_t{TAG_END()});
        nua_respond(handle, status, sip_status_phrase(status), NUTAG_WITH_SAVED(pending.request.address()),
                    TAG_NEXT(extra.data()));
    }
    messages_.erase(found);
}

void UserAgent::send_message(const OutboundMessage& message) {
    const auto refuse = [&](int status) { listener_.on_message_result(message.id, status, ""); };
    if (closing_ != Closing::no || messages_.size() >= kMostMessages) return refuse(503);
    if (!is_text(message.text) || message.text.size() > kLongestMessage) return refuse(413);
    auto pending = std::make_unique<PendingMessage>();
    pending->id = message.id;
    pending->outbound = true;
    pending->deadline = std::chrono::steady_clock::now() + kLongestDelivery;
    if (message.dialog) {
        Dialog* dialog = find(*message.dialog);
        if (dialog == nullptr || dialog->phase != Phase::answered) return refuse(481);
        pending->dialog = dialog->id;
        messages_.push_back(std::move(pending));
        nua_message(dialog->handle.get(), SIPTAG_CONTENT_TYPE_STR("text/plain;charset=UTF-8"),
                    SIPTAG_PAYLOAD_STR(message.text.c_str()), TAG_END());
        return;
    }
    const bool headers_fit = std::all_of(
        message.headers.begin(), message.headers.end(),
        [](const auto& header) { return is_extra_header_name(header.first) && !has_control(header.second); });
    if (!is_plain_uri(message.request_uri) || !is_plain_uri(message.from_uri) ||
        !is_plain_uri(message.to_uri) || !(message.proxy.empty() || is_plain_uri(message.proxy)) ||
        has_control(message.from_display) || has_control(message.username) || has_control(message.password) ||
        !headers_fit) {
        injections_.add();
        return refuse(400);
    }
    std::string proxy = message.proxy;
    if (message.flow != FlowId{}) {
        proxy = settings_.flows ? settings_.flows->proxy(message.flow) : std::string();
        // RFC 5626 §5.3: there is no other way to it.
        if (proxy.empty()) return refuse(480);
    }
    pending->credentials = {message.username, message.password, message.realm};
    const std::string to = name_addr({}, message.to_uri);
    const std::string from = name_addr(message.from_display, message.from_uri);
    const std::string& where = message.proxy.empty() ? message.request_uri : message.proxy;
    nua_s* const stack = stacks_.towards(message.trunk, where, message.flow);
    pending->handle.reset(nua_handle(stack, pending.get(), SIPTAG_FROM_STR(from.c_str()),
                                     SIPTAG_TO_STR(to.c_str()), NUTAG_URL(message.request_uri.c_str()),
                                     TAG_END()));
    if (!pending->handle) return refuse(500);
    std::vector<std::string> lines;
    for (const auto& [name, value] : message.headers) lines.push_back(name + ": " + value);
    std::vector<tagi_t> extra;
    for (const auto& line : lines) extra.push_back(tagi_t{SIPTAG_HEADER_STR(line.c_str())});
    extra.push_back(tagi_t{TAG_END()});
    nua_message(pending->handle.get(), TAG_IF(!proxy.empty(), NUTAG_PROXY(proxy.c_str())),
                SIPTAG_CONTENT_TYPE_STR("text/plain;charset=UTF-8"), SIPTAG_PAYLOAD_STR(message.text.c_str()),
                TAG_NEXT(extra.data()));
    messages_.push_back(std::move(pending));
}

PendingMessage* UserAgent::pending_message(const void* owner) {
    if (owner == nullptr) return nullptr;
    const auto found = std::find_if(messages_.begin(), messages_.end(), [&](const auto& pending) {
        return pending->outbound && pending.get() == owner;
    });
    return found == messages_.end() ? nullptr : found->get();
}

void UserAgent::on_message_response(const Event& event) {
    if (event.status < 200) return;
    PendingMessage* pending = pending_message(event.owner);
    if (pending == nullptr && event.owner != nullptr) {
        // Inside a call they are answered in their order: nua sends the next one after that.
        const DialogId dialog = static_cast<Dialog*>(event.owner)->id;
        const auto first = std::find_if(messages_.begin(), messages_.end(), [&](const auto& each) {
            return each->outbound && each->dialog == dialog;
        });
        if (first != messages_.end()) pending = first->get();
    }
    if (pending == nullptr) return;
    const bool local = event.message == nullptr || nta_sip_is_internal(event.message);
    const DigestCredentials& known = pending->credentials;
    if (!local && (event.status == 401 || event.status == 407) && !pending->authenticated) {
        const auto realm = digest_realm_of(event.message);
        if (realm && !known.username.empty() && (known.realm.empty() || quoted(known.realm) == *realm)) {
            pending->authenticated = true;
            const std::string answer = auth_tag(*realm, known.username, known.password);
            nua_authenticate(event.handle, NUTAG_AUTH(answer.c_str()), TAG_END());
            return;
        }
    }
    const MessageId id = pending->id;
    std::erase_if(messages_, [&](const auto& each) { return each.get() == pending; });
    listener_.on_message_result(id, event.status < 700 ? event.status : 503, event.phrase);
}

void UserAgent::forget_old_messages(Instant now) {
    for (std::size_t i = 0; i < messages_.size();) {
        PendingMessage& pending = *messages_[i];
        if (pending.deadline > now) {
            ++i;
        } else if (pending.outbound) {
            const MessageId id = pending.id;
            messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(i));
            listener_.on_message_result(id, 408, "");
        } else {
            const std::size_t before = messages_.size();
            answer_message(pending.id, 500);
            if (messages_.size() == before) ++i;
        }
    }
}

void UserAgent::on_options(const Event& event) {
    // RFC 3261 §11.2: as an INVITE would be answered now.
    const bool closed = closing_ != Closing::no || dialogs_.size() >= kMostDialogs;
    const std::string why = reason_value(own_refusal(503), ReasonOn::response);
    nua_respond(event.handle, closed ? 503 : 200, sip_status_phrase(closed ? 503 : 200),
                NUTAG_WITH_THIS(nua_), TAG_IF(closed, SIPTAG_REASON_STR(why.c_str())),
                TAG_IF(closed, SIPTAG_RETRY_AFTER_STR("5")), SIPTAG_ACCEPT_STR("application/sdp, text/plain"),
                SIPTAG_ACCEPT_LANGUAGE_STR("en"), TAG_END());
    if (event.owner == nullptr) nua_handle_destroy(event.handle);
}

}  // namespace causeway::sip
