// The door to the SIP side: one Sofia-SIP stack on one thread of its own, spoken to in values. Commands may
// come from any thread; events come on the SIP thread and must be passed on without blocking.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/end_reason.hpp"
#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "sip/ua/register_request.hpp"
#include "sip/ua/requests.hpp"

namespace causeway {
class Counters;
}

namespace causeway::sip {

class FlowTable;

enum class Transport { udp, tcp, tls, ws, wss };

struct SipUaSettings {
    std::vector<SocketAddress> listen_udp;
    std::vector<SocketAddress> listen_tcp;
    std::string domain;            ///< host part of our own identities
    std::string external_address;  ///< IP put into Contact and Via when behind NAT, or ""
    std::string user_agent;        ///< User-Agent and Server
    /// The same for single listening addresses (their ports do not count); it comes first.
    std::vector<std::pair<SocketAddress, std::string>> external_addresses{};
    /// Which of the listening addresses a trunk's requests leave by; others go by family and transport.
    std::vector<std::pair<std::string, SocketAddress>> trunk_listeners{};
    std::size_t max_message = 65536;
    /// Connections that the edge carries to the stack over loopback. With a table and without `listen_tcp`
    /// the first UDP address listens on TCP too, for these connections only.
    std::shared_ptr<FlowTable> flows{};
    std::vector<std::string> headers_in;  ///< of INVITEs, handed up as they are; names of extensions
    std::chrono::seconds least_session_expires{90};  ///< RFC 4028: shorter ones get 422
    /// How often a sign of life (RFC 5626 §3.5.1) keeps the way through a NAT open to where we are registered
    /// by UDP, and on TCP connections; 0 never.
    std::chrono::seconds keep_alive{0};
    std::chrono::seconds tcp_keep_alive{0};
};

struct DigestCredentials {
    std::string username;
    std::string password;
    std::string realm;  ///< "": any

    friend bool operator==(const DigestCredentials&, const DigestCredentials&) = default;
};

/// Reliable provisional responses (RFC 3262).
enum class Reliability {
    off,        ///< neither offered nor granted; who requires them is refused with 420
    supported,  ///< sent when the peer supports them, received when it sends them
    required,   ///< the peer must support them
};

/// What a dialog's trunk wants beyond RFC 3261.
struct DialogOptions {
    Reliability reliability = Reliability::off;
    /// RFC 4028: the session ends that long after its last refresh; 0: no timer unless the peer asks for one.
    std::chrono::seconds session_expires{0};
    /// For challenges inside the dialog; an outgoing call has its own.
    std::optional<DigestCredentials> credentials{};

