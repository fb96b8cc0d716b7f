#include "sip/ua/registrar_client.hpp"

#include <sofia-sip/nua.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/url.h>

#include <algorithm>
#include <optional>

#include "core/base/log.hpp"
#include "core/base/random.hpp"
#include "sip/ua/digest_client.hpp"
#include "sip/ua/flow_table.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/udp_doors.hpp"
#include "sip/ua/values.hpp"

namespace causeway::sip {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongestPause = 60s;

bool is_own(const sip_contact_t* contact, const std::vector<OwnContact>& own) {
    const char* host = contact->m_url->url_host;
    const char* port = url_port(contact->m_url);
    return port != nullptr && is_own(host == nullptr ? "" : host, port, own);
}

/// RFC 3261 §10.2.4: the answer lists all bindings of the address, other devices' too. What it granted us;
/// the shortest when a registrar has rewritten our Contact; the asked-for time when it does not say.
std::chrono::seconds granted(const sip_s* message, std::chrono::seconds asked,
                             const std::vector<OwnContact>& own) {
    if (message == nullptr) return asked;
    std::chrono::seconds shortest = asked;
    if (message->sip_expires != nullptr && message->sip_expires->ex_delta > 0) {
        shortest = std::min(asked, std::chrono::seconds(message->sip_expires->ex_delta));
    }
    for (const sip_contact_t* contact = message->sip_contact; contact != nullptr; contact = contact->m_next) {
        if (contact->m_expires == nullptr) continue;
        const long value = std::strtol(contact->m_expires, nullptr, 10);
        if (value <= 0) continue;
        if (is_own(contact, own)) return std::min(asked, std::chrono::seconds(value));
        shortest = std::min(shortest, std::chrono::seconds(value));
    }
    return shortest;
}

}  // namespace

struct RegistrarClient::Entry {
    Registration wanted;
    Handle handle;
    bool registered = false;
    bool leaving = false;
    bool authenticated = false;  ///< credentials went into the request now on its way
    unsigned failures = 0;
    std::optional<Instant> due;
    std::optional<Instant> sign_due;  ///< of life
};

Duration registration_pause(unsigned failures, double jitter) {
    const unsigned doublings = std::min(failures == 0 ? 0U : failures - 1, 6U);
    const std::chrono::duration<double> pause =
        std::min<std::chrono::duration<double>>(1s * (1U << doublings), kLongestPause);
    return std::chrono::duration_cast<Duration>(pause * (1 + jitter / 4));
}

Duration keep_alive_pause(std::chrono::seconds time, double jitter) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(time) * (0.8 + jitter / 5));
}

Duration refresh_after(std::chrono::seconds expires) {
    return std::max<Duration>(1s, std::chrono::duration_cast<Duration>(expires) * 4 / 5);
}

RegistrarClient::RegistrarClient(const Stacks& stacks, SipListener& listener, std::vector<OwnContact> own,
                                 std::shared_ptr<FlowTable> flows, std::chrono::seconds keep_alive)
    : stacks_(stacks),
      listener_(listener),
      own_(std::move(own)),
      flows_(std::move(flows)),
      keep_alive_(keep_alive) {}

RegistrarClient::~RegistrarClient() = default;

bool RegistrarClient::owns(const void* owner) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const auto& entry) { return entry.get() == owner; });
}

void RegistrarClient::set(std::vector<Registration> registrations, Instant now) {
    for (const auto& entry : entries_) {
        const bool kept =
            std::find(registrations.begin(), registrations.end(), entry->wanted) != registrations.end();
        if (!kept) leave(*entry);
    }
    for (auto& wanted : registrations) {
        const bool known = std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
            return !entry->leaving && entry->wanted == wanted;
        });
        if (known) continue;
        if (!is_plain_uri(wanted.registrar_uri) || (!wanted.proxy.empty() && !is_plain_uri(wanted.proxy)) ||
            !is_plain_uri(wanted.address_of_record) || has_control(wanted.credentials.username) ||
            has_control(wanted.credentials.password)) {
            log::error("sip: the registration of trunk {} has values that cannot stand in a header",
                       wanted.trunk);
            continue;
        }
        auto entry = std::make_unique<Entry>();
        entry->wanted = std::move(wanted);
        entry->due = now;
        entries_.push_back(std::move(entry));
    }
    on_timer(now);
    std::erase_if(entries_, [](const auto& entry) { return entry->leaving && !entry->handle; });
}

void RegistrarClient::on_timer(Instant now) {
    for (const auto& entry : entries_) {
        if (entry->sign_due && *entry->sign_due <= now) keep_alive(*entry, now);
        if (!entry->due || *entry->due > now) continue;
        entry->due.reset();
        if (!entry->leaving) send(*entry);
    }
}

void RegistrarClient::flow_changed(FlowId flow, Instant now) {
    if (!flows_ || !flows_->find(flow)) return;
    for (const auto& entry : entries_) {
        if (entry->wanted.flow != flow || entry->leaving) continue;
        entry->failures = 0;
        // By the new connection, and so by a handle of its own: the old one may wait for an answer.
        entry->handle.reset();
        entry->due = now;
    }
}

