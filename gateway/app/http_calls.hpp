// Calls by plain HTTP, for a script or a kiosk: POST an offer, get the answer; PATCH trickles and restarts
// ICE, DELETE hangs up, GET tells the state. Each call is a page session of its own that speaks no WebSocket.
// Control thread only. RFC 9725 (WHIP) §4, RFC 8840, RFC 9457.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "gateway/http/ice_fragment.hpp"
#include "gateway/http/web_door.hpp"
#include "gateway/identity/capability/capability_token.hpp"

namespace boost::asio {
class io_context;
}
namespace causeway {
class Counters;
}
namespace causeway::call {
class CallRegistry;
}

namespace causeway::app {

class ConnectedPages;

class HttpCalls {
  public:
    using Respond = std::function<void(http::WebAnswer)>;
    using ReadCapability = std::function<identity::ReadCapability(const std::string& token)>;

    /// All must outlive it.
    HttpCalls(boost::asio::io_context& io, config::Snapshot config, const ConnectedPages& pages,
              call::CallRegistry& calls, Counters& counters, ReadCapability read_capability);
    ~HttpCalls();
    HttpCalls(const HttpCalls&) = delete;
    HttpCalls& operator=(const HttpCalls&) = delete;

    /// False: the path is not one of these. Else `respond` is called once, now or later.
    bool serve(const http::WebRequest& request, Respond respond);
    /// What the call tells its page. False: it is no session of these.
    bool tell(SessionId session, const http::ServerMessage& message);

  private:
    struct HttpCall;
    struct Bearer;

    std::optional<Bearer> bearer_of(const http::WebRequest& request) const;
    void place(const http::WebRequest& request, const Respond& respond);
    void answer(HttpCall& call, http::WebAnswer answer);
    void manage(const http::WebRequest& request, const Respond& respond);
    void patch(HttpCall& call, const http::WebRequest& request, const Respond& respond);
    void trickle(HttpCall& call, const http::IceFragment& fragment);
    void take_answer(HttpCall& call, const std::string& sdp);
    void deliver(HttpCall& call);
    void take_end(HttpCall& call, const http::Ended& ended);
    http::WebAnswer state_of(const HttpCall& call) const;
    int running_of(const std::string& user) const;
    void forget_old();

    // Given.
    boost::asio::io_context& io_;
    const config::Snapshot config_;
    const ConnectedPages& pages_;
    call::CallRegistry& calls_;
    Counters& counters_;
    const ReadCapability read_capability_;
    // State.
    std::map<SessionId, std::unique_ptr<HttpCall>> sessions_;
    std::uint64_t last_session_ = 0;
};

}  // namespace causeway::app
