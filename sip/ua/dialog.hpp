// What the user agent knows about one INVITE dialog. SIP thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.hpp"
#include "core/base/end_reason.hpp"
#include "sip/ua/ack_guard.hpp"
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

struct Dialog {
    DialogId id{};
    CallId call{};
    Phase phase = Phase::calling;
    Handle handle;
    bool outbound = false;
    DialogOptions options;

    FlowId flow{};        ///< by which its peer is reached, if by one of the edge's connections
    std::string owner;    ///< who had logged in there (Flow::owner) when the dialog began
    std::string contact;  ///< our Contact header's value; "": the stack's choice

    // Outbound.
    std::optional<DigestCredentials> credentials;
    bool authenticated = false;
    bool by_name = false;               ///< the INVITE was sent to a server that a name led to
    bool heard = false;                 ///< any response at all
    std::optional<Instant> ring_until;  ///< when `deadline` is about the first response
    bool cancel_later = false;          ///< RFC 3261 §9.1: only after a provisional response

    // Inbound.
    SavedRequest invite;
    std::vector<std::string> response_headers;  ///< whole lines
    bool acknowledged = false;
    bool bye_after_ack = false;  ///< RFC 3261 §15: the callee waits for the ACK

    SavedRequest reoffer;
    /// The peer's latest INVITE that asked for a 2xx.
    InviteName invite_name;
    EndReason why;  ///< of an ended one, for the CANCEL or BYE that may still have to go
    /// Calling: the end of ringing. Ended: when nua has had time enough.
    std::optional<Instant> deadline;
};

}  // namespace causeway::sip
