// What a page comes back with when its connection was lost: one secret per session, good once, from the same
// origin, and only for a while after the session is gone. Pure: `now` is an argument. Control thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/ids.hpp"
#include "gateway/http/web_door.hpp"

namespace causeway::app {

class ResumeSecrets {
  public:
    /// Whose secret it was.
    struct Owner {
        SessionId session{};
        http::Authenticated who;
    };

    /// `time`: how long a lost session can be taken up again; 0: never, then no secret is issued.
    explicit ResumeSecrets(Duration time) : time_(time) {}

    /// 128 random bits as text; "" when there is none to be had. An earlier one of the session is void.
    std::string issue(SessionId session, const http::Authenticated& who, const std::string& origin,
                      Instant now);
    /// Void afterwards, if it was good. `user`, where given, must be the owner.
    std::optional<Owner> redeem(std::string_view secret, std::string_view origin,
                                const std::optional<std::string>& user, Instant now);
    /// From now on the time runs. False: it cannot come back.
    bool on_session_closed(SessionId session, Instant now);

  private:
    struct Row {
        std::string secret;
        std::string origin;
        http::Authenticated who;
        std::optional<Instant> end;  ///< while the session stands: none
    };
    void forget_old(Instant now);

    const Duration time_;
    std::map<SessionId, Row> rows_;
};

}  // namespace causeway::app
