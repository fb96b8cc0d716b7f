// One call as a pure step: (state, event, what is known of the world) -> new state and actions. No sockets,
// no clock, no threads, so that every path of a call can be told in a test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "gateway/call/actions.hpp"
#include "gateway/call/call.hpp"
#include "gateway/call/events.hpp"

namespace causeway::routing {
class DialPlan;
}

namespace causeway::trunks {
class TrunkBoard;
}

namespace causeway::call {

/// Which pages are connected, as far as a call must know.
class PageDirectory {
  public:
    virtual ~PageDirectory() = default;
    virtual std::vector<SessionId> sessions_of_user(std::string_view user) const = 0;
    /// The guest that holds this number now; empty if none.
    virtual std::vector<SessionId> sessions_of_guest_number(std::string_view number) const = 0;
    virtual bool is_connected(SessionId session) const = 0;
};

class IdentityBook;

/// The world at the moment of an event. Borrowed for one step.
struct Environment {
    const routing::DialPlan& dial_plan;
    const PageDirectory& pages;
    const IdentityBook& identity;
    WallTime now{};
    int running_calls = 0;  ///< besides this one
    bool shutting_down = false;
    bool overloaded = false;                     ///< one more call would be at the cost of those that run
    const trunks::TrunkBoard* trunks = nullptr;  ///< how the trunks stand now; nullptr: all are well
    /// Where keys come from: the only thing of a step that is not the same each time.
    sdp::OwnSecurity (*make_security)(sdp::SrtpPolicy, sdp::Fingerprint) = sdp::make_own_security;
};

/// Total: every event is taken in every phase; what makes no sense there changes nothing.
Actions step(Call& call, const Event& event, const Environment& environment);

}  // namespace causeway::call
