// Janus with its SIP plugin as a system under test: JSON over a WebSocket, one plugin handle per call. It
// sends its own INVITEs to the generator's SIP user agents. On the loop's thread.
#pragma once

#include "tests/load/door.hpp"

namespace causeway::load {

/// Control address "ws://127.0.0.1:8188/".
std::unique_ptr<Door> make_janus_door(EventLoop& loop, const DoorSettings& settings);
/// Only the SIP plugin and the WebSocket transport are loaded; otherwise as packaged.
Result<SubjectPlan> plan_janus(const SubjectSettings& settings);

}  // namespace causeway::load
