// Asks servers whether they live, by OPTIONS outside of dialogs (RFC 3261 §11.1). SIP thread only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "sip/ua/dialog.hpp"
#include "sip/ua/sip_ua.hpp"
#include "sip/ua/stacks.hpp"

struct sip_s;

namespace causeway::sip {

class OptionsProber {
  public:
    OptionsProber(const Stacks& stacks, SipListener& listener, std::string domain);
    ~OptionsProber();
    OptionsProber(const OptionsProber&) = delete;
    OptionsProber& operator=(const OptionsProber&) = delete;

    /// One that still waits under this id has failed.
    void probe(const Probe& probe);
    /// True when `owner`, of a nua event, is a probe.
    bool owns(const void* owner) const;
    void on_event(void* owner, int kind, int status, const sip_s* message);
    void forget_all();

  private:
    struct Entry;

    // Given.
    const Stacks& stacks_;
    SipListener& listener_;
    std::string domain_;
    // Owned.
    std::map<std::string, std::unique_ptr<Entry>> entries_;
};

}  // namespace causeway::sip
