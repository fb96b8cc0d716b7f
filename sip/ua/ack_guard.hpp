// Which ACKs may reach the stack after an answer to an INVITE could not be sent. Sofia-SIP 1.12.11 aborts
// when an ACK meets an INVITE whose final answer has just failed, and it tells of the failure but not of the
// INVITE. So for a while only ACKs to answers that are known to be on their way may pass. Pure. RFC 3261
// §17.2.
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/clock.hpp"

namespace causeway::sip {

/// How the stack knows an INVITE again: by what its ACK has too, and by what tells it from other INVITEs that
/// have the same.
struct InviteName {
    std::string call;         ///< Call-ID, From tag, CSeq number; "" when endlessly long
    std::string transaction;  ///< branch and sent-by of the top Via; "" when they are no use (RFC 2543)

    friend bool operator==(const InviteName&, const InviteName&) = default;
};

/// Bounded: what has no place any more is not admitted.
class AckGuard {
  public:
    /// The stack looks at a failed answer again within 200 ms over UDP and 2 s over TCP.
    static constexpr auto kEmbargo = std::chrono::milliseconds(2250);
    static constexpr std::size_t kMost = 20'000;

    /// An INVITE is on its way into the stack. A second one of the same name but another transaction spoils
    /// both.
    void invite_came(const InviteName& invite, Instant now);
    /// A dialog works on it, until `forget`.
    void keep(const InviteName& invite);
    void forget(const InviteName& invite);
    /// A 2xx is about to be sent; then it was handed to the network.
    void answering(const InviteName& invite);
    void answer_sent(const InviteName& invite, Instant now);

    /// Some final answer to some INVITE could not be sent, perhaps a 2xx.
    void answer_failed(bool maybe_success, Instant now);
    /// Whether an ACK may pass. Once for each INVITE: afterwards the stack needs no more of them.
    bool admits(const std::string& call, Instant now);

    std::size_t size() const { return invites_.size(); }

  private:
    enum class State { seen, kept, answering, sent, spoiled };
    struct Entry {
        std::string transaction;
        State state = State::seen;
        bool held = false;  ///< by a dialog; without one it ends at `until`
        Instant until{};
    };
    Entry* find(const InviteName& invite);
    void sweep(Instant now);

    std::unordered_map<std::string, Entry> invites_;
    std::vector<InviteName> answering_;  ///< mostly none or one
    Instant embargo_until_{};
    Instant swept_{};
};

}  // namespace causeway::sip
