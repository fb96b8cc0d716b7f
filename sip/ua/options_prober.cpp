#include "sip/ua/options_prober.hpp"

#include <sofia-sip/nta.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>

#include <algorithm>

#include "sip/ua/values.hpp"

namespace causeway::sip {

struct OptionsProber::Entry {
    std::string id;
    Handle handle;
};

OptionsProber::OptionsProber(const Stacks& stacks, SipListener& listener, std::string domain)
    : stacks_(stacks), listener_(listener), domain_(std::move(domain)) {}

OptionsProber::~OptionsProber() = default;

void OptionsProber::probe(const Probe& probe) {
    if (!is_plain_uri(probe.request_uri) || (!probe.proxy.empty() && !is_plain_uri(probe.proxy))) {
        return listener_.on_probed(probe.id, 0);
    }
    if (entries_.erase(probe.id) > 0) listener_.on_probed(probe.id, 0);
    auto entry = std::make_unique<Entry>();
    entry->id = probe.id;
    const std::string to = name_addr({}, probe.request_uri);
    const std::string from = name_addr({}, "sip:" + domain_);
    const std::string& where = probe.proxy.empty() ? probe.request_uri : probe.proxy;
    nua_s* const stack = stacks_.towards(probe.trunk, where, probe.flow);
    entry->handle.reset(nua_handle(stack, entry.get(), SIPTAG_TO_STR(to.c_str()),
                                   SIPTAG_FROM_STR(from.c_str()), NUTAG_URL(probe.request_uri.c_str()),
                                   TAG_END()));
    if (!entry->handle) return listener_.on_probed(probe.id, 0);
    nua_options(entry->handle.get(), TAG_IF(!probe.proxy.empty(), NUTAG_PROXY(probe.proxy.c_str())),
                SIPTAG_ACCEPT_STR("application/sdp"), TAG_END());
    entries_[probe.id] = std::move(entry);
}

bool OptionsProber::owns(const void* owner) const {
    return owner != nullptr && std::any_of(entries_.begin(), entries_.end(),
                                           [&](const auto& row) { return row.second.get() == owner; });
}

void OptionsProber::on_event(void* owner, int kind, int status, const sip_s* message) {
    if (kind != nua_r_options || status < 200) return;
    const std::string id = static_cast<Entry*>(owner)->id;
    // Sofia tells of timeouts and send failures by responses that it makes up itself.
    const bool local = message == nullptr || nta_sip_is_internal(message);
    entries_.erase(id);
    listener_.on_probed(id, local ? 0 : status);
}

void OptionsProber::forget_all() {
    entries_.clear();
}

}  // namespace causeway::sip
