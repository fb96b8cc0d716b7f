// The world as softphones reach it: the SIP stack, the calls and the list of who is connected. The adapters
// of gateway/app stand behind these; tests put recorders there. Control thread.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/base/end_reason.hpp"
#include "core/base/ids.hpp"
#include "gateway/call/events.hpp"
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
    virtual void on_session_closed(SessionId session) = 0;
};

/// Whose calls ring where.
class Directory {
  public:
    virtual ~Directory() = default;
    virtual void add(SessionId session, const config::User& user) = 0;
    virtual void remove(SessionId session) = 0;
};

}  // namespace causeway::softphone
