// The world as softphones reach it: the SIP stack, the calls and the list of who is connected. The adapters
// of gateway/app stand behind these; tests put recorders there. Control thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/base/end_reason.hpp"
#include "core/base/ids.hpp"
#include "gateway/call/events.hpp"
#include "gateway/http/messages.hpp"
#include "gateway/softphone/registrar.hpp"
#include "sip/ua/sip_ua.hpp"

namespace causeway::softphone {

/// Never calls back before it returns.
class SipPort {
  public:
    virtual ~SipPort() = default;
    /// The final answer to a REGISTER.
    virtual void answer_register(sip::RequestId request, int status, std::vector<sip::Header> headers) = 0;
    /// An INVITE through a connection, without an offer: the softphone makes it in its 200.
    virtual DialogId invite(sip::OutboundInvite invite) = 0;
    virtual void add_response_header(DialogId dialog, sip::Header header) = 0;
    virtual void progress(DialogId dialog, int status, std::string sdp) = 0;
    virtual void accept(DialogId dialog, std::string sdp) = 0;
    /// The ACK with our answer to the offer of the 200.
    virtual void acknowledge(DialogId dialog, std::string sdp) = 0;
    virtual void answer_reoffer(DialogId dialog, std::string sdp) = 0;
    virtual void refuse_reoffer(DialogId dialog, int status) = 0;
    /// The softphone came back by another connection: what is sent in this dialog goes there.
    virtual void move(DialogId dialog, FlowId flow) = 0;
    /// 202 to a REFER, or why not.
    virtual void answer_referral(DialogId dialog, int status, std::string why) = 0;
    /// How the transfer goes: NOTIFY with that status (RFC 3515 §2.4.5).
    virtual void tell_referrer(DialogId dialog, int status) = 0;
    virtual void answer_message(sip::MessageId message, int status, std::vector<sip::Header> headers) = 0;
    /// To a softphone, by its connection.
    virtual void send_message(sip::OutboundMessage message) = 0;
    virtual void answer_subscribe(sip::SubscriptionId subscription, int status, std::chrono::seconds expires,
                                  std::vector<sip::Header> headers) = 0;
    /// `left`: of the subscription; 0: this is the last one.
    virtual void notify(sip::SubscriptionId subscription, std::string summary, std::chrono::seconds left) = 0;
    /// Who has proved to be there: dialogs follow their owner to another connection.
    virtual void set_owner(FlowId flow, const std::string& user) = 0;
    virtual void end(DialogId dialog, const EndReason& reason) = 0;
};

/// The calls, as a page reaches them.
class CallPort {
  public:
    virtual ~CallPort() = default;
    virtual bool place(call::PagePlaced event) = 0;
    /// False when there is no such call.
    virtual bool on_page(SessionId session, const std::string& name, const call::Event& event) = 0;
    /// Hands a call over: to the number `to`, or to the other side of the session's call `with`.
    virtual bool transfer(SessionId session, const std::string& name, const std::string& to,
                          const std::string& with) = 0;
    virtual void on_session_closed(SessionId session) = 0;
};

/// Short messages and voice mail, as pages have them.
class TextPort {
  public:
    virtual ~TextPort() = default;
    /// `http::MessageSent` of that id answers, now or later.
    virtual void write(SessionId session, const config::User& user, const http::SendMessage& message) = 0;
    /// What the user's mailboxes said last.
    virtual std::vector<http::MessagesWaiting> mailboxes(const std::string& user) const = 0;
};

/// Whose calls ring where.
class Directory {
  public:
    virtual ~Directory() = default;
    virtual void add(SessionId session, const config::User& user) = 0;
    virtual void remove(SessionId session) = 0;
};

}  // namespace causeway::softphone
