// All calls of the gateway: finds the call that an event belongs to, steps it and carries out what it asks
// for. Control thread only.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "gateway/call/call.hpp"
#include "gateway/call/call_machine.hpp"
#include "gateway/call/events.hpp"
#include "gateway/call/ports.hpp"

namespace causeway {
class Counters;
}
namespace causeway::routing {
class DialPlan;
}

namespace causeway::call {

/// A call that is under way, as far as it has come.
struct RunningCall {
    accounting::CallRecord record;
    Phase phase = Phase::idle;
};

class CallRegistry {
  public:
    /// `ports`, `pages`, `counters` and `board` must outlive the registry. Without a board no trunk has
    /// limits, and names are the stack's business.
    CallRegistry(const Ports& ports, const PageDirectory& pages, Counters& counters, config::Snapshot config,
                 std::shared_ptr<const IdentityBook> identity, trunks::TrunkBoard* board = nullptr);
    ~CallRegistry();
    CallRegistry(const CallRegistry&) = delete;
    CallRegistry& operator=(const CallRegistry&) = delete;

    /// A page's new call. False when the page already has a call of that name.
    bool place(PagePlaced event);
    /// Anything else that a page does to a call of its own. False when it has no such call.
    bool on_page(SessionId session, const std::string& name, const Event& event);
    /// A page hands a call over: to `to`, or to the other side of its call `with`. False when it has no such
    /// call.
    bool transfer(SessionId session, const std::string& name, const std::string& to, const std::string& with);
    /// The SIP dialog of a page's answered call, for a message inside it.
    std::optional<DialogId> dialog_of(SessionId session, const std::string& name) const;
    /// The page that takes part in the call of a dialog, by its name for the call.
    std::optional<PageCall> page_of(DialogId dialog) const;
    /// False when it has no such call.
    bool watch_statistics(SessionId session, const std::string& name, bool on);
    /// `may_return`: its page holds a secret to come back with, and its calls wait for it.
    void on_session_closed(SessionId session, bool may_return = false);
    /// The page of `before` has another connection: its calls, but for those that only ring, go on there.
    std::vector<http::ResumedCall> resume(SessionId before, SessionId session);

    void on_invite(sip::InboundInvite invite);
    void on_dialog(DialogId dialog, const Event& event);
    /// Of CheckCaller or CheckPassports.
    void on_identity(CallId call, const Event& event);
    void on_media(CallId call, const Event& event);
    void on_statistics(const media::MediaStatistics& statistics);
    void on_timer(CallId call, TimerKind kind);

    /// Ends all calls and refuses new ones; `done` runs once, when the last one has retired.
    void shut_down(std::function<void()> done);
    std::size_t size() const { return calls_.size(); }
    /// Those that have not ended, in no order.
    std::vector<RunningCall> running() const;

  private:
    struct Entry;
    using PageKey = std::pair<SessionId, std::string>;

    Entry& add_call();
    void on_replacing_invite(sip::InboundInvite invite);
    int calls_of(SessionId session) const;
    std::set<CallId> touched_by(SessionId session) const;
    void dispatch(CallId id, const Event& event);
    void carry_out(Entry& entry, Action& action);
    Entry* find(CallId id);
    Entry* find(SessionId session, const std::string& name);
    void forget(CallId id);
    /// Which trunks' limits the call counts for may have changed.
    void count_slots(Entry& entry);
    void count_slot(std::string& counted, const std::string& now);

    // Given.
    Ports ports_;
    const PageDirectory& pages_;
    Counters& counters_;
    config::Snapshot config_;
    std::shared_ptr<const IdentityBook> identity_;
    trunks::TrunkBoard* board_;
    // Owned.
    std::unique_ptr<const routing::DialPlan> dial_plan_;
    std::unordered_map<CallId, std::unique_ptr<Entry>> calls_;
    // State.
    std::map<PageKey, CallId> by_page_;
    std::unordered_map<DialogId, CallId> by_dialog_;
    bool shutting_down_ = false;
    std::function<void()> when_empty_;
};

}  // namespace causeway::call
