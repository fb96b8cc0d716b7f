// Softphones (JsSIP, SIP.js) as pages: their REGISTER, INVITE, BYE, REFER and INFO become the events that a
// page makes, and what a page is told becomes SIP again. So calls, border and identity stay one (RFC 7118,
// 3261, 5626). The browser always offers: a called softphone gets an INVITE without SDP. Control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "core/base/clock.hpp"
#include "core/base/counters.hpp"
#include "gateway/http/messages.hpp"
#include "gateway/softphone/login.hpp"
#include "gateway/softphone/ports.hpp"
#include "gateway/softphone/registrar.hpp"
#include "sip/ua/register_request.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::softphone {

/// How it reaches the world; all must outlive it.
struct Ports {
    SipPort& sip;
    CallPort& calls;
    TextPort& texts;
    Directory& directory;
};

struct Clock {
    Instant now{};
    WallTime wall{};
};

class Softphones {
  public:
    Softphones(config::Snapshot config, std::string secret, const Ports& ports, Counters& counters);
    ~Softphones();
    Softphones(const Softphones&) = delete;
    Softphones& operator=(const Softphones&) = delete;

    // From SIP. What belongs to no softphone is not taken: false.
    void on_register(const sip::InboundRegister& request, const Clock& clock);
    bool on_invite(sip::InboundInvite& invite, const Clock& clock);
    bool owns(DialogId dialog) const { return legs_.contains(dialog); }
    void on_answered(DialogId dialog, std::string sdp);
    void on_reoffer(DialogId dialog, std::string sdp);
    void on_digit(DialogId dialog, char digit, int duration_ms);
    void on_referred(DialogId dialog, const sip::InboundReferral& wanted);
    void on_ended(DialogId dialog, const EndReason& reason);
    void on_flow_closed(FlowId flow, Instant now);
    bool on_message(const sip::InboundMessage& message, const Clock& clock);
    void on_subscribe(const sip::InboundSubscribe& request, const Clock& clock);
    /// What the user's mailboxes say has changed: who has subscribed is told.
    void on_mailbox_news(const std::string& user, Instant now);
    void on_subscription_ended(sip::SubscriptionId subscription) { subscriptions_.erase(subscription); }

    // From the calls.
    static bool is_softphone(SessionId session) { return session.value >= kFirstSession; }
    void send(SessionId session, const http::ServerMessage& message, Instant now);

    /// A few times a second: answers that waited for candidates, devices that did not come back.
    void on_tick(Instant now);

    std::size_t registered() const { return registrar_.size(); }

  private:
    /// One device, or one connection that calls without being registered.
    struct Phone {
        std::string user;
        FlowId flow{};
        bool listed = false;            ///< others' calls ring here
        std::optional<Instant> lost{};  ///< its connection is gone since then
    };
    /// How far its REFER has come.
    enum class Referral { none, asked, accepted };
    /// One call of one softphone.
    struct Leg {
        DialogId dialog{};
        SessionId session{};
        std::string name;
        bool called = false;     ///< we sent the INVITE
        bool answered = false;   ///< the 200 has gone or come
        bool reoffered = false;  ///< a new offer waits for its answer
        bool described = false;  ///< it has our answer
        std::string answer;      ///< our SDP, gathering candidates until it is sent
        std::optional<Instant> answer_due;
        Referral referral = Referral::none;
    };

    /// Who asks, or how that is refused.
    struct Asker {
        const config::User* user = nullptr;
        int status = 0;  ///< of the refusal when there is no user
        std::vector<sip::Header> headers{};
        std::string why{};
    };
    Asker asker_of(std::string_view method, std::string_view uri,
                   const std::vector<std::string>& authorization, const SocketAddress& source, WallTime now);
    /// What a request says of its sender.
    struct Claim {
        std::string_view method;
        FlowId flow{};
        const std::string& from_user;
        const std::string& from_uri;
        const std::string& request_uri;
        const std::vector<std::string>& authorization;
        SocketAddress source;
    };
    template <class Request>
    static Claim claim_of(std::string_view method, const Request& request) {
        return {method,           request.flow,        request.from_user,
                request.from_uri, request.request_uri, request.authorization,
                request.source};
    }
    Asker caller_of(const Claim& claim, const Clock& clock);
    /// Of what it says of itself only the choice among its own numbers counts; "" for the first.
    static std::string number_chosen(const config::User& user, const std::string& from_user);
    bool is_own_address(const config::User& user, std::string_view name, std::string_view host) const;
    const config::User* user_of(std::string_view name) const;
    void log_refusal(const SocketAddress& source, std::string_view what, const std::string& why,
                     WallTime now);

    void refuse_invite(DialogId dialog, int status, const std::vector<sip::Header>& headers, std::string why);
    void know(FlowId flow, const config::User& user);
    SessionId session_of(FlowId flow, const config::User& user);
    std::vector<sip::Header> bindings_of(const std::string& user, Instant now) const;
    void take_outcome(const config::User& user, const RegisterOutcome& outcome, FlowId flow);
    void unlist(SessionId session);

    void ring(SessionId session, const http::Incoming& incoming);
    void deliver(SessionId session, const http::ReceivedMessage& text);
    void tell_sent(const http::MessageSent& sent);
    std::string summary_of(const std::string& user) const;
    void end(Leg& leg, const EndReason& reason);
    void tell_transfer(Leg& leg, const http::TransferNews& news);
    void flush_answer(Leg& leg);
    void take_answer(Leg& leg, const std::string& sdp, Instant now);
    void add_candidate(Leg& leg, const std::string& candidate);
    Leg* find(DialogId dialog);
    Leg* find(SessionId session, const std::string& name);
    void forget(DialogId dialog);
    bool has_legs(SessionId session) const;

    /// Of a device's user to the user's own mailboxes.
    struct Subscription {
        std::string user;
        Instant until{};
    };

    // Given.
    config::Snapshot config_;
    Ports ports_;
    Counter& wrong_;
    Counter& refused_;
    Counter& foreign_;
    Counter& foreign_calls_;
    // Owned.
    Login login_;
    Registrar registrar_;
    // State.
    std::map<SessionId, Phone> phones_;
    std::unordered_map<DialogId, Leg> legs_;
    std::map<std::pair<SessionId, std::string>, DialogId> by_name_;
    std::map<FlowId, std::set<std::string>> flow_users_;       ///< who has proved to be there
    std::vector<std::pair<SessionId, std::string>> unusable_;  ///< calls whose offer was none
    std::map<sip::SubscriptionId, Subscription> subscriptions_;
    std::uint64_t next_flow_session_;
    std::uint64_t next_message_;
    WallTime refusal_logged_{};
};

}  // namespace causeway::softphone
