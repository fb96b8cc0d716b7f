// The dialogs of one SIP stack: commands in, nua calls out; nua events in, listener calls out. Everything
// here runs on the SIP thread. RFC 3261, 3264, 3311, 3326, 2976.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/counters.hpp"
#include "sip/ua/dialog.hpp"
#include "sip/ua/flow_table.hpp"
#include "sip/ua/listen.hpp"
#include "sip/ua/mailboxes.hpp"
#include "sip/ua/message_filter.hpp"
#include "sip/ua/options_prober.hpp"
#include "sip/ua/page_subscriptions.hpp"
#include "sip/ua/rate_limit.hpp"
#include "sip/ua/registrar_client.hpp"
#include "sip/ua/sip_ua.hpp"
#include "sip/ua/stacks.hpp"

struct msg_s;
struct sip_s;
struct su_root_s;
struct su_timer_s;

namespace causeway::sip {

class UserAgent {
  public:
    /// `alive` is kept at the number of dialogs. Throws std::runtime_error when nua does not start.
    UserAgent(su_root_s* root, const SipUaSettings& settings, const ListenPlan& plan, Counters& counters,
              SipListener& listener, std::atomic<std::size_t>& alive,
              std::atomic<std::uint64_t>& next_dialog);
    ~UserAgent();
    UserAgent(const UserAgent&) = delete;
    UserAgent& operator=(const UserAgent&) = delete;

    void invite(DialogId id, const OutboundInvite& invite);
    void add_response_header(DialogId id, const Header& header);
    void progress(DialogId id, int status, const std::string& sdp);
    void accept(DialogId id, const std::string& sdp);
    void end(DialogId id, const EndReason& reason);
    void answer_reoffer(DialogId id, const std::string& sdp);
    void refuse_reoffer(DialogId id, int status, const std::string& detail = {});
    void info_digit(DialogId id, char digit, int duration_ms);
    void reoffer(DialogId id, const std::string& sdp);
    void acknowledge(DialogId id, const std::string& sdp);
    void set_options(DialogId id, const DialogOptions& options);
    void register_trunks(std::vector<Registration> registrations);
    void flow_changed(FlowId id);
    void probe(const Probe& probe);
    void refer(DialogId id, const OutboundReferral& referral);
    void answer_referral(DialogId id, int status, const std::string& why);
    void tell_referrer(DialogId id, int status);
    void send_message(const OutboundMessage& message);
    void answer_message(MessageId id, int status, const std::vector<Header>& headers = {});
    void answer_subscribe(SubscriptionId id, int status, std::chrono::seconds expires,
                          const std::vector<Header>& headers);
    void notify(SubscriptionId id, const std::string& summary, std::chrono::seconds left);
    void watch_mailboxes(std::vector<Mailbox> mailboxes);
    void answer_register(RequestId id, int status, const std::vector<Header>& headers);
    void move(DialogId id, FlowId flow);

    /// Ends what lives; `done` is called once, when nua has finished or was made to.
    void shut_down(std::function<void()> done);

    /// One nua event. `message` is nullptr for events of the stack's own.
    struct Event {
        nua_s* stack;
        int kind;
        int status;
        const char* phrase;
        nua_handle_s* handle;
        void* owner;  ///< a Dialog, a Registration's state, or nullptr
        const sip_s* message;
    };
    void on_event(const Event& event) noexcept;

  private:
    static constexpr std::size_t kMostDialogs = 4000;
    enum class Closing { no, ending, hurried, finished };

    // Renegotiation: renegotiation.cpp.
    void on_reinvite_response(Dialog& dialog, const Event& event);
    void on_update_response(Dialog& dialog, const Event& event);
    /// What waits for its turn.
    void ask(Dialog& dialog, Instant now);
    void offer_refused(Dialog& dialog, const Event& event);
    /// RFC 3261 §14.1: both asked at once.
    void after_glare(Dialog& dialog, Instant now);
    /// True when the request goes out once more with credentials.
    bool answers_challenge(Dialog& dialog, const Event& event, bool& challenged);
    /// Over, and it was not the peer's BYE: says ours and tells the listener.
    void break_off(Dialog& dialog, EndReason reason);

    // Session timers: refreshing.cpp.
    TimerPolicy timer_policy(const Dialog& dialog) const;
    std::vector<std::string> timer_request_lines(const Dialog& dialog) const;
    std::vector<std::string> timer_answer_lines(Dialog& dialog);
    void note_timer_answer(Dialog& dialog, const sip_s* message);
    void set_timer(Dialog& dialog, std::optional<SessionTimer> timer);
    /// True when the request was refused with 422.
    bool refused_as_too_small(nua_handle_s* handle, const sip_s* message, const Dialog* dialog);
    void keep_fresh(Dialog& dialog, Instant now);
    void refresh(Dialog& dialog);

    // Reliable provisional responses, early dialogs: early_dialogs.cpp.
    void on_provisional(Dialog& dialog, const Event& event);
    /// False for one that was acknowledged before, or that came out of order. One that `offers` waits for our
    /// answer.
    bool acknowledge_provisional(Dialog& dialog, EarlyDialog& early, const sip_s* message, bool offers);
    void answer_early_offer(Dialog& dialog, const std::string& sdp);
    void on_prack_response(Dialog& dialog, const Event& event);
    void on_early_update(Dialog& dialog, const Event& event, std::string sdp);
    std::string answer_of(Dialog& dialog, const sip_s* message);

