// Subscriptions to voice mailboxes (RFC 3842, RFC 6665): one for each mailbox, refreshed by nua, tried again
// with growing pauses. SIP thread only.
#pragma once

#include <memory>
#include <vector>

#include "core/base/clock.hpp"
#include "sip/ua/dialog.hpp"
#include "sip/ua/sip_ua.hpp"
#include "sip/ua/stacks.hpp"

struct sip_s;

namespace causeway::sip {

class MailboxWatch {
  public:
    MailboxWatch(const Stacks& stacks, SipListener& listener);
    ~MailboxWatch();
    MailboxWatch(const MailboxWatch&) = delete;
    MailboxWatch& operator=(const MailboxWatch&) = delete;

    /// Replaces the set: new ones are subscribed to, missing ones let go.
    void set(std::vector<Mailbox> mailboxes, Instant now);
    void on_timer(Instant now);
    bool owns(const void* owner) const;
    /// Any nua event of a handle of ours; `kind` is nua_event_t.
    void on_event(void* owner, int kind, int status, const sip_s* message);

  private:
    struct Entry;
    void send(Entry& entry);
    void on_response(Entry& entry, int status, const sip_s* message);
    void on_notify(Entry& entry, int status, const sip_s* message);
    void failed(Entry& entry, int status);

    // Given.
    const Stacks& stacks_;
    SipListener& listener_;
    // Owned.
    std::vector<std::unique_ptr<Entry>> entries_;
};

/// The summary in a NOTIFY of message-summary, if it is one.
std::optional<MessagesWaiting> message_summary_of(const sip_s* message);

}  // namespace causeway::sip