    friend bool operator==(const DialogOptions&, const DialogOptions&) = default;
};

/// A header that the policy of the gateway, never a browser, has written. Name and value hold no CR, LF or
/// NUL.
using Header = std::pair<std::string, std::string>;

/// One outgoing INVITE. All values are already checked by the caller; the stack refuses control characters
/// anyway.
struct OutboundInvite {
    CallId call{};
    std::string request_uri;  ///< "sip:600@192.0.2.1:5060;transport=udp"
    std::string proxy;        ///< where to send it, a SIP URI, or "" for the request URI's own address
    std::string from_uri;
    std::string from_display;
    std::string to_uri;
    std::vector<Header> headers;  ///< P-Asserted-Identity, Privacy, Identity, ...
    std::string sdp;              ///< "": the peer offers in its 2xx, `acknowledge` brings our answer
    std::optional<DigestCredentials> credentials;
    std::chrono::seconds ring_timeout{120};
    std::string trunk{};  ///< whom it is for, by name in the configuration
    std::size_t tcp_above =
        0;          ///< bytes: over UDP no longer than that, else by TCP; 0: always as its URI says
    FlowId flow{};  ///< the connection to send it by, with the flow's Contact; `proxy` does not count then
    std::chrono::seconds answer_within{0};  ///< without any response for so long it has failed; 0: Timer B
    int max_forwards = 70;
    std::vector<DigestCredentials> more_credentials{};  ///< for challenges of their realms
    std::string sip_call_id{};  ///< the Call-ID, e.g. "<gateway's call id>@<domain>"; "": the stack's choice
    DialogOptions options{};
};

/// What an incoming INVITE says, before anything of it is believed.
struct InboundInvite {
    DialogId dialog{};
    CallId call{};
    SocketAddress source;  ///< the peer itself, also behind a flow
    Transport transport = Transport::udp;
    FlowId flow{};                             ///< the WebSocket or TLS connection that it came by
    std::string flow_trunk{};                  ///< Flow::trunk
    std::vector<std::string> peer_names{};     ///< Flow::peer_names
    std::string to_user;                       ///< user part of the Request-URI, unescaped
    std::vector<std::string> authorization{};  ///< Authorization and Proxy-Authorization, at most 4
    std::string from_user;
    std::string from_display;
    std::string from_uri;
    std::string asserted_identity;      ///< P-Asserted-Identity as received, "" if none; for a trust decision
    std::string privacy;                ///< Privacy as received
    std::vector<std::string> identity;  ///< Identity and y header values as received, at most 9
    std::string to_uri;                 ///< of To
    std::string request_uri;
    std::optional<std::int64_t> date;  ///< Date, seconds since 1970
    std::string sip_call_id;
    std::vector<Header> headers;  ///< those of `headers_in` that it has, bounded
    std::string sdp;              ///< "" for a late offer
    bool takes_info = false;      ///< its Allow has INFO
    bool takes_refer = true;      ///< no Allow that leaves REFER out
    /// RFC 3891: this call shall take that one's place. Whether it may is the gateway's word.
    std::optional<DialogId> replaces{};
    std::vector<std::string> diversion{};     ///< Diversion values (RFC 5806), newest first, at most 8
    std::vector<std::string> history_info{};  ///< History-Info values (RFC 7044), at most 16
};

/// Registration state of one trunk.
struct RegistrationEvent {
    std::string trunk;
    bool registered = false;
    int status = 0;
    std::string reason;
};

/// Called on the SIP thread.
class SipListener {
  public:
    virtual ~SipListener() = default;
    virtual void on_invite(InboundInvite invite) = 0;
    /// 18x to our INVITE; `sdp` is "" when the response had none.
    virtual void on_progress(DialogId dialog, int status, std::string sdp) = 0;
    /// 2xx to our INVITE, already acknowledged. To one without an offer it brings the peer's, and waits for
    /// `acknowledge`.
    virtual void on_answered(DialogId dialog, std::string sdp) = 0;
    /// The ACK to our 2xx; `sdp` is the peer's answer to a late offer, else "".
    virtual void on_acknowledged(DialogId dialog, std::string sdp) = 0;
    /// An offer inside the dialog (re-INVITE, UPDATE; also UPDATE before the answer), or "" when the peer
    /// wants ours. Answer with `answer_reoffer` or `refuse_reoffer`.
    virtual void on_reoffer(DialogId dialog, std::string sdp) = 0;
    /// The peer's answer to `reoffer`.
    virtual void on_reoffer_answered(DialogId, std::string /*sdp*/) {}
    /// The peer refused `reoffer`: all stays as it was. Glare (491) is tried again before this is told; what
    /// ends the dialog (408, 481) comes as on_ended.
    virtual void on_reoffer_refused(DialogId, int /*status*/) {}
    /// What the peer's Allow says, before the call is told of its answer.
    virtual void on_capabilities(DialogId /*dialog*/, bool /*takes_info*/, bool /*takes_refer*/) {}
    /// DTMF by INFO (application/dtmf-relay or application/dtmf).
    virtual void on_info_dtmf(DialogId dialog, char digit, int duration_ms) = 0;
    /// Final, exactly once per dialog that was not ended from our side: refusal, CANCEL, BYE, timer,
    /// transport fault.
    virtual void on_ended(DialogId dialog, EndReason reason) = 0;
    /// 503 with Retry-After to our INVITE; `on_ended` follows.
    virtual void on_retry_after(DialogId, std::chrono::seconds) {}
    virtual void on_registration(RegistrationEvent event) = 0;
    /// What came of a probe: the final status, 0 when nobody answered.
    virtual void on_probed(const std::string&, int) {}
    /// A REGISTER by a WebSocket; answer it with `answer_register`. All others are refused here.
    virtual void on_register(InboundRegister) {}

    /// The peer wants the call to go on with somebody else.
    virtual void on_referred(DialogId, InboundReferral) {}
    /// What becomes of our REFER: its answer, then what the peer's NOTIFYs say. `last`: nothing more comes.
    virtual void on_refer_progress(DialogId, int /*status*/, bool /*last*/) {}
    /// Final, instead of on_ended: a 3xx to our INVITE.
    virtual void on_redirected(DialogId dialog, int status, std::vector<RedirectTarget>) {
        on_ended(dialog, from_sip_status(status, {}));
    }
    virtual void on_message(InboundMessage) {}
    /// Final answer to a message of ours; 408 when there was none.
    virtual void on_message_result(MessageId, int /*status*/, std::string /*phrase*/) {}
    virtual void on_messages_waiting(MessagesWaiting) {}
    virtual void on_subscribe(InboundSubscribe) {}
    /// What was granted is over: it took no NOTIFY, or its connection is gone for good.
    virtual void on_subscription_ended(SubscriptionId) {}
};

/// A trunk that wants us registered (RFC 3261 §10).
struct Registration {
    std::string trunk;
    std::string registrar_uri;
    std::string address_of_record;
    DigestCredentials credentials;
    std::chrono::seconds expires{300};
    std::string proxy{};  ///< where to send it, a SIP URI with a numeric host, or "" for the registrar itself
    FlowId flow{};        ///< the connection to register by

