// Session timers: who refreshes a session, how often, and when it has ended unrefreshed; and how long to wait
// after two offers met. The rules alone, without a stack. Pure. RFC 4028, RFC 3261 §14.1.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/clock.hpp"

namespace causeway::sip {

/// Roles of the transaction that carries the header, not of the call (RFC 4028 §7.4).
enum class Refresher { uac, uas };

/// What a message says about session timers.
struct TimerWords {
    std::optional<std::chrono::seconds> expires{};  ///< Session-Expires
    std::optional<Refresher> refresher{};           ///< its parameter
    std::optional<std::chrono::seconds> min_se{};   ///< Min-SE
    bool supported = false;                         ///< "timer" in Supported or Require
};

/// "1800;refresher=uas", the value of Session-Expires.
std::string session_expires_value(std::chrono::seconds expires, std::optional<Refresher> refresher);

/// The operator's word.
struct TimerPolicy {
    std::chrono::seconds expires{0};  ///< wanted; 0: none unless the peer asks
    std::chrono::seconds least{90};   ///< Min-SE: shorter ones get 422
};

/// A timer that both sides agreed.
struct SessionTimer {
    std::chrono::seconds interval{0};
    bool we_refresh = false;

    /// After a refresh at `start`: when we refresh again, when the session is over.
    Instant refresh_at(Instant start) const;
    Instant ends_at(Instant start) const;

    friend bool operator==(const SessionTimer&, const SessionTimer&) = default;
};

/// The request must be refused with 422 and our Min-SE.
bool is_too_small(const TimerWords& request, const TimerPolicy& policy);

/// What our 2xx to a request says, and what follows from it.
struct TimerAnswer {
    std::optional<SessionTimer> timer{};  ///< none: no timer
    Refresher refresher = Refresher::uas;
    bool require = false;  ///< "Require: timer" belongs into the 2xx
};
/// `running` is the dialog's timer so far: who refreshes now goes on when the request leaves it open.
TimerAnswer answer_timer(const TimerWords& request, const TimerPolicy& policy,
                         const std::optional<SessionTimer>& running);

/// What the peer's 2xx means; `asked` is the interval of our request, 0 for none.
std::optional<SessionTimer> timer_of_answer(const TimerWords& response, std::chrono::seconds asked);

/// The interval of the next try after a 422; none when its Min-SE is missing or absurd.
std::optional<std::chrono::seconds> after_too_small(const TimerWords& response, std::chrono::seconds asked);

/// How long to wait before a request that met another one (491) is tried again, in steps of 10 ms: 2.1 to 4 s
/// for the owner of the Call-ID, up to 2 s for the other. `chance` is random.
Duration pause_after_glare(bool owns_call_id, std::uint32_t chance);

}  // namespace causeway::sip
