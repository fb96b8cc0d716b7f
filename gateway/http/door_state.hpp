// What all connections of one web door share. Control thread only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/base/counters.hpp"
#include "gateway/http/rate_limiter.hpp"
#include "gateway/http/web_door.hpp"

namespace causeway::http {

/// One accepted TCP connection, whatever it speaks at the moment.
class OpenConnection {
  public:
    virtual ~OpenConnection() = default;
    /// The door closes: say so where there are words for it.
    virtual void go_away() = 0;
    /// The door is being destroyed: no word, no wait.
    virtual void abort() = 0;
};

/// How a page's connection is written to.
class PageLine {
  public:
    virtual ~PageLine() = default;
    virtual void send(const ServerMessage& message) = 0;
    /// WebSocket close with this status (RFC 6455 §7.4.1), after what was sent before.
    virtual void close(std::uint16_t status, std::string_view reason) = 0;
};

struct DoorState {
    DoorState(WebDoorSettings given, Counters& all, WebDoorListener& who);

    // Given.
    const WebDoorSettings settings;
    Counters& counters;
    WebDoorListener* listener;  ///< nullptr when the door is gone: nobody is told anything more

    // State.
    bool closing = false;
    std::uint64_t last_session = 0;
    std::map<SessionId, PageLine*> sessions;  ///< authenticated ones
    std::unordered_set<OpenConnection*> connections;
    /// Verifying a password costs tens of milliseconds of the control thread: a flood must not own it.
    RateLimiter passwords{10, 20};

    Counter& connections_accepted;
    Counter& connections_refused;
    Counter& requests;
    Counter& requests_refused;
    Counter& origins_refused;
    Counter& sip_connections;
    Counter& sessions_opened;
    Counter& authentications_failed;
    Counter& messages_received;
    Counter& messages_refused;
    Counter& messages_oversized;
    Counter& messages_over_rate;
    Counter& hello_timeouts;
    Counter& slow_readers;
};

}  // namespace causeway::http