void RegistrarClient::send(Entry& entry) {
    std::optional<Flow> flow;
    if (entry.wanted.flow != FlowId{}) {
        flow = flows_ ? flows_->find(entry.wanted.flow) : std::nullopt;
        const std::string why = flows_ ? flows_->fault(entry.wanted.flow) : std::string();
        if (!flow) return failed(entry, 503, why.empty() ? "no connection" : why.c_str());
    }
    if (!entry.handle) {
        const std::string identity = name_addr({}, entry.wanted.address_of_record);
        const std::string& where =
            entry.wanted.proxy.empty() ? entry.wanted.registrar_uri : entry.wanted.proxy;
        nua_s* const stack = stacks_.towards(entry.wanted.trunk, where, entry.wanted.flow);
        entry.handle.reset(nua_handle(stack, &entry, SIPTAG_TO_STR(identity.c_str()),
                                      SIPTAG_FROM_STR(identity.c_str()), TAG_END()));
        if (!entry.handle) return failed(entry, 500, "no memory");
    }
    entry.authenticated = false;
    const std::string expires = std::to_string(entry.wanted.expires.count());
    const std::string proxy = flow ? proxy_uri(*flow) : std::string();
    const std::string contact = flow ? name_addr({}, flow->contact) : std::string();
    nua_register(entry.handle.get(), NUTAG_REGISTRAR(entry.wanted.registrar_uri.c_str()),
                 TAG_IF(!flow && !entry.wanted.proxy.empty(), NUTAG_PROXY(entry.wanted.proxy.c_str())),
                 TAG_IF(flow, NUTAG_PROXY(proxy.c_str())), TAG_IF(flow, SIPTAG_CONTACT_STR(contact.c_str())),
                 SIPTAG_EXPIRES_STR(expires.c_str()), TAG_END());
}

void RegistrarClient::keep_alive(Entry& entry, Instant now) {
    entry.sign_due.reset();
    const Registration& wanted = entry.wanted;
    // The edge keeps its connections alive, the stack those by TCP.
    if (keep_alive_.count() == 0 || wanted.flow != FlowId{} || !entry.registered || entry.leaving) return;
    const std::string& uri = wanted.proxy.empty() ? wanted.registrar_uri : wanted.proxy;
    const Way way = way_of(uri);
    const auto own = stacks_.udp_towards(wanted.trunk, uri);
    if (way.tcp || !way.to || !own) return;
    constexpr std::string_view kSign = "\r\n\r\n";
    send_by_udp(*own, *way.to, kSign);
    entry.sign_due = now + keep_alive_pause(keep_alive_, random_u16() / 65536.0);
}

void RegistrarClient::leave(Entry& entry) {
    if (entry.leaving) return;
    entry.leaving = true;
    entry.due.reset();
    if (entry.registered) {
        entry.authenticated = false;
        nua_unregister(entry.handle.get(), NUTAG_REGISTRAR(entry.wanted.registrar_uri.c_str()), TAG_END());
    } else {
        entry.handle.reset();
    }
}

void RegistrarClient::unregister_all() {
    for (const auto& entry : entries_) leave(*entry);
    std::erase_if(entries_, [](const auto& entry) { return !entry->handle; });
}

void RegistrarClient::on_response(void* owner, int status, const char* phrase, const sip_s* message) {
    if (!owns(owner) || status < 200) return;
    auto& entry = *static_cast<Entry*>(owner);
    if (status == 401 || status == 407) return challenged(entry, status, phrase, message);
    if (entry.leaving) {
        tell(entry, false, status, phrase);
        return drop(entry);
    }
    if (status >= 300) return failed(entry, status, phrase);
    entry.failures = 0;
    entry.due =
        std::chrono::steady_clock::now() + refresh_after(granted(message, entry.wanted.expires, own_));
    tell(entry, true, status, phrase);
    if (!entry.sign_due) {
        entry.sign_due =
            std::chrono::steady_clock::now() + keep_alive_pause(keep_alive_, random_u16() / 65536.0);
    }
}

void RegistrarClient::challenged(Entry& entry, int status, const char* phrase, const sip_s* message) {
    const auto realm = message == nullptr ? std::nullopt : digest_realm_of(message);
    const auto& known = entry.wanted.credentials;
    const bool fits = realm && (known.realm.empty() || quoted(known.realm) == *realm);
    if (fits && !entry.authenticated && !known.username.empty()) {
        entry.authenticated = true;
        const std::string answer = auth_tag(*realm, known.username, known.password);
        nua_authenticate(entry.handle.get(), NUTAG_AUTH(answer.c_str()), TAG_END());
        return;
    }
    if (!realm) {
        log::warning(
            "sip: the challenge of trunk {} cannot be answered: MD5 and SHA-256 with qop auth are spoken",
            entry.wanted.trunk);
    }
    // nua goes on waiting for credentials: the next try needs a handle of its own.
    entry.handle.reset();
    if (entry.leaving) return drop(entry);
    failed(entry, status, phrase);
}

void RegistrarClient::failed(Entry& entry, int status, const char* phrase) {
    ++entry.failures;
    entry.handle.reset();
    const double jitter = random_u16() / 65536.0;
    entry.due = std::chrono::steady_clock::now() + registration_pause(entry.failures, jitter);
    tell(entry, false, status, phrase);
}

void RegistrarClient::tell(Entry& entry, bool registered, int status, const char* phrase) {
    if (registered != entry.registered || !registered) {
        log::info("sip: trunk {} is {}registered: {} {}", entry.wanted.trunk, registered ? "" : "not ",
                  status, phrase);
    }
    entry.registered = registered;
    listener_.on_registration(
        {.trunk = entry.wanted.trunk, .registered = registered, .status = status, .reason = phrase});
}

void RegistrarClient::drop(const Entry& entry) {
    std::erase_if(entries_, [&](const auto& each) { return each.get() == &entry; });
}

}  // namespace causeway::sip
