// What the browser door serves of identity: the gateway as identity provider (RFC 8827 §7), its STIR
// certificate, permissions to call, and the dashboard's calls. Control thread; never blocks.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/jose/key.hpp"
#include "gateway/app/recent_calls.hpp"
#include "gateway/call/identity_book.hpp"
#include "gateway/http/web_door.hpp"

namespace causeway::call {
struct RunningCall;
}

namespace causeway::app {

class IdentityWeb {
  public:
    using Running = std::function<std::vector<call::RunningCall>()>;

    /// `calls` must outlive this. Throws std::runtime_error when the certificate to serve cannot be read.
    IdentityWeb(config::Snapshot config, std::shared_ptr<const call::IdentityBook> book,
                jose::SigningKey token_key, const RecentCalls& calls, Running running);

    /// nullopt: not a path of this.
    std::optional<http::WebAnswer> serve(const http::WebRequest& request) const;

  private:
    http::WebAnswer verify(const http::WebRequest& request) const;
    http::WebAnswer mint(const http::WebRequest& request) const;
    http::WebAnswer list_calls(const http::WebRequest& request) const;

    const config::Snapshot config_;
    const std::shared_ptr<const call::IdentityBook> book_;
    const jose::SigningKey token_key_;
    const RecentCalls& calls_;
    const Running running_;
    std::string stir_certificate_;  ///< PEM, "" when it is not served
};

}  // namespace causeway::app
