// Keeps us registered at the trunks that want it (RFC 3261 §10.2): digest, refresh before expiry, another
// try after a failure with growing pauses. SIP thread only. Passwords are never logged.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "sip/ua/dialog.hpp"
#include "sip/ua/listen.hpp"
#include "sip/ua/sip_ua.hpp"
#include "sip/ua/stacks.hpp"

struct sip_s;

namespace causeway::sip {

/// The pause before try number `failures` + 1: 1, 2, 4 ... 60 s, and up to a quarter more by `jitter` (0..1).
Duration registration_pause(unsigned failures, double jitter);
/// RFC 5626 §4.4.1: at four fifths of the time or a little later, by `jitter` (0..1).
Duration keep_alive_pause(std::chrono::seconds time, double jitter);
/// When to refresh a registration that lasts `expires`: at four fifths of it, at least 1 s.
Duration refresh_after(std::chrono::seconds expires);

class RegistrarClient {
  public:
    /// `own` are the places that our Contacts name.
    RegistrarClient(const Stacks& stacks, SipListener& listener, std::vector<OwnContact> own,
                    std::shared_ptr<FlowTable> flows, std::chrono::seconds keep_alive);
    ~RegistrarClient();
    RegistrarClient(const RegistrarClient&) = delete;
    RegistrarClient& operator=(const RegistrarClient&) = delete;

    /// Replaces the set: new ones register, changed ones anew, missing ones are un-registered.
    void set(std::vector<Registration> registrations, Instant now);
    void on_timer(Instant now);
    /// A nua_r_register or nua_r_unregister event of the handle that `owner` is bound to.
    void on_response(void* owner, int status, const char* phrase, const sip_s* message);
    /// True when `owner` is one of ours and not a dialog.
    bool owns(const void* owner) const;
    void unregister_all();
    /// A connection to a trunk was made (RFC 5626 §4.2: what was registered by the old one is to be again).
    void flow_changed(FlowId flow, Instant now);
    /// Nothing is registered and nothing is on its way.
    bool idle() const { return entries_.empty(); }

  private:
    struct Entry;
    void send(Entry& entry);
    void keep_alive(Entry& entry, Instant now);
    void leave(Entry& entry);
    void challenged(Entry& entry, int status, const char* phrase, const sip_s* message);
    void failed(Entry& entry, int status, const char* phrase);
    void tell(Entry& entry, bool registered, int status, const char* phrase);
    void drop(const Entry& entry);

    // Given.
    const Stacks& stacks_;
    SipListener& listener_;
    std::vector<OwnContact> own_;
    std::shared_ptr<FlowTable> flows_;
    std::chrono::seconds keep_alive_;

    // Owned.
    std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace causeway::sip
