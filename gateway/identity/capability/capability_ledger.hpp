// How often and how many at once each capability token is in use. Control thread; time is given.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "gateway/identity/capability/capability_token.hpp"

namespace causeway::identity {

class CapabilityLedger {
  public:
    /// Counts a use and a running call; or says why not, and counts nothing.
    std::optional<CapabilityRefusal> begin(const Capability& capability, std::int64_t now);
    /// The call is over.
    void end(const std::string& id);

    /// Tokens that are remembered: those not expired and those in use.
    std::size_t size() const { return entries_.size(); }

  private:
    struct Entry {
        std::string issuer;
        int uses = 0;
        int running = 0;
        std::int64_t expires_at = 0;
    };
    void forget_expired(std::int64_t now);

    std::map<std::string, Entry> entries_;
    std::set<std::pair<std::int64_t, std::string>> by_expiry_;  ///< those that may still be used
};

}  // namespace causeway::identity
