// Before Sofia, whose macros would change names of ours.
#include "sip/ua/page_subscriptions.hpp"

#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>

#include <algorithm>
#include <utility>

#include "sip/ua/dialog.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/user_agent.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;

constexpr char kEvent[] = "message-summary";
constexpr char kBody[] = "application/simple-message-summary";
/// A gateway that says nothing for so long has lost it.
constexpr auto kLongestThought = 5s;
/// Nua says goodbye by itself when the time is over.
constexpr auto kGrace = 5s;

}  // namespace

struct PageSubscriptions::Entry {
    SubscriptionId id{};
    FlowId flow{};
    std::string owner;    ///< who had logged in there
    std::string contact;  ///< ours
    Handle handle;
    SavedRequest request;
    Flow asked_by;  ///< by which the request came
    bool granted = false;
    bool last_told = false;
    Instant deadline{};
};

PageSubscriptions::PageSubscriptions(SipListener& listener, std::atomic<std::uint64_t>& next_id,
                                     std::shared_ptr<const FlowTable> flows)
    : listener_(listener), next_id_(next_id), flows_(std::move(flows)) {}
PageSubscriptions::~PageSubscriptions() = default;

bool PageSubscriptions::owns(const void* owner) const {
    return owner != nullptr && std::any_of(entries_.begin(), entries_.end(),
                                           [&](const auto& row) { return row.second.get() == owner; });
}

PageSubscriptions::Entry* PageSubscriptions::find(SubscriptionId id) {
    const auto found = entries_.find(id.value);
    return found == entries_.end() ? nullptr : found->second.get();
}

int PageSubscriptions::on_subscribe(nua_s* nua, nua_handle_s* handle, void* owner, const sip_s* message,
                                    const Flow& flow) {
    auto* entry = static_cast<Entry*>(owner);
    // Tags may be known to others, and nobody in particular is nobody's equal.
    if (entry != nullptr && entry->flow != flow.id && (flow.owner.empty() || entry->owner != flow.owner))
        return 403;
    if (entry != nullptr && entry->request) return 500;
    if (entry == nullptr && entries_.size() >= kMost) return 503;
    auto who = read_invite(message);
    if (!who) return 400;
    if (entry == nullptr) {
        auto made = std::make_unique<Entry>();
        made->id = {next_id_.fetch_add(1)};
        made->handle.reset(handle);
        made->flow = flow.id;
        entry = made.get();
        nua_handle_bind(handle, entry);
        entries_.emplace(entry->id.value, std::move(made));
    }
    entry->asked_by = flow;
    if (!entry->granted) entry->deadline = std::chrono::steady_clock::now() + kLongestThought;
    entry->request.keep_current(nua);

    InboundSubscribe request;
    request.id = entry->id;
    request.again = entry->granted;
    request.flow = flow.id;
    request.source = flow.peer;
    request.request_uri = std::move(who->request_uri);
    request.to_user = std::move(who->to_user);
    request.to_host =
        message->sip_request->rq_url->url_host == nullptr ? "" : message->sip_request->rq_url->url_host;
    request.from_user = std::move(who->from_user);
    request.from_uri = std::move(who->from_uri);
    request.authorization = std::move(who->authorization);
    if (message->sip_expires != nullptr) {
        constexpr unsigned long kMostSeconds = 1'000'000;
        request.expires = static_cast<std::uint32_t>(std::min(message->sip_expires->ex_delta, kMostSeconds));
    }
    listener_.on_subscribe(std::move(request));
    return 0;
}

void PageSubscriptions::follow(Entry& entry, const std::string& owner) {
    const Flow& flow = entry.asked_by;
    entry.flow = flow.id;
    entry.owner = owner;
    entry.contact = flow.contact.empty() ? std::string() : name_addr({}, flow.contact);
    nua_set_hparams(entry.handle.get(), NUTAG_PROXY(proxy_uri(flow).c_str()), TAG_END());
}

