// The guard in front of Sofia's transaction layer. Debian's Sofia-SIP 1.12.11 aborts when it is made to
// answer or send to an address that cannot be sent to; this parser class takes such addresses away, or the
// whole message, before the stack sees it. SIP thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "core/base/clock.hpp"
#include "core/base/counters.hpp"
#include "sip/ua/ack_guard.hpp"
#include "sip/ua/flow_table.hpp"
#include "sip/ua/rate_limit.hpp"

struct msg_s;
struct msg_mclass_s;
struct sip_s;

namespace causeway::sip {

/// What a 100 Trying is turned into: nta keeps a 100 to itself, and when told not to, nua leaks it. A real
/// 199 (RFC 6228) says nothing that is needed either.
inline constexpr int kTrying = 199;

/// Extensions that are spoken here, not by the stack, are moved out of its sight into these headers.
inline constexpr char kHiddenRequire[] = "Causeway-Require";
inline constexpr char kHiddenRSeq[] = "Causeway-RSeq";

/// One per stack, made and destroyed on that stack's thread; a thread has at most one.
class MessageFilter {
  public:
    /// Connections of the edge: `only` lets no other connection speak.
    struct Flows {
        const FlowTable* table = nullptr;
        bool only = false;
    };
    /// Longer bodies than `max_message` are refused with 413.
    MessageFilter(Counters& counters, std::size_t max_message, Flows flows);
    ~MessageFilter();
    MessageFilter(const MessageFilter&) = delete;
    MessageFilter& operator=(const MessageFilter&) = delete;

    /// For NTATAG_MCLASS.
    const msg_mclass_s* message_class() const;

    /// What to do with one message whose headers are parsed.
    enum class Verdict {
        pass,
        refuse,    ///< the peer gets 400
        too_long,  ///< the peer gets 413
        vanish,    ///< nobody hears of it
    };
    /// Takes bad headers out of a response. For the parser only.
    Verdict check(msg_s* message, sip_s* sip, Instant now);

    /// Counts what does not even begin like SIP, or ends too early. For the parser only.
    void note_malformed() { malformed_.add(); }

    /// What becomes of the INVITEs that have passed: see AckGuard.
    void keep(const InviteName& invite) { acks_.keep(invite); }
    void forget(const InviteName& invite) { acks_.forget(invite); }
    /// A call of ours with that Call-ID has early dialogs, or has them no more. nua would take an UPDATE in
    /// one of them for the whole call's word, and send the ACK to a fork that lost: it reaches the user agent
    /// as INFO.
    void keep_early(const std::string& call_id) { early_calls_.insert(call_id); }
    void forget_early(const std::string& call_id) { early_calls_.erase(call_id); }
    void answering(const InviteName& invite);
    void answer_sent(const InviteName& invite);

  private:
    void notice_failures(Instant now);
    void take_over_early_update(sip_s* sip) const;
    Verdict check_request(msg_s* message, sip_s* sip, const std::optional<Flow>& flow, Instant now);
    /// With 400, 405, 416, 501 or 505, and without a word to anybody here. False: it goes on.
    bool note_what_the_stack_refuses(const msg_s* message, const sip_s* sip);
    Verdict check_targets(const sip_s* sip, bool by_flow);
    Verdict check_rate(const SocketAddress& source, const sip_s* sip, Instant now);
    void clean_response(msg_s* message, sip_s* sip, bool by_flow);

    // Given.
    Counter& unanswerable_;
    Counter& bad_target_;
    Counter& stripped_;
    Counter& flooded_;
    Counter& malformed_;
    Counter& too_long_;
    Counter& unsupported_;  ///< versions, schemes of URIs and extensions
    Counter& unknown_methods_;
    Counter& strange_connections_;
    Flows flows_;
    std::size_t max_message_;

    // Owned.
    struct Free {
        void operator()(msg_mclass_s* message_class) const;
    };
    std::unique_ptr<msg_mclass_s, Free> class_;
    RateLimit requests_;
    RateLimit calls_;

    // State.
    AckGuard acks_;
    std::set<std::string, std::less<>> early_calls_;
};

}  // namespace causeway::sip
