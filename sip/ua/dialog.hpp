// What the user agent knows about one INVITE dialog. SIP thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/end_reason.hpp"
#include "sip/ua/ack_guard.hpp"
#include "sip/ua/message.hpp"
#include "sip/ua/session_timer.hpp"
#include "sip/ua/sip_ua.hpp"

struct nua_handle_s;
struct nua_saved_event;
struct nua_s;

namespace causeway::sip {

/// A request of the peer that still waits for our answer, kept alive by nua.
class SavedRequest {
  public:
    SavedRequest() = default;
    ~SavedRequest() { reset(); }
    SavedRequest(const SavedRequest&) = delete;
    SavedRequest& operator=(const SavedRequest&) = delete;

    /// Keeps the request whose event is being delivered now.
    void keep_current(nua_s* nua);
    void reset();
    explicit operator bool() const { return event_ != nullptr; }
    /// For NUTAG_WITH_SAVED.
    nua_saved_event* const* address() const { return &event_; }

  private:
    nua_saved_event* event_ = nullptr;
};

/// Our reference to a nua handle. Letting go of a live one makes nua end it by its own means.
struct HandleDeleter {
    void operator()(nua_handle_s* handle) const;
};
using Handle = std::unique_ptr<nua_handle_s, HandleDeleter>;

enum class Phase {
    calling,   ///< our INVITE has no final answer yet
    ringing,   ///< we have not answered the peer's INVITE yet
    answered,  ///< 2xx went or came
    ended,     ///< told or known to be over; the transactions may still be dying
};

/// What we ask inside an answered dialog; one thing at a time.
enum class Asking { nothing, offer, refresh_by_update, refresh_by_offer };

/// What makes a PRACK one of its early dialog: the handle knows none yet.
struct Prack {
    std::string tag;  ///< the peer's
    std::string to;
    std::string target;
    std::string route;
    std::string rack;
};

/// New offers and refreshes of one dialog: renegotiation.cpp, refreshing.cpp.
struct Renegotiation {
    // Ours.
    Asking asking = Asking::nothing;
    std::string agreed_sdp;  ///< our latest description that stands; a refresh repeats it
    std::string asked_sdp;   ///< of the offer under way
    std::optional<std::string> next_offer;
    Instant not_before{};                ///< after a glare
    int tries = 0;                       ///< of the same offer
    bool challenged = false;             ///< the request under way has answered a challenge
    bool late_answer = false;            ///< our INVITE had no offer: the ACK is ours to give
    bool answered_early = false;         ///< by a PRACK: the ACK needs no answer
    std::deque<Prack> unanswered_early;  ///< reliable provisional responses whose offers wait for our answer
    // The peer's.
    std::string early_contact;             ///< ours, for the answer to an UPDATE of an early dialog
    bool is_invite = false;                ///< the offer that waits for our answer is a re-INVITE's
    bool awaits_ack = false;               ///< our 2xx to a re-INVITE is not acknowledged yet
    std::optional<TimerWords> peer_timer;  ///< of the request that waits for our answer
    // RFC 4028.
    bool peer_takes_update = false;
    std::optional<SessionTimer> timer;
    std::optional<Instant> refresh_due;
    std::optional<Instant> ends;  ///< when nobody refreshes
};

/// One of the early dialogs that our INVITE made (RFC 3261 §13.2.2.4), by the peer's tag.
struct EarlyDialog {
    std::string sdp;              ///< its latest description
    std::uint32_t last_rseq = 0;  ///< RFC 3262: acknowledged up to here
    bool updated = false;         ///< by UPDATE: a 2xx's description is old news
    bool answered = false;        ///< its offer, in our PRACK
};

/// A method of ours inside the dialog that waits for its answer.
enum class Asked { refer, notify };

/// What a dialog has to do with transfers.
struct Referral {
    SavedRequest request;      ///< the peer's REFER that waits for an answer
    std::string event;         ///< "refer", or "refer;id=7" of the second one on (RFC 3515 §2.4.6)
    bool wants_news = true;    ///< the peer's
    bool told_all = true;      ///< the peer knows how it ended
    unsigned received = 0;     ///< REFERs of the peer
    std::deque<Asked> asked;   ///< on their way, oldest first
    bool awaits_news = false;  ///< ours was accepted, the last NOTIFY is not here
    bool authenticated = false;
};

struct Dialog {
    DialogId id{};
    CallId call{};
    Phase phase = Phase::calling;
    Handle handle;
    bool outbound = false;
    DialogOptions options;

    bool by_page = false;  ///< its peer is a page at a WebSocket, no trunk
    FlowId flow{};         ///< by which its peer is reached, if by one of the edge's connections
    std::string owner;     ///< who had logged in there (Flow::owner) when the dialog began
    std::string contact;   ///< our Contact header's value; "": the stack's choice

    // Outbound.
    std::optional<DigestCredentials> credentials;
    std::vector<DigestCredentials> more_credentials;  ///< for other realms
    std::vector<std::string> answered;  ///< challenges that credentials were sent for, since the last INVITE
    bool by_name = false;               ///< the INVITE was sent to a server that a name led to
    bool heard = false;                 ///< any response at all
    std::optional<Instant> ring_until;  ///< when `deadline` is about the first response
    bool cancel_later = false;          ///< RFC 3261 §9.1: only after a provisional response
    std::unique_ptr<const OutboundInvite> sent;  ///< while it may have to be sent once more
    std::map<std::string, EarlyDialog> early;

    // Inbound.
    SavedRequest invite;
    std::vector<std::string> response_headers;  ///< whole lines
    bool acknowledged = false;
    bool peer_supports_100rel = false;
    bool peer_requires_100rel = false;
    bool invite_offers = false;  ///< it came with SDP
    bool bye_challenged = false;
    bool bye_after_ack = false;  ///< RFC 3261 §15: the callee waits for the ACK

    SavedRequest reoffer;
    Renegotiation session;

    /// Its name on the wire; tags that are not known yet are "".
    DialogName name;
    std::unique_ptr<Referral> referral;  ///< a transfer in either direction, once there was one
    /// The peer's latest INVITE that asked for a 2xx.
    InviteName invite_name;
    EndReason why;  ///< of an ended one, for the CANCEL or BYE that may still have to go
    /// Calling: the end of ringing. Ended: when nua has had time enough.
    std::optional<Instant> deadline;
};

/// A MESSAGE that waits: ours for its answer, the peer's for the gateway's word.
struct PendingMessage {
    MessageId id;
    bool outbound = false;
    Handle handle;  ///< outside of a call
    std::optional<DialogId> dialog;
    SavedRequest request;
    DigestCredentials credentials;
    bool authenticated = false;
    Instant deadline{};
};

}  // namespace causeway::sip