void PageSubscriptions::answer(SubscriptionId id, int status, std::chrono::seconds expires,
                               const std::vector<Header>& headers) {
    Entry* entry = find(id);
    if (entry == nullptr || !entry->request) return;
    const bool good = status < 300;
    // Only now it is proved who asks. Without its connection there is nobody to follow.
    if (const auto flow = good ? flows_->find(entry->asked_by.id) : std::nullopt) follow(*entry, flow->owner);
    std::vector<std::string> lines;
    for (const auto& [name, value] : headers) {
        if (is_extra_header_name(name) && !has_control(value)) lines.push_back(name + ": " + value);
    }
    std::vector<tagi_t> extra;
    for (const auto& line : lines) extra.push_back(tagi_t{SIPTAG_HEADER_STR(line.c_str())});
    extra.push_back(tagi_t{TAG_END()});
    const std::string seconds = std::to_string(expires.count());
    nua_respond(entry->handle.get(), status, sip_status_phrase(status),
                NUTAG_WITH_SAVED(entry->request.address()), TAG_IF(good, SIPTAG_EXPIRES_STR(seconds.c_str())),
                TAG_IF(good && !entry->contact.empty(), SIPTAG_CONTACT_STR(entry->contact.c_str())),
                TAG_NEXT(extra.data()));
    entry->request.reset();
    if (good) {
        // Nua repeats the latest NOTIFY by itself.
        entry->last_told = entry->granted && expires == 0s;
        entry->granted = true;
        entry->deadline = std::chrono::steady_clock::now() + expires + kGrace;
    } else if (!entry->granted) {
        entries_.erase(id.value);
    }
}

void PageSubscriptions::notify(SubscriptionId id, const std::string& summary, std::chrono::seconds left) {
    Entry* entry = find(id);
    if (entry == nullptr || !entry->granted || entry->last_told) return;
    entry->last_told = left <= 0s;
    const std::string state = entry->last_told ? std::string("terminated;reason=timeout")
                                               : "active;expires=" + std::to_string(left.count());
    nua_notify(entry->handle.get(), SIPTAG_EVENT_STR(kEvent), SIPTAG_SUBSCRIPTION_STATE_STR(state.c_str()),
               TAG_IF(!entry->contact.empty(), SIPTAG_CONTACT_STR(entry->contact.c_str())),
               SIPTAG_CONTENT_TYPE_STR(kBody), SIPTAG_PAYLOAD_STR(summary.c_str()), TAG_END());
}

void PageSubscriptions::end(Entry& entry) {
    const SubscriptionId id = entry.id;
    entries_.erase(id.value);
    listener_.on_subscription_ended(id);
}

void PageSubscriptions::on_notify_response(void* owner, int status) {
    if (status < 200) return;
    auto& entry = *static_cast<Entry*>(owner);
    // RFC 6665 §4.2.2: who does not take it has forgotten the subscription.
    if (entry.last_told || status >= 300) end(entry);
}

void PageSubscriptions::flow_gone(FlowId flow) {
    std::vector<Entry*> its;
    for (const auto& [id, entry] : entries_) {
        if (entry->flow == flow) its.push_back(entry.get());
    }
    for (Entry* entry : its) end(*entry);
}

void PageSubscriptions::on_timer(Instant now) {
    std::vector<Entry*> over;
    for (const auto& [id, entry] : entries_) {
        if (entry->deadline <= now) over.push_back(entry.get());
    }
    for (Entry* entry : over) end(*entry);
}

void PageSubscriptions::clear() {
    entries_.clear();
}

void UserAgent::on_subscribe(const Event& event) {
    const auto flow = flow_of(nua_current_request(nua_));
    const bool known = page_subscriptions_->owns(event.owner);
    int status = 0;
    if (!flow || flow->kind == FlowKind::tls || (event.owner != nullptr && !known)) {
        // Telephones subscribe at their exchange, and nobody inside a call. RFC 5057 §5.1: with this status
        // the stack forgets the subscription, and nothing else.
        status = 405;
    } else if (closing_ != Closing::no) {
        status = 503;
    } else {
        status = page_subscriptions_->on_subscribe(nua_, event.handle, event.owner, event.message, *flow);
    }
    if (status == 0) return;
    respond_now(event.handle, status);
    if (event.owner == nullptr) nua_handle_destroy(event.handle);
}

void UserAgent::answer_subscribe(SubscriptionId id, int status, std::chrono::seconds expires,
                                 const std::vector<Header>& headers) {
    page_subscriptions_->answer(id, status, expires, headers);
}

void UserAgent::notify(SubscriptionId id, const std::string& summary, std::chrono::seconds left) {
    page_subscriptions_->notify(id, summary, left);
}

}  // namespace causeway::sip
