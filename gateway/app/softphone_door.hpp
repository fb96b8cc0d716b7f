// Ties softphones to the SIP stack, to the calls and to the list of who is connected. Control thread.
#pragma once

#include <memory>
#include <vector>

#include "config/config.hpp"
#include "core/base/ids.hpp"
#include "gateway/call/events.hpp"
#include "gateway/http/messages.hpp"
#include "gateway/softphone/softphones.hpp"

namespace boost::asio {
class io_context;
}
namespace causeway::call {
class CallRegistry;
}
namespace causeway::sip {
class FlowTable;
class SipUa;
}  // namespace causeway::sip

namespace causeway::app {

class ConnectedPages;
class MessageDesk;

class SoftphoneDoor {
  public:
    /// `flows` and `sip` may be empty until the first event comes.
    SoftphoneDoor(boost::asio::io_context& io, config::Snapshot config,
                  const std::shared_ptr<sip::FlowTable>& flows, const std::unique_ptr<sip::SipUa>& sip,
                  call::CallRegistry& calls, ConnectedPages& pages, MessageDesk& messages,
                  Counters& counters);
    ~SoftphoneDoor();

    void on_register(const sip::InboundRegister& request);
    /// False: it comes from no softphone.
    bool on_invite(sip::InboundInvite& invite);
    bool on_message(const sip::InboundMessage& message);
    void on_subscribe(const sip::InboundSubscribe& request);
    void on_mailbox_news(const std::string& user);
    void on_subscription_ended(sip::SubscriptionId subscription);
    /// False: it is no softphone's dialog.
    bool on_dialog(DialogId dialog, const call::Event& event);
    /// A connection was re-made or is gone.
    void on_flow_changed(FlowId flow);
    /// False: the session is a page's.
    bool send(SessionId session, const http::ServerMessage& message);
    std::size_t registered() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::app
