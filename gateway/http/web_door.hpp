// The browser door: one port for HTTP (page, script, health, metrics) and WebSocket (page protocol), by
// Boost.Beast on the control thread. Parsed and authenticated messages go to the listener; nothing else of a
// stranger's does.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "gateway/http/messages.hpp"

namespace boost::asio {
class io_context;
}
namespace causeway {
class Counters;
}
namespace causeway::edge {
class MessageStream;
struct WebSocketPeer;
}  // namespace causeway::edge

namespace causeway::http {

/// Who a connection speaks for, after `Hello`.
struct Authenticated {
    std::string user;  ///< configured user's name, or "" for a guest
    bool guest = false;
    std::string number;  ///< its own number (caller id), "" if none
    std::vector<DialableNumber> numbers;
    std::string capability = {};  ///< the permission to call that it came with, "" if none; as guests, its
                                  ///< owner must have an Origin
    std::string refusal = {};     ///< not "": it is refused all the same, and these words say why
    SessionId before{};           ///< the session that it goes on with; none else
};

/// A request that is not the door's own, for whoever serves more paths (identity, certificates, tokens).
struct WebRequest {
    std::string method;         ///< a HEAD comes as GET; its answer goes out without the body
    std::string path;           ///< without query
    std::string body;           ///< at most 64 KiB
    std::string authorization;  ///< header value, "" if none
    std::string query = {};     ///< what follows "?"
    std::string content_type = {};
    std::string if_match = {};
    std::string origin = {};      ///< the page's, "" if none
    bool origin_allowed = false;  ///< by `allowed_origins`, or the door's own
};
struct WebAnswer {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    /// Added to the door's own, or instead of one of the same name (Cache-Control is `no-store` else).
    std::vector<std::pair<std::string, std::string>> headers = {};
};

struct WebDoorSettings {
    SocketAddress listen;
    bool tls = false;
    std::string certificate_file;  ///< PEM chain
    std::string private_key_file;
    std::vector<std::string>
        allowed_origins;  ///< "https://shop.example"; "*" all; the door's own origin always
    std::size_t max_message = 65536;
    int messages_per_second = 50;  ///< per connection, burst of twice that
    int max_connections = 2000;
    std::chrono::milliseconds hello_time{10000};  ///< a page that says nothing is disconnected
    std::string product;                          ///< "causeway/0.1.0"
    /// Values of this moment for /metrics, by name without prefix ("calls_running",
    /// "media_busy{worker=\"0\"}"). Empty: none.
    std::function<std::map<std::string, double>()> gauges = {};
    /// Further lines of /metrics in Prometheus text, each ended. Empty: none.
    std::function<std::string()> more_metrics = {};
    /// Asked first for every HTTP request; nullopt: the path is not its own. Control thread, must not block.
    std::function<std::optional<WebAnswer>(const WebRequest&)> serve = {};
    /// Asked before `serve`: what takes time. True: it is its own, and the function is called, now or later,
    /// once; after 20 s the request is answered by 504.
    std::function<bool(const WebRequest&, std::function<void(WebAnswer)>)> serve_later = {};
    /// Takes WebSockets of subprotocol `sip` (RFC 7118), on any path, by the same rules of origin. Empty:
    /// they are refused.
    std::function<void(std::shared_ptr<edge::MessageStream>, const edge::WebSocketPeer&)> sip = {};
};

/// One connected page.
struct SessionInfo {
    SessionId session{};
    Authenticated who;
    std::string page;    ///< verified page URL, "" if none was told
    std::string origin;  ///< the WebSocket's Origin
    SocketAddress remote;
};

/// Called on the control thread.
class WebDoorListener {
  public:
    virtual ~WebDoorListener() = default;
    /// Decides about a Hello. nullopt refuses: the page hears `not-authenticated`.
    virtual std::optional<Authenticated> authenticate(SessionId session, const Hello& hello) = 0;
    /// A Hello with the secret of an earlier session of that origin. nullopt: it is not (any more) good, and
    /// `authenticate` decides. The door closes the earlier session if it is still there.
    virtual std::optional<Authenticated> resume(const Hello&, const std::string& /*origin*/) {
        return std::nullopt;
    }
    /// Completes the welcome of a session that will open: what it can come back with, its calls, its servers.
    virtual void complete(SessionInfo&, const Hello&, Welcome&) {}
    virtual void on_session_open(const SessionInfo& session) = 0;
    /// Anything but Hello, from an authenticated session.
    virtual void on_message(SessionId session, ClientMessage message) = 0;
    virtual void on_session_closed(SessionId session) = 0;
};

/// Control thread only.
class WebDoor {
  public:
    /// Opens the port at once; throws std::runtime_error with the address or file that failed.
    WebDoor(boost::asio::io_context& io, WebDoorSettings settings, Counters& counters,
            WebDoorListener& listener);
    ~WebDoor();
    WebDoor(const WebDoor&) = delete;
    WebDoor& operator=(const WebDoor&) = delete;

    std::uint16_t port() const;
    /// Unknown sessions are ignored: they may have closed meanwhile. A page that does not read is
    /// disconnected when 1 MiB waits for it.
    void send(SessionId session, const ServerMessage& message);
    /// Refuses new connections and closes all with WebSocket status 1001 (going away).
    void close();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace causeway::http