    // Outbound: outbound.cpp.
    bool send_invite(Dialog& dialog);
    bool send_invite_again(Dialog& dialog, const Event& event);
    bool refuse_control_characters(const OutboundInvite& invite);
    void on_invite_response(Dialog& dialog, const Event& event);
    void authenticate(Dialog& dialog, const Event& event);
    static const DigestCredentials* credentials_for(const Dialog& dialog, std::string_view realm);
    /// A request of the dialog was challenged: true when it was sent once more.
    bool answered_challenge(Dialog& dialog, const Event& event);
    void go_straight(const Dialog& dialog, const sip_s* answer);
    void take_headers(InboundInvite& invite, const sip_s* message) const;
    void redirected(Dialog& dialog, const Event& event);

    // Inbound: inbound.cpp.
    void on_invite(const Event& event);
    void on_new_invite(const Event& event);
    void on_ack(Dialog& dialog, const sip_s* message);
    void on_cancel(Dialog& dialog, const sip_s* message);
    /// Final, without asking anybody; from 300 on with a Reason header, whose words are the status' own.
    void respond_now(nua_handle_s* handle, int status);
    void respond_now(nua_handle_s* handle, int status, const EndReason& reason);
    void refuse_over_rate(nua_handle_s* handle, const SocketAddress& source, Instant now);

    // By the edge's connections: flows.cpp.
    std::optional<Flow> flow_of(msg_s* message) const;
    /// The request came by a WebSocket: whoever sends it is no trunk, whatever its address.
    bool comes_from_page() const;
    /// Tags may be known to others: what a page asks for in a call must come by the call's own WebSocket, and
    /// what trunks ask for must not come by any.
    bool comes_by_own_connection(const Dialog& dialog) const;
    void bind_flow(Dialog& dialog, const Flow& flow);
    /// Sends further requests by the connection that the current request came by.
    void follow_flow(Dialog& dialog);
    EndReason flow_fault(FlowId id) const;

    // REGISTER from softphones: registering.cpp.
    void on_register(const Event& event);

    // On a REGISTER's handle: sip_events.cpp.
    void refuse_on_registration(const Event& event);

    // Guarding ACKs: sip_events.cpp.
    void keep_invite(Dialog& dialog, const sip_s* message);
    void on_call_state(const Dialog& dialog, int state);

    // Inside a dialog: in_dialog.cpp.
    void on_reinvite(Dialog& dialog, const Event& event);
    void on_update(Dialog& dialog, const Event& event);
    /// What an offer or a refresh of the peer says besides.
    void note_request(Dialog& dialog, const sip_s* message);
    void on_info(const Event& event);
    void on_bye(Dialog& dialog, const sip_s* message);
    void on_bye_response(Dialog& dialog, const Event& event);
    void on_stack_error(Dialog& dialog, const Event& event);
    void end(Dialog& dialog, const EndReason& reason);
    /// A final answer to an INVITE that has none yet.
    void refuse(Dialog& dialog, const EndReason& reason);
    void send_cancel(Dialog& dialog);
    void send_bye(Dialog& dialog);

    // Transfers: transfer.cpp.
    void on_method(const Event& event);
    void on_method_response(Dialog& dialog, const Event& event);
    void on_refer(Dialog& dialog, const Event& event);
    void on_refer_notify(Dialog& dialog, const Event& event);
    Dialog* find(const DialogName& name);
    /// 0, with the dialog named in `invite` when there is a Replaces; or why not (RFC 3891 §3).
    int match_replaces(const sip_s* message, InboundInvite& invite);

    // Messages and what we can do: messages.cpp.
    void on_message(const Event& event);
    void on_message_response(const Event& event);
    PendingMessage* pending_message(const void* owner);
    void on_options(const Event& event);
    void forget_old_messages(Instant now);

    // Mailboxes: mailboxes.cpp.
    void on_unsolicited_notify(const Event& event);

    // Pages that subscribe: page_subscriptions.cpp.
    void on_subscribe(const Event& event);

    // The table: user_agent.cpp.
    Dialog* find(DialogId id);
    Dialog& add(DialogId id, CallId call, Handle handle);
    void finish(Dialog& dialog, EndReason reason);
    void forget(Dialog& dialog);
    void let_die(Dialog& dialog);
    void on_timer();
    void on_terminated(Dialog& dialog, const Event& event);
    void on_shutdown(int status);

    // Given.
    su_root_s* root_;
    SipUaSettings settings_;
    SipListener& listener_;
    std::vector<OwnContact> own_contacts_;
    std::atomic<std::size_t>& alive_;
    std::atomic<std::uint64_t>& next_dialog_;
    Counter& injections_;
    Counter& over_rate_;
    Counter& bad_invites_;
    Counter& bad_referrals_;
    Counter& bad_messages_;
    Counter& strangers_;

    // Owned.
    MessageFilter filter_;
    RateLimit invite_limit_;
    Stacks stacks_;
    nua_s* nua_;  ///< the stack whose event is being handled
    su_timer_s* timer_ = nullptr;
    std::unordered_map<std::uint64_t, std::unique_ptr<Dialog>> dialogs_;
    /// A request outside of dialogs that waits for an answer.
    struct PendingRegister {
        Handle handle;
        SavedRequest request;
    };
    std::unordered_map<std::uint64_t, std::unique_ptr<PendingRegister>> asked_;
    std::uint64_t next_request_ = 1;
    std::unique_ptr<RegistrarClient> registrar_;
    std::unique_ptr<OptionsProber> prober_;
    std::unique_ptr<MailboxWatch> mailboxes_;
    std::unique_ptr<PageSubscriptions> page_subscriptions_;
    std::vector<std::unique_ptr<PendingMessage>> messages_;

    // State.
    Closing closing_ = Closing::no;
    Instant closing_deadline_{};
    Instant over_rate_logged_{};
    std::function<void()> closed_;
};

}  // namespace causeway::sip
