// The door to Causeway: its page protocol over as many WebSockets as the calls need, and how to start one of
// its own. gateway/http/PROTOCOL.md.
#pragma once

#include "tests/load/door.hpp"

namespace causeway::load {

/// `url`: "ws://127.0.0.1:8088/v1/ws".
std::unique_ptr<Door> make_causeway_door(EventLoop& loop, const DoorSettings& settings);

/// Writes a configuration with guests, a trunk to our SIP agents, and limits that do not stand in the way.
Result<SubjectPlan> plan_causeway(const SubjectSettings& settings);

}  // namespace causeway::load
