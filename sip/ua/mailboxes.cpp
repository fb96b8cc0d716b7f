#include "sip/ua/mailboxes.hpp"

#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/su_string.h>

#include <algorithm>
#include <string_view>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "sip/ua/digest_client.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/message_summary.hpp"
#include "sip/ua/registrar_client.hpp"
#include "sip/ua/user_agent.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

constexpr char kEvent[] = "message-summary";
constexpr char kBody[] = "application/simple-message-summary";

std::string user_of(std::string_view uri) {
    const auto colon = uri.find(':');
    if (colon != std::string_view::npos) uri.remove_prefix(colon + 1);
    return std::string(uri.substr(0, uri.find('@')));
}

}  // namespace

struct MailboxWatch::Entry {
    Mailbox wanted;
    Handle handle;
    bool authenticated = false;
    unsigned failures = 0;
    std::optional<Instant> due;
};

std::optional<MessagesWaiting> message_summary_of(const sip_s* message) {
    const sip_t* sip = message;
    if (sip == nullptr || sip->sip_payload == nullptr || sip->sip_content_type == nullptr)
        return std::nullopt;
    if (!su_casematch(sip->sip_content_type->c_type, kBody)) return std::nullopt;
    return parse_message_summary({sip->sip_payload->pl_data, sip->sip_payload->pl_len});
}

MailboxWatch::MailboxWatch(const Stacks& stacks, SipListener& listener)
    : stacks_(stacks), listener_(listener) {}
MailboxWatch::~MailboxWatch() = default;

bool MailboxWatch::owns(const void* owner) const {
    return owner != nullptr && std::any_of(entries_.begin(), entries_.end(),
                                           [&](const auto& entry) { return entry.get() == owner; });
}

void MailboxWatch::set(std::vector<Mailbox> mailboxes, Instant now) {
    // A handle that is let go un-subscribes by itself.
    std::erase_if(entries_, [&](const auto& entry) {
        return std::find(mailboxes.begin(), mailboxes.end(), entry->wanted) == mailboxes.end();
    });
    for (Mailbox& wanted : mailboxes) {
        const bool known = std::any_of(entries_.begin(), entries_.end(),
                                       [&](const auto& entry) { return entry->wanted == wanted; });
        if (known) continue;
        if (!is_plain_uri(wanted.address_of_record) || !is_plain_uri(wanted.server_uri) ||
            has_control(wanted.username) || has_control(wanted.password)) {
            log::error("sip: the mailbox of trunk {} has values that cannot stand in a header", wanted.trunk);
            continue;
        }
        auto entry = std::make_unique<Entry>();
        entry->wanted = std::move(wanted);
        entry->due = now;
        entries_.push_back(std::move(entry));
    }
    on_timer(now);
}

void MailboxWatch::on_timer(Instant now) {
    for (const auto& entry : entries_) {
        if (!entry->due || *entry->due > now) continue;
        entry->due.reset();
        send(*entry);
    }
}

void MailboxWatch::send(Entry& entry) {
    const std::string identity = name_addr({}, entry.wanted.address_of_record);
    nua_s* const stack = stacks_.towards(entry.wanted.trunk, entry.wanted.server_uri);
    entry.handle.reset(nua_handle(stack, &entry, NUTAG_URL(entry.wanted.server_uri.c_str()),
                                  SIPTAG_TO_STR(identity.c_str()), SIPTAG_FROM_STR(identity.c_str()),
                                  TAG_END()));
    if (!entry.handle) return failed(entry, 500);
    entry.authenticated = false;
    const std::string expires = std::to_string(entry.wanted.expires.count());
    nua_subscribe(entry.handle.get(), SIPTAG_EVENT_STR(kEvent), SIPTAG_ACCEPT_STR(kBody),
                  SIPTAG_EXPIRES_STR(expires.c_str()), TAG_END());
}

void MailboxWatch::on_event(void* owner, int kind, int status, const sip_s* message) {
    auto& entry = *static_cast<Entry*>(owner);
    switch (static_cast<nua_event_t>(kind)) {
        case nua_r_subscribe:
            return on_response(entry, status, message);
        case nua_i_notify:
            return on_notify(entry, status, message);
        default:
            return;
    }
}

void MailboxWatch::on_response(Entry& entry, int status, const sip_s* message) {
    if (status < 200) return;
    if ((status == 401 || status == 407) && message != nullptr) {
        const auto realm = digest_realm_of(message);
        const bool fits = realm && (entry.wanted.realm.empty() || quoted(entry.wanted.realm) == *realm);
        if (fits && !entry.authenticated && !entry.wanted.username.empty()) {
            entry.authenticated = true;
            const std::string answer = auth_tag(*realm, entry.wanted.username, entry.wanted.password);
            nua_authenticate(entry.handle.get(), NUTAG_AUTH(answer.c_str()), TAG_END());
            return;
        }
    }
    if (status >= 300) return failed(entry, status);
    entry.authenticated = false;
    entry.failures = 0;
}

void MailboxWatch::on_notify(Entry& entry, int status, const sip_s* message) {
    // Nua's own word that the subscription is over.
    if (message == nullptr) return failed(entry, status);
    if (auto waiting = message_summary_of(message)) {
        waiting->trunk = entry.wanted.trunk;
        waiting->account = user_of(entry.wanted.address_of_record);
        listener_.on_messages_waiting(std::move(*waiting));
    }
    if (ends_subscription(message)) failed(entry, 481);
}

void MailboxWatch::failed(Entry& entry, int status) {
    ++entry.failures;
    const double jitter = random_u16() / 65536.0;
    entry.due = std::chrono::steady_clock::now() + registration_pause(entry.failures + 3, jitter);
    log::info("sip: no news of the mailbox {} at trunk {}: {}", entry.wanted.address_of_record,
              entry.wanted.trunk, status);
}

void UserAgent::watch_mailboxes(std::vector<Mailbox> mailboxes) {
    if (closing_ == Closing::no) mailboxes_->set(std::move(mailboxes), std::chrono::steady_clock::now());
}

void UserAgent::on_unsolicited_notify(const Event& event) {
    const sip_t* sip = event.message;
    if (comes_from_page()) return respond_now(event.handle, 403);
    if (sip->sip_event == nullptr || !su_casematch(sip->sip_event->o_type, kEvent)) {
        // RFC 6665 §4.2.1.
        const std::string why = reason_value(own_refusal(489), ReasonOn::response);
        nua_respond(event.handle, 489, "Bad Event", NUTAG_WITH_THIS(nua_), SIPTAG_REASON_STR(why.c_str()),
                    SIPTAG_ALLOW_EVENTS_STR(kEvent), TAG_END());
        return;
    }
    auto waiting = message_summary_of(sip);
    if (!waiting) {
        const std::string why = reason_value(own_refusal(415), ReasonOn::response);
        nua_respond(event.handle, SIP_415_UNSUPPORTED_MEDIA, NUTAG_WITH_THIS(nua_),
                    SIPTAG_REASON_STR(why.c_str()), SIPTAG_ACCEPT_STR(kBody), TAG_END());
        return;
    }
    respond_now(event.handle, 200);
    const auto flow = flow_of(nua_current_request(nua_));
    waiting->source = flow ? flow->peer : source_of(nua_current_request(nua_));
    if (waiting->account.empty() && sip->sip_to->a_url->url_user != nullptr) {
        waiting->account = unescaped(sip->sip_to->a_url->url_user).value_or("");
    }
    listener_.on_messages_waiting(std::move(*waiting));
}

}  // namespace causeway::sip
