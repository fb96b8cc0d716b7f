// Subscriptions of pages at WebSockets to their users' mailboxes: nua keeps dialog and refreshes, who may
// subscribe and what is told is the gateway's word. RFC 6665 §4.2, RFC 3842. SIP thread only.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/clock.hpp"
#include "sip/ua/flow_table.hpp"
#include "sip/ua/sip_ua.hpp"

struct nua_handle_s;
struct nua_s;
struct sip_s;

namespace causeway::sip {

class PageSubscriptions {
  public:
    static constexpr std::size_t kMost = 2000;

    PageSubscriptions(SipListener& listener, std::atomic<std::uint64_t>& next_id,
                      std::shared_ptr<const FlowTable> flows);
    ~PageSubscriptions();

    bool owns(const void* owner) const;
    /// The SUBSCRIBE whose event `nua` is delivering now, by `flow`; 0, or the status that refuses it.
    int on_subscribe(nua_s* nua, nua_handle_s* handle, void* owner, const sip_s* message, const Flow& flow);
    /// The answer to a NOTIFY.
    void on_notify_response(void* owner, int status);
    void answer(SubscriptionId id, int status, std::chrono::seconds expires,
                const std::vector<Header>& headers);
    void notify(SubscriptionId id, const std::string& summary, std::chrono::seconds left);
    /// What came by it cannot be told any more.
    void flow_gone(FlowId flow);
    void on_timer(Instant now);
    void clear();

  private:
    struct Entry;
    Entry* find(SubscriptionId id);
    void end(Entry& entry);
    /// What is told goes where the latest granted request came from.
    void follow(Entry& entry, const std::string& owner);

    // Given.
    SipListener& listener_;
    std::atomic<std::uint64_t>& next_id_;
    std::shared_ptr<const FlowTable> flows_;
    // State.
    std::unordered_map<std::uint64_t, std::unique_ptr<Entry>> entries_;
};

}  // namespace causeway::sip
