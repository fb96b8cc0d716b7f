#include "gateway/identity/capability/capability_ledger.hpp"

#include <algorithm>
#include <cstddef>

namespace causeway::identity {
namespace {

constexpr std::size_t kMostTokens = 65536;

CapabilityRefusal refuse(CapabilityFault fault, std::string why) {
    return {fault, std::move(why)};
}

}  // namespace

std::optional<CapabilityRefusal> CapabilityLedger::begin(const Capability& capability, std::int64_t now) {
    forget_expired(now);
    auto place = entries_.find(capability.id);
    if (place == entries_.end()) {
        if (entries_.size() >= kMostTokens) {
            return refuse(CapabilityFault::too_many_calls, "Too many permissions to call are in use.");
        }
        place = entries_.emplace(capability.id, Entry{capability.issuer, 0, 0, capability.expires_at}).first;
        by_expiry_.emplace(capability.expires_at, capability.id);
    }
    Entry& entry = place->second;
    if (entry.issuer != capability.issuer) {
        return refuse(CapabilityFault::invalid, "jti: another issuer has used it.");
    }
    if (capability.max_uses && entry.uses >= *capability.max_uses) {
        return refuse(CapabilityFault::used_up, "The permission to call is used up.");
    }
    if (capability.max_concurrent && entry.running >= *capability.max_concurrent) {
        return refuse(CapabilityFault::too_many_calls, "The permission allows no more calls at once.");
    }
    // The same id with a later end must not be forgotten earlier.
    if (capability.expires_at > entry.expires_at) {
        by_expiry_.erase({entry.expires_at, capability.id});
        entry.expires_at = capability.expires_at;
        by_expiry_.emplace(entry.expires_at, capability.id);
    }
    ++entry.uses;
    ++entry.running;
    return std::nullopt;
}

void CapabilityLedger::end(const std::string& id) {
    const auto place = entries_.find(id);
    if (place == entries_.end() || place->second.running == 0) return;
    Entry& entry = place->second;
    --entry.running;
    if (entry.running == 0 && by_expiry_.count({entry.expires_at, id}) == 0) entries_.erase(place);
}

void CapabilityLedger::forget_expired(std::int64_t now) {
    while (!by_expiry_.empty() && by_expiry_.begin()->first + kCapabilitySkew < now) {
        const auto place = entries_.find(by_expiry_.begin()->second);
        // Calls outlive their permission; the last one's end forgets it.
        if (place->second.running == 0) entries_.erase(place);
        by_expiry_.erase(by_expiry_.begin());
    }
}

}  // namespace causeway::identity
