// Which softphones can be reached, and over which connection: the location service of RFC 3261 §10.3 with
// the instances and flows of RFC 5626. Pure: time is an argument. Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"

namespace causeway::softphone {

/// Sessions of softphones are counted from here, beyond those of pages and of calls by HTTP.
inline constexpr std::uint64_t kFirstSession = std::uint64_t{1} << 63;

/// One Contact of a REGISTER, as received.
struct ContactWish {
    std::string uri;
    std::string instance;  ///< +sip.instance with its quotes taken off, "" if none
    std::uint32_t reg_id = 0;
    std::optional<std::uint32_t> expires;

    friend bool operator==(const ContactWish&, const ContactWish&) = default;
};

struct RegisterWish {
    std::vector<ContactWish> contacts;
    bool all = false;  ///< Contact: *
    std::optional<std::uint32_t> expires;
    std::string call_id;
    std::uint32_t cseq = 0;
    FlowId flow{};
};

/// One device of a user.
struct Binding {
    SessionId session{};
    std::string user;
    ContactWish contact;
    std::string call_id;
    std::uint32_t cseq = 0;
    FlowId flow{};  ///< 0: its connection is gone, it may come back
    Instant expires{};
};

struct RegistrarLimits {
    std::uint32_t min_expires = 60;
    std::uint32_t default_expires = 600;
    std::uint32_t max_expires = 3600;
    std::size_t bindings_of_user = 10;
    std::size_t bindings = 20'000;
};

/// What a REGISTER has changed; all of it or nothing.
struct RegisterOutcome {
    int status = 200;
    std::string why;  ///< of a refusal, for people
    std::vector<SessionId> added;
    std::vector<SessionId> moved;  ///< the same device by another connection
    std::vector<Binding> removed;
};

class Registrar {
  public:
    explicit Registrar(RegistrarLimits limits = {}) : limits_(limits) {}

    RegisterOutcome apply(const std::string& user, const RegisterWish& wish, Instant now);
    /// The bindings of a connection that closed: they stay, unreachable, until they expire.
    std::vector<Binding> flow_closed(FlowId flow);
    /// Takes away and returns what has expired.
    std::vector<Binding> expire(Instant now);
    /// Takes one away; nullopt when it is not there.
    std::optional<Binding> remove(SessionId session);

    const Binding* find(SessionId session) const;
    /// The device of that user on that connection; the first when there are several.
    const Binding* on_flow(FlowId flow, std::string_view user) const;
    std::vector<Binding> of_user(std::string_view user) const;
    std::size_t size() const { return bindings_.size(); }
    std::uint32_t min_expires() const { return limits_.min_expires; }

  private:
    using Place = std::vector<Binding>::iterator;
    Place find_same(const std::string& user, const ContactWish& contact);
    std::optional<RegisterOutcome> refusal(const std::string& user, const RegisterWish& wish);
    std::uint32_t seconds_of(const ContactWish& contact, const RegisterWish& wish) const;
    void put(const std::string& user, const ContactWish& contact, const RegisterWish& wish, Instant now,
             RegisterOutcome& outcome);

    RegistrarLimits limits_;
    std::vector<Binding> bindings_;
    std::uint64_t next_session_ = kFirstSession;
};

}  // namespace causeway::softphone
