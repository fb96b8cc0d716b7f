// Who a softphone is: the server's side of digest authentication (RFC 3261 §22, 7616, 8760) and bearer
// tokens (RFC 8898). Pure: time is an argument. Control thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.hpp"
#include "core/base/clock.hpp"
#include "core/base/socket_address.hpp"
#include "core/digest/digest.hpp"

namespace causeway::softphone {

class Login {
  public:
    /// `secret` makes the nonces, so no list of them is kept.
    Login(config::Snapshot config, std::string secret);

    struct Request {
        std::string_view method;
        std::string_view uri;                           ///< the Request-URI
        const std::vector<std::string>& authorization;  ///< values of Authorization and Proxy-Authorization
        SocketAddress source;
    };
    enum class Result {
        none,   ///< nothing was said, or nothing of this realm: challenge
        good,   ///< `user` it is
        stale,  ///< the right password with an old nonce: challenge with stale=true
        wrong,  ///< a wrong password, token, user or use of a nonce
        slow,   ///< its address was wrong too often: not looked at
    };
    struct Verdict {
        Result result = Result::none;
        const config::User* user = nullptr;  ///< of `good`
        std::string why;                     ///< of `wrong`, for the log; never a secret
    };
    Verdict check(const Request& request, WallTime now);

    /// Values of WWW-Authenticate, in order.
    std::vector<std::string> challenges(bool stale, WallTime now) const;

  private:
    Verdict check_digest(std::string_view value, const Request& request, WallTime now);
    Verdict check_bearer(std::string_view token) const;
    enum class Nonce { good, stale, replayed };
    Nonce use_nonce(const std::string& nonce, std::uint32_t count, WallTime now);
    void forget_oldest();
    std::string digest_challenge(digest::Algorithm algorithm, bool stale, WallTime now) const;
    std::string make_nonce(WallTime now) const;
    std::string seal(std::string_view text) const;
    bool too_many_faults(const SocketAddress& source, WallTime now);
    void note_fault(const SocketAddress& source, WallTime now);

    struct Faults {
        int count = 0;
        WallTime since{};
    };

    // Given.
    config::Snapshot config_;
    std::string secret_;
    // State.
    std::unordered_map<std::string, std::uint32_t> counts_;  ///< highest nc seen, by nonce
    std::deque<std::string> oldest_;                         ///< the same nonces in order of first use
    std::int64_t forgotten_ = 0;  ///< unknown nonces made up to this second may have been used
    std::unordered_map<SocketAddress, Faults> faults_;
};

}  // namespace causeway::softphone
