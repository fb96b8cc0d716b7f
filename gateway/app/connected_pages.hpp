// Who is connected: authenticates pages against the configuration and finds them by user or guest number.
// Control thread only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "gateway/call/call_machine.hpp"
#include "gateway/http/web_door.hpp"

namespace causeway::app {

class ConnectedPages : public call::PageDirectory {
  public:
    explicit ConnectedPages(config::Snapshot config);

    /// The account that a token stands for, or nullptr. Compares in constant time.
    const config::User* user_of_token(std::string_view token) const;
    const config::User* user_of_name(std::string_view name) const;
    /// What the door is told about a page that speaks for `user`.
    http::Authenticated as_user(const config::User& user) const;
    /// nullopt when guests are not enabled or their numbers are used up. The number is the session's until
    /// `remove`.
    std::optional<http::Authenticated> as_guest(SessionId session);

    /// A page that came with a permission to call instead of a login.
    http::Authenticated as_bearer(const std::string& capability) const;

    /// A page that came back has its guest number again, if nobody else has it.
    void retake_number(http::Authenticated& who, SessionId session);
    void add(const http::SessionInfo& session);
    void remove(SessionId session);
    const http::SessionInfo* find(SessionId session) const;

    std::vector<SessionId> sessions_of_user(std::string_view user) const override;
    std::vector<SessionId> sessions_of_guest_number(std::string_view number) const override;
    bool is_connected(SessionId session) const override { return sessions_.contains(session); }

  private:
    // Given.
    config::Snapshot config_;
    std::vector<http::DialableNumber> dialable_;
    unsigned long first_guest_number_ = 0;
    unsigned long last_guest_number_ = 0;
    // State.
    std::unordered_map<SessionId, http::SessionInfo> sessions_;
    std::map<std::string, SessionId, std::less<>> guest_numbers_;
};

}  // namespace causeway::app
