#include "sip/ua/flow_table.hpp"

#include <utility>

namespace causeway::sip {

FlowId FlowTable::make_id() {
    const std::lock_guard lock(mutex_);
    return {++last_id_};
}

void FlowTable::enter(Flow flow) {
    const std::lock_guard lock(mutex_);
    const FlowId id = flow.id;
    leave(id);
    faults_.erase(id);
    by_inner_[flow.inner] = id;
    flows_[id] = std::move(flow);
}

void FlowTable::remove(FlowId id) {
    const std::lock_guard lock(mutex_);
    leave(id);
}

void FlowTable::leave(FlowId id) {
    const auto found = flows_.find(id);
    if (found == flows_.end()) return;
    // The kernel may have given the port to another flow already.
    const auto inner = by_inner_.find(found->second.inner);
    if (inner != by_inner_.end() && inner->second == id) by_inner_.erase(inner);
    flows_.erase(found);
}

void FlowTable::set_owner(FlowId id, std::string owner) {
    const std::lock_guard lock(mutex_);
    if (const auto found = flows_.find(id); found != flows_.end()) found->second.owner = std::move(owner);
}

std::optional<Flow> FlowTable::find(FlowId id) const {
    const std::lock_guard lock(mutex_);
    const auto found = flows_.find(id);
    if (found == flows_.end()) return std::nullopt;
    return found->second;
}

std::optional<Flow> FlowTable::find_inner(const SocketAddress& inner) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_inner_.find(inner);
    if (found == by_inner_.end()) return std::nullopt;
    return flows_.at(found->second);
}

std::size_t FlowTable::size() const {
    const std::lock_guard lock(mutex_);
    return flows_.size();
}

std::string FlowTable::proxy(FlowId id) const {
    const auto flow = find(id);
    return flow ? proxy_uri(*flow) : std::string();
}

void FlowTable::set_fault(FlowId id, std::string words) {
    const std::lock_guard lock(mutex_);
    faults_[id] = std::move(words);
}

std::string FlowTable::fault(FlowId id) const {
    const std::lock_guard lock(mutex_);
    const auto found = faults_.find(id);
    return found == faults_.end() ? std::string() : found->second;
}

std::string proxy_uri(const Flow& flow) {
    return "sip:" + flow.inner.to_string() + ";transport=tcp";
}

}  // namespace causeway::sip
