// What pages say, turned into events of calls: the adapter between the browser door and the call registry.
// Control thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "gateway/app/connected_pages.hpp"
#include "gateway/app/message_desk.hpp"
#include "gateway/app/resume_secrets.hpp"
#include "gateway/http/web_door.hpp"
#include "gateway/identity/capability/capability_token.hpp"

namespace causeway {
class Counters;
}
namespace causeway::call {
class CallRegistry;
}

namespace causeway::app {

class PageEvents : public http::WebDoorListener {
  public:
    using Send = std::function<void(SessionId, const http::ServerMessage&)>;
    using IceServers = std::function<http::IceServers(const std::string& user)>;
    using ReadCapability = std::function<identity::ReadCapability(const std::string& token)>;
    PageEvents(ConnectedPages& pages, call::CallRegistry& calls, MessageDesk& messages, Counters& counters,
               Send send, ReadCapability read_capability, Duration resume_time, IceServers ice_servers);

    std::optional<http::Authenticated> authenticate(SessionId session, const http::Hello& hello) override;
    std::optional<http::Authenticated> resume(const http::Hello& hello, const std::string& origin) override;
    void complete(http::SessionInfo& session, const http::Hello& hello, http::Welcome& welcome) override;
    void on_session_open(const http::SessionInfo& session) override;
    void on_message(SessionId session, http::ClientMessage message) override;
    void on_session_closed(SessionId session) override;

  private:
    void place(SessionId session, http::PlaceCall&& message);

    // Given.
    ConnectedPages& pages_;
    call::CallRegistry& calls_;
    MessageDesk& messages_;
    Counters& counters_;
    Send send_;
    ReadCapability read_capability_;
    const Duration resume_time_;
    IceServers ice_servers_;
    // Owned.
    ResumeSecrets resume_secrets_;
    const std::string nobodys_hash_;
};

}  // namespace causeway::app
