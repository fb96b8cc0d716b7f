// The protocol of one connected page: hello first, then messages, each checked, none able to harm another
// session. Control thread; no sockets here, time is an argument. PROTOCOL.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"
#include "core/base/socket_address.hpp"
#include "gateway/http/door_state.hpp"
#include "gateway/http/rate_limiter.hpp"

namespace causeway::http {

class PageSession {
  public:
    /// `origin` is the upgrade's Origin header, "" if it had none. `line` must outlive the session.
    PageSession(std::shared_ptr<DoorState> door, PageLine& line, std::string origin, SocketAddress remote);
    ~PageSession();
    PageSession(const PageSession&) = delete;
    PageSession& operator=(const PageSession&) = delete;

    void on_text(std::string_view text, Instant now);
    void on_binary(Instant now);
    /// A message above the limit passed by; its content was thrown away.
    void on_oversized(Instant now);
    /// Pings cost work too.
    void on_control_frame(Instant now);
    /// Nothing was heard in the time that a hello may take.
    void on_hello_deadline();
    /// The connection is gone. Idempotent.
    void on_closed();

    bool authenticated() const { return open_; }

  private:
    bool within_rate(Instant now);
    void on_hello(const Hello& hello, Instant now);
    std::optional<ProtocolError> page_fault(const Hello& hello) const;
    void refuse_hello(const std::string& field, const std::string& why);
    void open(Authenticated who, const Hello& hello);
    /// The half-dead connection that a page left behind.
    void close_replaced(SessionId replaced);
    void refuse(ProtocolError error);

    // Given.
    std::shared_ptr<DoorState> door_;
    PageLine& line_;
    std::string origin_;
    SocketAddress remote_;
    SessionId id_;

    // State.
    RateLimiter rate_;
    RateLimiter patience_;
    bool complained_ = false;  ///< about the rate, since the last message within it
    bool open_ = false;
    bool over_ = false;
    int failed_hellos_ = 0;
};

}  // namespace causeway::http