    friend bool operator==(const Registration&, const Registration&) = default;
};

/// An OPTIONS that asks whether a server lives (RFC 3261 §11.1).
struct Probe {
    std::string id;  ///< comes back with the answer; one at a time for each
    std::string request_uri;
    std::string proxy;  ///< as in OutboundInvite
    std::string trunk{};
    FlowId flow{};  ///< the connection to ask by
};

class SipUa {
  public:
    /// Opens the transports and starts the thread; throws std::runtime_error with the address that failed.
    SipUa(SipUaSettings settings, Counters& counters, SipListener& listener);
    /// Ends all dialogs (BYE, CANCEL, 503), waits for them at most 3 s, un-registers and joins the thread.
    ~SipUa();
    SipUa(const SipUa&) = delete;
    SipUa& operator=(const SipUa&) = delete;

    /// The port of the first UDP transport (settings may say 0).
    std::uint16_t udp_port() const;
    /// Where the edge connects its flows to (SipUaSettings::flows). Throws std::logic_error without TCP.
    SocketAddress flow_entrance() const;
    /// A flow was opened anew (same id) or is gone: its dialogs follow, or end when they only just called.
    void flow_changed(FlowId flow);

    DialogId invite(OutboundInvite invite);
    /// A header, such as RFC 9410's Reason, for all our further responses to the dialog's INVITE.
    void add_response_header(DialogId dialog, Header header);
    /// Provisional answer 100..199; with `sdp` as early media (183).
    void progress(DialogId dialog, int status, std::string sdp);
    void accept(DialogId dialog, std::string sdp);
    /// Ends the dialog in whatever state: refusal status, CANCEL or BYE, with a Reason header (RFC 3326).
    void end(DialogId dialog, const EndReason& reason);
    void answer_reoffer(DialogId dialog, std::string sdp);
    /// 488 and 606 carry a Warning (RFC 3261 §20.43).
    void refuse_reoffer(DialogId dialog, int status, const std::string& why = {});
    /// A key press by INFO (application/dtmf-relay) in an answered call.
    void info_digit(DialogId dialog, char digit, int duration_ms);
    /// A new offer inside an answered dialog. While another one is under way the latest waits.
    void reoffer(DialogId dialog, std::string sdp);
    /// Our answer to the peer's offer, when our INVITE had none: in the ACK to its 2xx, or in the PRACK of
    /// the reliable provisional response that brought it. A 2xx to what was answered so gets an ACK without
    /// it.
    void acknowledge(DialogId dialog, std::string sdp);
    /// Of an incoming call, as soon as its trunk is known: before `progress` and `accept`.
    void set_options(DialogId dialog, DialogOptions options);

    /// The final answer to a REGISTER; Contact is one of the headers.
    void answer_register(RequestId request, int status, std::vector<Header> headers);
    /// What is sent in this dialog goes by that flow from now on.
    void move(DialogId dialog, FlowId flow);

    void register_trunks(std::vector<Registration> registrations);
    void probe(Probe probe);

    /// REFER inside an answered call.
    void refer(DialogId dialog, OutboundReferral referral);
    /// 202, or why not; `why` in words, "" for the status' own.
    void answer_referral(DialogId dialog, int status, std::string why = {});
    /// NOTIFY with that status as message/sipfrag; a final status ends the subscription.
    void tell_referrer(DialogId dialog, int status);
    void send_message(OutboundMessage message);
    /// With `headers`, such as a challenge; a refusal without a Reason among them gets the status' own.
    void answer_message(MessageId message, int status, std::vector<Header> headers = {});
    /// 200 grants `expires`; a refusal may have a challenge in `headers`.
    void answer_subscribe(SubscriptionId subscription, int status, std::chrono::seconds expires,
                          std::vector<Header> headers = {});
    /// NOTIFY with application/simple-message-summary. `left`: until it ends; 0: this is the last one.
    void notify(SubscriptionId subscription, std::string summary, std::chrono::seconds left);
    /// Replaces the set of mailboxes that are watched.
    void watch_mailboxes(std::vector<Mailbox> mailboxes);

    /// Dialogs alive now; for leak tests and metrics. Any thread.
    std::size_t dialog_count() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::sip
