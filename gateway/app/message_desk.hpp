// Short messages between pages and telephones (RFC 3428), and what voice mailboxes say (RFC 3842): routed and
// named by the same dial plan and identity policy as calls. Control thread only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "gateway/app/connected_pages.hpp"
#include "gateway/http/messages.hpp"
#include "sip/ua/requests.hpp"

namespace causeway::call {
class CallRegistry;
class IdentityBook;
}  // namespace causeway::call
namespace causeway::identity {
struct OutboundCaller;
}
namespace causeway::routing {
class DialPlan;
}
namespace causeway::trunks {
class TrunkBoard;
}

namespace causeway::app {

class MessageDesk {
  public:
    /// The ways out.
    struct Doors {
        std::function<void(SessionId, const http::ServerMessage&)> tell_page;
        std::function<void(sip::OutboundMessage)> send;
        std::function<void(sip::MessageId, int status)> answer;
        /// The user's softphones that have subscribed, registered or not.
        std::function<void(const std::string& user)> tell_subscribers;
    };
    MessageDesk(config::Snapshot config, std::shared_ptr<const call::IdentityBook> identity,
                const ConnectedPages& pages, const call::CallRegistry& calls, const trunks::TrunkBoard& board,
                Doors doors);
    ~MessageDesk();

    /// `message_sent` answers, now or later.
    void from_page(SessionId session, const http::SendMessage& message);
    /// The same of a softphone, which need not be registered.
    void from_session(const http::SessionInfo& info, const http::SendMessage& message);
    void from_sip(const sip::InboundMessage& message);
    void on_result(sip::MessageId id, int status, const std::string& phrase);
    void on_mailbox(const sip::MessagesWaiting& news);
    /// A page that has just come learns what its user's mailboxes said last.
    void greet(SessionId session);
    void forget(SessionId session);
    /// What a user's mailboxes said last.
    std::vector<http::MessagesWaiting> mailboxes_of(const std::string& user) const;

  private:
    struct Sent {
        SessionId session{};
        std::string name;
    };
    /// The trunk that a source belongs to, "" for a stranger.
    std::string trunk_of(const SocketAddress& source) const;
    void refuse(SessionId session, const std::string& name, const EndReason& reason);
    void on_its_way(sip::OutboundMessage message, SessionId session, const std::string& name);
    void send_outside(const http::SessionInfo& info, const http::SendMessage& message);
    /// To a user's pages and softphones.
    void send_inside(SessionId session, const http::SendMessage& message,
                     const identity::OutboundCaller& caller, const config::User& to);
    /// By name or number.
    const config::User* user_at(const std::string& to) const;

    // Given.
    config::Snapshot config_;
    std::shared_ptr<const call::IdentityBook> identity_;
    const ConnectedPages& pages_;
    const call::CallRegistry& calls_;
    const trunks::TrunkBoard& board_;
    Doors doors_;
    // Owned.
    std::unique_ptr<const routing::DialPlan> dial_plan_;
    // State.
    std::uint64_t next_ = 1;
    std::unordered_map<std::uint64_t, Sent> sent_;
    /// By user, then account.
    std::map<std::string, std::map<std::string, http::MessagesWaiting>> mailboxes_;
};

}  // namespace causeway::app
