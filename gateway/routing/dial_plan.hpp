// The dial plan: ordered rules, compiled once, asked per call. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.hpp"
#include "core/base/end_reason.hpp"
#include "core/base/error.hpp"

namespace causeway::routing {

/// What is known about a call when it asks for its way.
struct RouteQuery {
    std::string to;
    std::string from;
    std::string page;      ///< "" for calls from SIP
    std::string trunk_in;  ///< "" for calls from pages
};

/// Where a call goes.
struct Route {
    config::RouteTarget target = config::RouteTarget::refuse;
    std::string target_name;  ///< trunk or user
    std::string to;           ///< after rewriting
    std::string from;         ///< after rewriting
    EndReason refusal;        ///< when target is refuse
    int rule_line = 0;        ///< line of the deciding rule in the file, 0 for the final "no rule matched"
};

class DialPlan {
  public:
    /// Throws std::invalid_argument for a pattern that does not compile; the loader has checked it before.
    explicit DialPlan(const config::Config& config);
    ~DialPlan();
    DialPlan(DialPlan&&) noexcept;

    /// The first rule whose patterns all match. Numbers of configured users that no rule claims go to those
    /// users for calls from a trunk. Nothing matched: refusal not_found that says so.
    Route route(const RouteQuery& query) const;

    /// The trunk that a request from this source belongs to, or nullptr: a stranger.
    const config::Trunk* trunk_of_source(const SocketAddress& source) const;
    /// The same for what came by a connection: the trunk that it was made to, else the one whose certificate
    /// the peer has shown (RFC 5922), else by source.
    struct Caller {
        SocketAddress source;
        std::string connected_trunk;
        std::vector<std::string> certificate_names;
    };
    const config::Trunk* trunk_of_caller(const Caller& caller) const;
    /// May a guest call this number?
    bool guest_may_call(std::string_view to) const;

  private:
    struct Compiled;
    std::unique_ptr<const Compiled> compiled_;
};

}  // namespace causeway::routing
